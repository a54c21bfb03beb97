"""Cases of uploads to a mirror: the body, the pending checkpoint, the leaf hashes held, and what is read of it.

`gives` holds the head, each package that was whole and verified (as an entry bundle), and whether all have come.
"""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from protocol.encoding.wire import b64
from protocol.gossip.add_entries import RANGE, Package, Upload, subtree_of
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.proofs import Span, subtree_consistency_spans
from protocol.log.tile import render_bundle
from tests.support.examples import ORIGIN, seed

ENTRIES = [f"entry {at}".encode() for at in range(600)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def package(span: Span, size: int) -> Package:
    """Return a package with its proof to the tree of a size."""
    spans = subtree_consistency_spans(*subtree_of(span), size)
    proof = tuple(root_of(LEAVES[part.start : part.end]) for part in spans)
    return Package(span, tuple(ENTRIES[span.start : span.end]), proof)


def packages(upload: Upload) -> list[Package]:
    """Return all packages of an upload."""
    return [package(span, upload.end) for span in upload.packages()]


def body(upload: Upload, sent: Sequence[Package] | None = None) -> bytes:
    """Return a request with all packages, or with others."""
    return upload.render() + b"".join(each.render() for each in (packages(upload) if sent is None else sent))


def alone(start: int, end: int, **parts: Any) -> bytes:
    """Return a request of one package, with other parts."""
    upload = Upload(ORIGIN, start, end)
    (whole,) = packages(upload)
    return body(upload, [Package(whole.span, parts.get("entries", whole.entries), parts.get("proof", whole.proof))])


SMALL, INNER, ACROSS = Upload(ORIGIN, 0, 5), Upload(ORIGIN, 3, 5, b"ticket"), Upload(ORIGIN, 254, 260)
FULL, MANY = Upload(ORIGIN, 0, 256), Upload(ORIGIN, 250, 515)

READ = {
    "small": ("All entries of a small log: one package, its proof empty", SMALL, body(SMALL), 1),
    "inside-a-bundle": ("The package completes a bundle that is held in part", INNER, body(INNER), 1),
    "full-bundle": ("One full bundle", FULL, body(FULL), 1),
    "across-bundles": ("Two packages, parted at 256", ACROSS, body(ACROSS), 2),
    "three-packages": ("The end of a bundle, a full one, the beginning of a third", MANY, body(MANY), 3),
    "no-entries": ("Start and end are the same: no package", Upload(ORIGIN, 5, 5), body(Upload(ORIGIN, 5, 5)), 0),
    "first-package-only": ("The client sends fewer packages than there are", ACROSS,
                           body(ACROSS, packages(ACROSS)[:1]), 1),
    "cut-in-second": ("The body ends inside the second package", ACROSS, body(ACROSS)[:-1], 1),
    "cut-in-first": ("The body ends inside the first package", SMALL, body(SMALL)[:-1], 0),
    "bytes-after-the-last": ("What follows the last package is discarded", SMALL, body(SMALL) + b"more", 1),
}  # fmt: skip
CUT = {
    "nothing": ("No bytes", b""),
    "half-a-head": ("The body ends inside the ticket", INNER.render()[:-1]),
}
(ONE,) = packages(Upload(ORIGIN, 3, 5))
MALFORMED = {
    "start-beyond-end": ("Start lies behind end", Upload(ORIGIN, 0, 5).render().replace(
        RANGE.pack(0, 5), RANGE.pack(6, 5))),
    "end-too-large": ("End is 2^63", Upload(ORIGIN, 0, 5).render().replace(RANGE.pack(0, 5), RANGE.pack(0, 1 << 63))),
    "origin-not-utf-8": ("The origin is no UTF-8", b"\x00\x01\xff" + RANGE.pack(0, 5) + b"\x00\x00"),
    "sixty-four-hashes": ("One hash too many", alone(3, 5, proof=tuple(seed(f"hash {at}") for at in range(64)))),
}  # fmt: skip
UNPROVEN = {
    "changed-entry": ("One entry is another", 3, 5, alone(3, 5, entries=(ENTRIES[3], b"another"))),
    "swapped-entries": ("Two entries stand in each other's place", 3, 5, alone(3, 5, entries=ONE.entries[::-1])),
    "joined-entries": ("Two entries are joined, and an empty one follows", 3, 5,
                       alone(3, 5, entries=(b"".join(ONE.entries), b""))),
    "needless-hash": ("A proof where none is needed", 3, 5, alone(3, 5, proof=(seed("x"),))),
    "changed-hash": ("One hash of the proof is another", 256, 600, body(
        Upload(ORIGIN, 256, 600), [Package(Span(256, 512), tuple(ENTRIES[256:512]), (
            *package(Span(256, 512), 600).proof[:-1], seed("x")))])),
    "proof-one-short": ("The last hash is missing", 256, 600, body(
        Upload(ORIGIN, 256, 600), [Package(Span(256, 512), tuple(ENTRIES[256:512]),
                                           package(Span(256, 512), 600).proof[:-1])])),
    "proof-to-another-size": ("The proof leads to the tree of 599 entries", 256, 600, body(
        Upload(ORIGIN, 256, 600), [package(Span(256, 512), 599)])),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `size` and `root` are the pending checkpoint's, `held` the leaf hashes of the first bundle's."""
    for name, (description, upload, data, count) in READ.items():
        yield (
            f"add_entries/{name}",
            _case(description, data, upload.start, upload.end) | {"gives": _read(upload, count)},
        )
    for name, (description, data) in CUT.items():
        yield f"add_entries/{name}", _case(description, data, 3, 5) | {"gives": {"complete": False, "packages": []}}
    for name, (description, data) in MALFORMED.items():
        yield f"add_entries/{name}", _case(description, data, 3, 5) | {"error": "MalformedError"}
    for name, (description, start, end, data) in UNPROVEN.items():
        yield f"add_entries/{name}", _case(description, data, start, end) | {"error": "BadProofError"}


def _read(upload: Upload, count: int) -> dict[str, Any]:
    spans = list(upload.packages())
    read = [
        {"bundle": base64.b64encode(render_bundle(ENTRIES[start:end])).decode(), "end": end, "start": start}
        for start, end in spans[:count]
    ]
    return {
        "complete": count == len(spans), "end": upload.end, "origin": upload.origin, "packages": read,
        "start": upload.start, "ticket": b64(upload.ticket),
    }  # fmt: skip


def _case(description: str, data: bytes, start: int, end: int) -> dict[str, Any]:
    return {
        "description": description, "held": [b64(leaf) for leaf in LEAVES[start - start % 256 : start]],
        "input": base64.b64encode(data).decode(), "root": b64(root_of(LEAVES[:end])), "size": end,
    }  # fmt: skip
