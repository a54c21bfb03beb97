"""One checkpoint as several show it: with the lines of all of them that verify, and no others."""

from collections.abc import Iterable, Sequence

from node.log.follow import Target
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note
from protocol.gossip.cosignature import holds


def with_good_lines(target: Target, cosigners: Sequence[VerifierKey]) -> Note:
    """Return a note with the log's own lines and those of known cosigners that verify."""
    own, note = Note.parse(target.signed().encode()), Note.parse(target.note)
    return Note(note.text, (*own.signatures, *(line for line in note.signatures if holds(note.text, line, cosigners))))


def joined(targets: Iterable[Target], cosigners: Sequence[VerifierKey]) -> list[bytes]:
    """Return notes of one log, the largest first, each text once with everybody's good lines."""
    notes: dict[str, Note] = {}
    for target in sorted(targets, key=lambda one: one.checkpoint.size, reverse=True):
        note = with_good_lines(target, cosigners)
        notes[note.text] = notes.get(note.text, note).adding(note.signatures)
    return [note.render() for note in notes.values()]
