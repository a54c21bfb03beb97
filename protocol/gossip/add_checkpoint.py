"""What a log sends to a witness or mirror: a checkpoint, and the proof that it extends the last one they saw.

The body of ``POST …/add-checkpoint`` (C2SP tlog-witness, main branch of July 2026)::

    old 20852014                       the tree size that the proof starts from, decimal
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9…    hashes of the consistency proof, padded base64; at most 63, none from size 0
                                       one empty line
    ledger.example.org/nostra          the checkpoint note, verbatim
    …

Refused: any other spelling of a number or hash, a blank or carriage return at a line's end, more than 63 hashes, more
than 1 MiB of note. The note is read by `AddCheckpoint.stated`, and verified and compared by `protocol.gossip.witness`.
"""

from dataclasses import dataclass
from typing import Final, Self

from protocol.encoding.note import MAX_NOTE_BYTES, Note
from protocol.encoding.wire import b64, parse_b64_hash, parse_decimal
from protocol.errors import MalformedError
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import MAX_PROOF_HASHES

MAX_HEAD_BYTES: Final = 4 + 19 + 1 + MAX_PROOF_HASHES * 45 + 1
"""Old size line, the most hashes there can be, and the empty line."""

MAX_REQUEST_BYTES: Final = MAX_HEAD_BYTES + MAX_NOTE_BYTES
"""A reader stops here: no request is longer."""

_OLD: Final = "old "
_WHERE: Final = "add-checkpoint"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The size a proof starts from, the proof's hashes, and the checkpoint note that it leads to."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a request; its note is left to `stated`.

        Raises:
            MalformedError: The lines before the note are not as above.
        """
        head, separator, note = data.partition(b"\n\n")
        if not separator or len(data) > MAX_REQUEST_BYTES:
            raise MalformedError("expected an old size, proof hashes, an empty line and a checkpoint note", _WHERE)
        old, *lines = _lines(head)
        if not old.startswith(_OLD):
            raise MalformedError("expected 'old ' and a tree size on the first line", _WHERE)
        size = parse_decimal(old.removeprefix(_OLD), f"{_WHERE}, old size")
        if len(lines) > MAX_PROOF_HASHES:
            raise MalformedError(f"no consistency proof has more than {MAX_PROOF_HASHES} hashes", _WHERE)
        proof = tuple(parse_b64_hash(line, f"{_WHERE}, hash {number}") for number, line in enumerate(lines, 1))
        return cls(size, proof, note)

    def render(self) -> bytes:
        """Return the request's bytes."""
        lines = [f"{_OLD}{self.old_size}", *map(b64, self.proof), "", ""]
        return "\n".join(lines).encode("ascii") + self.note

    def stated(self) -> tuple[Checkpoint, Note]:
        """Return what the note states, which no key has vouched for yet.

        Raises:
            MalformedError: It is not a checkpoint note.
        """
        note = Note.parse(self.note)
        return Checkpoint.parse_stated(note.text), note


def _lines(head: bytes) -> list[str]:
    try:
        return head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise MalformedError("not plain ASCII before the checkpoint", _WHERE) from None
