"""The golden files of bytes, notes, logs and receipts, read from disk as a second implementation would.

For each format a reader takes what the file gives and returns what the file says under `gives`, or raises.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from node.clock import posix_seconds
from protocol import errors
from protocol.documents.excerpt import Excerpt
from protocol.documents.presentation import Presentation
from protocol.documents.time_bracket import TimeBracket
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding import wire
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note, open_note
from protocol.encoding.wire import b64, b64url, parse_b64url32
from protocol.gossip import cosignature
from protocol.gossip.cosigners import open_cosigners
from protocol.gossip.exchange import Exchange
from protocol.gossip.policy import Policy
from protocol.gossip.seen import SeenAnswer, open_seen_request
from protocol.log.checkpoint import open_checkpoint
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead, open_index_head
from protocol.log.tile import Tile, parse_bundle, render_bundle, tiles_between
from protocol.log.trie import Trie, leaves_value
from protocol.recognition import sealed
from protocol.recognition.terms import term_key
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.conftest import ROOT
from tests.support.examples import sealed_entry
from tests.vectors.cosigners import as_json as cosigners_as_json
from tests.vectors.excerpt import shown
from tests.vectors.policy import as_json
from tests.vectors.seen import as_json as answer_as_json
from tests.vectors.time_bracket import shown as bracketed

FOLDER = ROOT / "tests/vectors"
Case = dict[str, Any]

READERS: dict[str, Callable[[str], object]] = {
    "decimal": wire.parse_decimal,
    "base64": wire.parse_b64,
    "base64url": wire.parse_b64url32,
    "id": wire.check_id,
    "amount": wire.check_amount,
    "date": wire.check_date,
    "instant": wire.check_instant,
    "origin": wire.check_origin,
}


def unpacked(case: Case, name: str) -> bytes:
    """Return the bytes that a file gives in base64."""
    return base64.b64decode(case[name])


def keys_of(case: Case) -> list[VerifierKey]:
    """Return the trusted keys of a case."""
    return [VerifierKey.parse(text) for text in case["keys"]]


def a_text(case: Case) -> None:
    """Read a small text; a good one is the only spelling of its value."""
    READERS[case["reader"]](case["text"])


def a_note(case: Case) -> Case:
    """Open a note."""
    note = Note.parse(unpacked(case, "input"))
    assert note.render() == unpacked(case, "input")
    return {"signed_by": [key.name for key in open_note(note, keys_of(case))], "text": note.text}


def a_checkpoint(case: Case) -> Case:
    """Open a checkpoint."""
    checkpoint, note = open_checkpoint(unpacked(case, "input"), keys_of(case))
    assert checkpoint.render() == note.text
    return {
        "extensions": list(checkpoint.extensions), "origin": checkpoint.origin, "root": b64(checkpoint.root),
        "size": checkpoint.size,
    }  # fmt: skip


def a_cosignature(case: Case) -> Case:
    """Verify the cosignatures of a note."""
    found = cosignature.verify(Note.parse(unpacked(case, "input")), keys_of(case))
    return {"cosigned": [{"name": key.name, "time": time} for key, time in found]}


def of_cosigners(case: Case) -> Case:
    """Read what a node says of its cosigners."""
    return cosigners_as_json(open_cosigners(unpacked(case, "input"), keys_of(case)))


def of_what_was_seen(case: Case) -> Case:
    """Read a request, which a log signs, or an answer, which nobody does."""
    data = unpacked(case, "input")
    if "keys" in case:
        request = open_seen_request(data, keys_of(case))
        return {"origin": request.origin, "time": request.time, "to": request.to}
    return answer_as_json(SeenAnswer.parse(data))


def an_exchange(case: Case) -> Case:
    """Read what a partner tells in a round of gossip."""
    return {"notes": [base64.b64encode(note).decode() for note in Exchange.parse(unpacked(case, "input")).notes]}


def a_policy(case: Case) -> Case:
    """Read a policy, and check the note against it if there is one."""
    policy = Policy.parse(unpacked(case, "input"))
    assert Policy.parse(policy.render()) == policy
    if "note" not in case:
        return as_json(policy)
    return {"quorum_time": policy.check(unpacked(case, "note")).time}


def a_tlog_proof(case: Case) -> Case:
    """Read a proof and verify the entry by it."""
    proof = TlogProof.parse(unpacked(case, "input"))
    assert proof.render() == unpacked(case, "input")
    checkpoint, _ = open_checkpoint(proof.checkpoint, keys_of(case))
    verify_entry(unpacked(case, "entry"), proof, checkpoint)
    extra = None if proof.extra is None else b64(proof.extra)
    return {"extra": extra, "hashes": [b64(value) for value in proof.hashes], "index": proof.index}


def a_tile(case: Case) -> Case:
    """Read a path or a bundle, or list the tiles of a tree."""
    if "path" in case:
        tile = Tile.parse(case["path"])
        assert tile.path() == case["path"]
        return {"index": tile.index, "level": tile.level, "width": tile.width}
    if "size" in case:
        return {"paths": [tile.path() for tile in tiles_between(0, case["size"])]}
    entries = parse_bundle(unpacked(case, "bundle"))
    assert render_bundle(entries) == unpacked(case, "bundle")
    return {"entries": [base64.b64encode(entry).decode() for entry in entries]}


def an_index(case: Case) -> Case:
    """Build the trie of a map and answer what the file asks, or verify one answer."""
    if "map" in case:
        leaves = {parse_b64url32(row["key"]): tuple(row["leaves"]) for row in case["map"]}
        assert all(term_key(tuple(row["term"])) == parse_b64url32(row["key"]) for row in case["map"] if "term" in row)
        trie = Trie.of((key, leaves_value(listed)) for key, listed in leaves.items())
        head = IndexHead(case["origin"], case["size"], wire.parse_b64_hash(case["log_root"]), trie.root)
        asked = [parse_b64url32(answer["key"]) for answer in case["gives"]["answers"]]
        answers = [IndexAnswer(key, leaves.get(key, ()), trie.prove(key)) for key in asked]
        for answer in answers:
            answer.verify(head)
        return {
            "answers": [answer.plain() for answer in answers], "hash": b64(head.stated().root), "root": b64(trie.root),
        }  # fmt: skip
    answer = IndexAnswer.parse(unpacked(case, "input"))
    assert answer.render() == unpacked(case, "input")
    answer.verify(IndexHead("ledger.example.org", case["size"], bytes(32), wire.parse_b64_hash(case["trie_root"])))
    return {"leaves": list(answer.leaves)}


def an_index_note(case: Case) -> Case:
    """Open an index note with the roots that it is said to bind."""
    log_root, trie_root = (wire.parse_b64_hash(case[name]) for name in ("log_root", "trie_root"))
    head, _ = open_index_head(unpacked(case, "input"), keys_of(case), log_root=log_root, trie_root=trie_root)
    return {"origin": head.origin, "size": head.size}


def a_sealed_entry(case: Case) -> Case:
    """Seal an award, a status or a decision."""
    origin, secret = case["origin"], parse_b64url32(case["secret"])
    number, extra = case.get("number", 0), {}
    if "act" in case:
        key = sealed.decisions_key(secret, origin)
        words = [case[name] for name in ("act", "outcome", "purpose", "replaces")]
        said = sealed.DecisionStatement(number, *words)
        values = sealed.seal_link(key, origin, said, parse_b64url32(case["document_hash"]))
    elif "status" in case:
        key = sealed.status_key(secret, origin)
        tag = sealed.award_tag(sealed.award_key(secret, origin), origin)
        values = sealed.seal_link(key, origin, sealed.StatusStatement(number, case["status"], tag))
    else:
        key = sealed.award_key(secret, origin)
        values = sealed.seal_award(secret, origin, parse_b64url32(case["file_hash"]))
        extra = {"status_key_id": b64url(sealed.status_key_id(sealed.status_key(secret, origin)))}
    return extra | {
        "document": b64url(values.document), "entry": sealed_entry(values).decode(), "key": b64url(key),
        "opening": b64url(sealed.opening_key(key, number)), "statement": b64url(values.statement),
        "tag": b64url(values.tag),
    }  # fmt: skip


def a_receipt(case: Case) -> Case:
    """Verify a receipt, or evidence."""
    document = unpacked(case, "document") if "document" in case else None
    trust = Trust(Policy.parse(case["policy"].encode()), "from the vector's policy")
    at = posix_seconds(case["at"]) if "at" in case else None
    presentation = unpacked(case, "presentation") if "presentation" in case else None
    report = verify_file(unpacked(case, "input"), trust, document=document, at=at, presentation=presentation)
    bad = [step.name for step in report.steps if step.result == "no"]
    bad += [step.name for step in report.steps if step.result == "not checked"]
    fails = {} if report.verdict == "verified" else {"fails": bad[0]}
    return {"verdict": report.verdict} | fails


def an_excerpt(case: Case) -> Case:
    """Verify an excerpt."""
    excerpt = Excerpt.parse(unpacked(case, "input"))
    assert excerpt.render() == unpacked(case, "input")
    return shown(excerpt, Policy.parse(case["policy"].encode()))


def a_time_bracket(case: Case) -> Case:
    """Verify a time bracket of an entry."""
    bracket = TimeBracket.parse(unpacked(case, "input"))
    assert bracket.render() == unpacked(case, "input")
    return bracketed(bracket, case["leaf"], unpacked(case, "entry"), Policy.parse(case["policy"].encode()))


def a_presentation(case: Case) -> Case:
    """Read a presentation; it is JSON, so it is what it gives."""
    presentation = Presentation.parse(unpacked(case, "input"))
    assert presentation.render() == unpacked(case, "input")
    value: Case = json.loads(presentation.render())
    return value


TABLE: dict[str, tuple[Callable[[Case], Case | None], int]] = {
    "wire": (a_text, 90),
    "note": (a_note, 35),
    "checkpoint": (a_checkpoint, 23),
    "cosignature": (a_cosignature, 49),
    "cosigners": (of_cosigners, 32),
    "seen": (of_what_was_seen, 51),
    "exchange": (an_exchange, 29),
    "policy": (a_policy, 63),
    "tlog_proof": (a_tlog_proof, 37),
    "tile": (a_tile, 43),
    "index": (an_index, 70),
    "index_note": (an_index_note, 17),
    "sealed": (a_sealed_entry, 8),
    "receipt": (a_receipt, 38),
    "decision_receipt": (a_receipt, 20),
    "evidence": (a_receipt, 55),
    "wrong_index": (a_receipt, 53),
    "excerpt": (an_excerpt, 25),
    "time_bracket": (a_time_bracket, 29),
    "presentation": (a_presentation, 28),
    "presentation_shown": (a_receipt, 6),
    "verdict": (a_receipt, 10),
}
"""How each format is read, and at least how many cases it has: an empty folder would pass."""


def outcome(read: Callable[[Case], Case | None], case: Case) -> Case | None:
    """Return what a case gives, or which error it is refused with, and where if the case tells that."""
    try:
        return read(case)
    except errors.ProtocolError as error:
        where = {"where": getattr(error, "where", "")} if "where" in case else {}
        return {"error": type(error).__name__} | where


@pytest.mark.parametrize("name", TABLE)
def test_every_case_comes_out_as_its_file_says(name):
    """What is good gives what the file says, what is bad raises the error it names."""
    read, least = TABLE[name]
    cases = {file.stem: json.loads(file.read_text()) for file in (FOLDER / name).glob("*.json")}

    wrong = {}
    for stem, case in cases.items():
        expected = {member: case[member] for member in ("error", "where") if member in case} or case.get("gives")
        if (found := outcome(read, case)) != expected:
            wrong[stem] = found

    assert wrong == {}
    assert len(cases) >= least
