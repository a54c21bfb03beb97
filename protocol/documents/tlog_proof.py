"""Portable inclusion proofs (C2SP tlog-proof): what shows, years later and offline, that an entry stands in a log.

::

    c2sp.org/tlog-proof@v1
    extra AQID                         optional: base64 of bytes that nothing vouches for
    index 2                            leaf index, decimal
    zhi4oivEcX1ce4w6LI3iJoA/Nb…=       hashes of the inclusion proof, leaf to root, padded base64; at most 63
                                       one empty line
    ledger.example.org/nostra          a checkpoint note, verbatim: its tree holds the leaf
    …

The proof does not hold the entry. It is sound only once its checkpoint is signed by a key the reader trusts
(`protocol.log.checkpoint.open_checkpoint`) and `verify_entry` has led the entry to that checkpoint's root hash.
Media type ``text/plain; charset=utf-8``, file name ``*.tlog-proof``.
"""

from dataclasses import dataclass
from typing import Final, Self

from protocol.encoding.note import MAX_NOTE_BYTES, Note
from protocol.encoding.wire import b64, parse_b64, parse_b64_hash, parse_decimal
from protocol.errors import MalformedError
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import MAX_PROOF_HASHES, leaf_hash, verify_inclusion

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_EXTRA_BYTES: Final = 1 << 16
_MAX_HEAD_BYTES: Final = MAX_EXTRA_BYTES * 2
_WHERE: Final = "tlog-proof"


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Where an entry stands, the hashes that lead from it to the root, and the note that signs the root."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a proof, without verifying it.

        Raises:
            MalformedError: The bytes are not a tlog-proof with a checkpoint note.
        """
        head, separator, checkpoint = data.partition(b"\n\n")
        if not separator or len(data) > _MAX_HEAD_BYTES + MAX_NOTE_BYTES:
            raise MalformedError("expected a proof, an empty line and a checkpoint note", _WHERE)
        lines = _lines(head)
        extra = _extra(lines)
        index = _index(lines)
        if len(lines) > MAX_PROOF_HASHES:
            raise MalformedError(f"no inclusion proof has more than {MAX_PROOF_HASHES} hashes", _WHERE)
        hashes = tuple(parse_b64_hash(line, f"{_WHERE}, hash {number}") for number, line in enumerate(lines, 1))
        proof = cls(index, hashes, checkpoint, extra)
        proof.unverified()
        return proof

    def render(self) -> bytes:
        """Return the proof's bytes."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {b64(self.extra)}")
        lines += [f"index {self.index}", *map(b64, self.hashes), "", ""]
        return "\n".join(lines).encode("ascii") + self.checkpoint

    def unverified(self) -> Checkpoint:
        """Return what the note states of the log, which no key has vouched for yet.

        Raises:
            MalformedError: It is not a checkpoint note.
        """
        return Checkpoint.parse(Note.parse(self.checkpoint).text)


def verify_entry(entry: bytes, proof: TlogProof, checkpoint: Checkpoint) -> None:
    """Raise BadProofError unless the entry's bytes stand at the proof's leaf index under the checkpoint's root hash.

    `checkpoint` is what the caller has opened with keys it trusts, not what the proof merely carries.
    """
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root)


def _lines(head: bytes) -> list[str]:
    try:
        header, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise MalformedError("not plain ASCII before the checkpoint", _WHERE) from None
    if header != HEADER:
        raise MalformedError(f"expected '{HEADER}' on the first line", _WHERE)
    return lines


def _extra(lines: list[str]) -> bytes | None:
    """Take the optional extra line off the front."""
    if not lines or not lines[0].startswith("extra "):
        return None
    extra = parse_b64(lines.pop(0).removeprefix("extra "), f"{_WHERE}, extra")
    if len(extra) > MAX_EXTRA_BYTES:
        raise MalformedError(f"at most {MAX_EXTRA_BYTES} bytes", f"{_WHERE}, extra")
    return extra


def _index(lines: list[str]) -> int:
    """Take the index line off the front."""
    if not lines or not lines[0].startswith("index "):
        raise MalformedError("expected 'index ' and the leaf index", _WHERE)
    return parse_decimal(lines.pop(0).removeprefix("index "), f"{_WHERE}, index")
