"""Notes that evidence quotes: with the lines of the log that they convict, and no others."""

from collections.abc import Iterable

from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note
from protocol.errors import MalformedError


def own_lines(note: Note, keys: Iterable[VerifierKey]) -> bytes:
    """Return the note with the lines of these keys alone, in one order, each once.

    Whoever passed the note on may have turned or repeated its lines; that makes no other evidence.
    """
    known = {(key.name, key.key_id) for key in keys}
    lines = {line for line in note.signatures if (line.name, line.key_id) in known}
    return Note(note.text, tuple(sorted(lines, key=lambda line: (line.key_id, line.value)))).render()


def check_own_lines(note: Note, name: str, where: str) -> None:
    """Raise MalformedError where a line is of another name than the log signs under."""
    if any(line.name != name for line in note.signatures):
        raise MalformedError("leave out the lines of others than the log", where)
