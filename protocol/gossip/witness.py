"""The rule of a witness: it only ever cosigns checkpoints of which each extends the one before (C2SP tlog-witness).

`check_update` decides on one request; the caller persists the new state by compare-and-swap and only then answers.
Step by step, with the status that each failure is answered with::

    1. the request and its note have their form, and the log's origin is known      400, 404
    2. a key of that log signed the note, and no line of such a key is wrong        403
    3. the old size is not beyond the checkpoint's                                  400
    4. the old size is the one cosigned last, zero if none                          409, with that size
    5. an empty tree has the root hash of nothing                                   422
    6. the consistency proof leads from the old root hash to the new one;           422
       from size zero it is empty, and at equal size the root hashes are equal

Steps 1 and 2 are `AddCheckpoint.parse`, `AddCheckpoint.stated` and `protocol.log.checkpoint.verify_signed`.

Answers: with 200, one or more signature lines of the cosigner, nothing else (a mirror, which cosigns later, may send
none); with 409, the size in decimal and a newline, ``text/x.tlog.size``. The last checkpoint cosigned is at
``<prefix>/<origin hash>/checkpoint``: the origin hash is SHA-256 of the origin in lower-case hexadecimal.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from protocol.encoding.note import MAX_SIGNATURES, NoteSignature
from protocol.encoding.wire import parse_decimal
from protocol.errors import BadProofError, MalformedError, StaleSizeError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import EMPTY_ROOT, verify_consistency

SIZE_TYPE: Final = "text/x.tlog.size"
"""Media type of a 409 answer."""

MAX_ANSWER_BYTES: Final = 1 << 18
"""Signature lines of 64 cosigners with the longest names and keys stay below."""


@dataclass(frozen=True, slots=True)
class State:
    """The checkpoint of a log that a witness cosigned last."""

    size: int
    root: bytes


NOTHING: Final = State(0, EMPTY_ROOT)
"""Where every log begins, before anything of it was cosigned."""


def check_update(request: AddCheckpoint, checkpoint: Checkpoint, state: State | None) -> None:
    """Check that a witness in this state may cosign the checkpoint, whose signature the caller has verified.

    Args:
        request: The old size and the proof.
        checkpoint: What the request's note states.
        state: What was cosigned last for that origin; None if nothing was.

    Raises:
        MalformedError: The old size is beyond the checkpoint's (400).
        StaleSizeError: The old size is not the one cosigned last (409).
        BadProofError: The checkpoint is not shown to extend what was cosigned last (422).
    """
    last = state or NOTHING
    if request.old_size > checkpoint.size:
        raise MalformedError(f"the old size is beyond the checkpoint's, {checkpoint.size}", "add-checkpoint, old size")
    if request.old_size != last.size:
        raise StaleSizeError(last.size)
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise BadProofError("an empty tree has the root hash of nothing")
    if last.size:
        verify_consistency(last.size, checkpoint.size, request.proof, last.root, checkpoint.root)
    elif request.proof:
        raise BadProofError("from size zero there is nothing to prove: the consistency proof is empty")


def origin_hash(origin: str) -> str:
    """Return the name of a log in the paths of its witnesses and mirrors."""
    return hashlib.sha256(origin.encode()).hexdigest()


def render_size(size: int) -> bytes:
    """Return the body of a 409 answer."""
    return b"%d\n" % size


def parse_size(body: bytes) -> int:
    """Read the body of a 409 answer.

    Raises:
        MalformedError: It is not one decimal number and a newline.
    """
    text = body.decode("ascii", "replace")
    if not text.endswith("\n"):
        raise MalformedError("expected a tree size and a newline", "answer")
    return parse_decimal(text[:-1], "answer, tree size")


def render_lines(lines: Iterable[NoteSignature]) -> bytes:
    """Return the body of a 200 answer."""
    return "".join(line.render() for line in lines).encode()


def parse_lines(body: bytes) -> tuple[NoteSignature, ...]:
    """Read the body of a 200 answer. Nothing is verified: `protocol.gossip.cosignature` says whose lines hold.

    Raises:
        MalformedError: It is not one to 64 signature lines.
    """
    try:
        text = body.decode("utf-8") if len(body) <= MAX_ANSWER_BYTES else ""
    except UnicodeDecodeError:
        text = ""
    lines = text.split("\n")
    if lines.pop() or not 0 < len(lines) <= MAX_SIGNATURES:
        raise MalformedError(f"expected 1 to {MAX_SIGNATURES} signature lines, each with its newline", "answer")
    return tuple(NoteSignature.parse(line) for line in lines)
