"""The golden files of what witnesses and mirrors are sent and answer, read as a second implementation would."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from protocol import errors
from protocol.encoding.keys import VerifierKey
from protocol.encoding.wire import b64, parse_b64, parse_b64url32
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.add_entries import subtree_of, verify_package
from protocol.gossip.cosign_index import CosignIndex
from protocol.gossip.index_lookup import IndexLookup
from protocol.gossip.mirror_info import MirrorInfo
from protocol.gossip.upload_reader import UploadReader
from protocol.gossip.witness import State, check_update
from protocol.log.checkpoint import Checkpoint, verify_signed
from protocol.log.tile import render_bundle
from tests.conftest import ROOT

Case = dict[str, Any]

STATUS = {
    errors.MalformedError: 400,
    errors.NoTrustedKeyError: 403,
    errors.BadSignatureError: 403,
    errors.BadProofError: 422,
}


def a_request(case: Case) -> Case:
    """Answer a request to a witness with a status, as the page says step by step."""
    keys = [VerifierKey.parse(text) for text in case["keys"]]
    last = State(case["last"]["size"], parse_b64(case["last"]["root"])) if "last" in case else None
    try:
        request = AddCheckpoint.parse(base64.b64decode(case["input"]))
        assert request.render() == base64.b64decode(case["input"])
        checkpoint, note = request.stated()
        if checkpoint.origin not in {key.name for key in keys}:
            return {"status": 404}
        verify_signed(checkpoint, note, keys)
        check_update(request, checkpoint, last)
    except errors.StaleSizeError as error:
        return {"size": error.size, "status": 409}
    except errors.ProtocolError as error:
        return {"status": STATUS[type(error)]}
    return {"status": 200}


def an_upload(case: Case) -> Case:
    """Read an upload byte by byte and verify each package."""
    checkpoint = Checkpoint("ledger.example.edu/nostra", case["size"], parse_b64(case["root"]))
    held = [parse_b64(text) for text in case["held"]]
    reader, packages = UploadReader(), []
    for byte in base64.b64decode(case["input"]):
        reader.feed(bytes([byte]))
        while package := reader.package():
            first = package.span.start == subtree_of(package.span).start
            verify_package(package, [] if first else held, checkpoint)
            bundle = base64.b64encode(render_bundle(package.entries)).decode()
            packages.append({"bundle": bundle, "end": package.span.end, "start": package.span.start})
    gives: Case = {"complete": reader.complete, "packages": packages}
    if (head := reader.head()) is not None:
        gives |= {"end": head.end, "origin": head.origin, "start": head.start, "ticket": b64(head.ticket)}
    return gives


def an_answer(case: Case) -> Case:
    """Read a mirror's answer."""
    info = MirrorInfo.parse(base64.b64decode(case["input"]))
    assert info.render() == base64.b64decode(case["input"])
    return {"next_entry": info.next_entry, "size": info.size, "ticket": b64(info.ticket)}


def an_index_request(case: Case) -> Case:
    """Read a request to an index cosigner."""
    request = CosignIndex.parse(base64.b64decode(case["input"]))
    assert request.render() == base64.b64decode(case["input"])
    gives = {"note": base64.b64encode(request.note).decode(), "trie_root": b64(request.trie_root)}
    return gives if request.shown is None else gives | {"shown": base64.b64encode(request.shown).decode()}


def a_lookup(case: Case) -> Case:
    """Read what a node answered to a lookup, and verify it."""
    lookup = IndexLookup.parse(base64.b64decode(case["input"]))
    head = lookup.verify(parse_b64url32(case["key"]), [VerifierKey.parse(text) for text in case["keys"]])
    return {"leaves": list(lookup.answer.leaves), "size": head.size}


TABLE: dict[str, tuple[Callable[[Case], Case], int]] = {
    "add_checkpoint": (a_request, 58),
    "add_entries": (an_upload, 23),
    "cosign_index": (an_index_request, 24),
    "index_lookup": (a_lookup, 17),
    "mirror_info": (an_answer, 16),
}
"""How each format is read, and at least how many cases it has."""


@pytest.mark.parametrize("name", TABLE)
def test_every_case_comes_out_as_its_file_says(name):
    """Each gives what its file says, or the error that it names."""
    read, least = TABLE[name]
    cases = {file.stem: json.loads(file.read_text()) for file in (ROOT / "tests/vectors" / name).glob("*.json")}

    wrong = {stem: found for stem, case in cases.items() if (found := outcome(read, case)) != expected(case)}

    assert wrong == {}
    assert len(cases) >= least


def expected(case: Case) -> Case:
    """Return what a file says comes out."""
    return case["gives"] if "gives" in case else {"error": case["error"]}


def outcome(read: Callable[[Case], Case], case: Case) -> Case:
    """Return what a case gives, or the name of the error."""
    try:
        return read(case)
    except errors.ProtocolError as error:
        return {"error": type(error).__name__}
