"""A note with as few lines as a policy asks for: what documents carry, where a receipt keeps all.

Kept are the lines of the log and, by cosignature time, Ed25519 lines (type 04) of the policy's witnesses until its
quorum is there: they are short and verify anywhere. Where the quorum isn't there without others, or none is asked for,
all Ed25519 lines stay, since readers with other policies may count other cosigners.
"""

from functools import lru_cache
from typing import Final

from protocol.encoding.keys import COSIGNATURE, SIGNATURE_BYTES
from protocol.encoding.note import Note, NoteSignature
from protocol.errors import MalformedError
from protocol.gossip.cosignature import read_time
from protocol.gossip.policy import Policy

_KEPT: Final = 128
"""Notes kept short: those of some dozens of logs, which are asked for again and again."""


@lru_cache(maxsize=_KEPT)
def short_note(data: bytes, policy: Policy) -> bytes:
    """Return the note with the lines that the policy needs; nothing is verified.

    Raises:
        MalformedError: It is not a note.
    """
    note = Note.parse(data)
    name = note.text.partition("\n")[0]
    own = [line for line in note.signatures if line.name == name]
    others = [(time, line) for line in note.signatures if line.name != name if (time := _time(line)) is not None]
    lines = _enough([line for _, line in sorted(others, key=lambda one: one[0])], policy, name)
    return Note(note.text, (*own, *lines)).render()


def _enough(lines: list[NoteSignature], policy: Policy, origin: str) -> list[NoteSignature]:
    known = {(one.key.name, one.key.key_id): one for one in policy.counting(origin)}
    names: set[str] = set()
    kept: list[NoteSignature] = []
    for line in lines:
        witness = known.get((line.name, line.key_id))
        if witness is not None and witness.name not in names:
            names.add(witness.name)
            kept.append(line)
            if policy.is_quorum(names):
                return kept
    return lines


def _time(line: NoteSignature) -> int | None:
    """Return an Ed25519 cosignature's time; None of any other line."""
    try:
        time = read_time(line)
    except MalformedError:
        return None
    return time if len(line.value) == 8 + SIGNATURE_BYTES[COSIGNATURE] else None
