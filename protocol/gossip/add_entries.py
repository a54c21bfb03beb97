"""How entries reach a mirror: in packages, each proven by itself (C2SP tlog-mirror, main branch of July 2026).

The body of ``POST …/add-entries``, numbers big-endian, sizes before what they measure::

    u16 ‖ origin                       the log
    u64 upload start, u64 upload end   the entries [start, end); end is the size of a pending checkpoint
    u16 ‖ ticket                       what the mirror gave to be told again; may be empty
    package ‖ package ‖ …              the packages of [start, end) from the first on, all or fewer

Packages are cut at multiples of 256, as entry bundles are. The one of the entries [s, e) holds::

    (u16 ‖ entry) × (e − s)
    u8 ‖ 32-byte hash × that many      consistency proof, at most 63, of the subtree [s rounded down to 256, e) with
                                       the tree of upload end's size

So a mirror verifies and keeps each package before the next has come, and holds no more than one in memory:
`protocol.gossip.upload_reader` cuts a stream as it arrives, and `protocol.gossip.mirror_info` is the answer while some
are missing.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from protocol.encoding.wire import HASH_BYTES, MAX_SIZE
from protocol.errors import BadProofError, MalformedError
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import MAX_PROOF_HASHES, root_of, verify_subtree_consistency
from protocol.log.proofs import Span
from protocol.log.tile import MAX_ENTRY_BYTES, TILE_WIDTH, render_bundle

MAX_REQUEST_PACKAGES: Final = 32
"""What one request should hold at most: hosts limit bodies."""

MAX_PACKAGE_BYTES: Final = TILE_WIDTH * (2 + MAX_ENTRY_BYTES) + 1 + MAX_PROOF_HASHES * HASH_BYTES
"""The longest package there can be."""

_WHERE: Final = "add-entries"
RANGE: Final = struct.Struct(">QQ")
"""Upload start and upload end."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a request begins with: which entries of which log it is about to bring, and the mirror's own ticket."""

    origin: str
    start: int
    end: int
    ticket: bytes = b""

    def __post_init__(self) -> None:
        """Raise MalformedError unless start and end are in order."""
        if not 0 <= self.start <= self.end <= MAX_SIZE:
            raise MalformedError("upload start and end are sizes in order, at most 2^63-1", _WHERE)

    def render(self) -> bytes:
        """Return the bytes before the first package."""
        return _sized(self.origin.encode()) + RANGE.pack(self.start, self.end) + _sized(self.ticket)

    def packages(self) -> Iterator[Span]:
        """Yield the entries of each package, in order."""
        at = self.start
        while at < self.end:
            end = min(self.end, at - at % TILE_WIDTH + TILE_WIDTH)
            yield Span(at, end)
            at = end


@dataclass(frozen=True, slots=True)
class Package:
    """Some neighbouring entries of one bundle, and the proof of the subtree that they complete."""

    span: Span
    entries: tuple[bytes, ...]
    proof: tuple[bytes, ...]

    def render(self) -> bytes:
        """Return the package's bytes."""
        return render_bundle(self.entries) + bytes([len(self.proof)]) + b"".join(self.proof)


def subtree_of(span: Span) -> Span:
    """Return the subtree whose consistency proof goes with the package of these entries."""
    return Span(span.start - span.start % TILE_WIDTH, span.end)


def verify_package(package: Package, held: Sequence[bytes], checkpoint: Checkpoint) -> tuple[bytes, ...]:
    """Verify that the entries stand in the checkpoint's tree, and return their leaf hashes.

    Args:
        package: The entries and their proof.
        held: The leaf hashes, already verified, of the entries from the subtree's start up to the package's.
        checkpoint: The pending checkpoint whose size is the upload's end.

    Raises:
        BadProofError: They do not, or they can't be joined to what is held.
    """
    span, subtree = package.span, subtree_of(package.span)
    if len(held) != span.start - subtree.start or len(package.entries) != span.end - span.start:
        raise BadProofError(f"expected the entries [{subtree.start}, {span.end}), of which the package has the last")
    sha256 = hashlib.sha256
    leaves = tuple([sha256(b"\x00" + entry).digest() for entry in package.entries])  # `leaf_hash`: each call costs
    root = root_of([*held, *leaves])
    verify_subtree_consistency(*subtree, checkpoint.size, package.proof, root, checkpoint.root)
    return leaves


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data
