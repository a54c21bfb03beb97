"""What comes back beside a log's entries: the checkpoint that may be shown, and the texts.

A checkpoint of ours may be shown again once it has the cosignatures that the policy asks for; they are gathered from
all partners that hold it, each line verified by that partner's own keys. Where they don't suffice, the node that is
started next asks for them as for any durable checkpoint.

A text is taken from whichever mirror has it, verified by its commitment. If one says that it was taken down, it was,
whatever others still hold: what slipped into a text and was taken down must not come back with a recovery.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from node.clock import Clock
from node.errors import NodeError, NotFoundError, UnreachableError
from node.gossip.mirror.texts import MirrorTexts
from node.gossip.partners.last_seen import LastSeen
from node.log.follow import LogSource, Target
from node.storage.database import Database
from node.storage.heads import read_head, store_release
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note, NoteSignature
from protocol.errors import ProtocolError
from protocol.gossip.cosignature import verify
from protocol.recognition.texts import parse_texts, verify_texts

GONE: Final = "gone"


async def release(
    database: Database,
    log_id: int,
    told: Sequence[LastSeen],
    *,
    keys: Mapping[str, Sequence[VerifierKey]],
    may_show: Callable[[bytes], bool],
) -> int | None:
    """Let the newest checkpoint be shown that is wholly here and may be; return its size, None if nothing is shown.

    Args:
        database: Holds the log.
        log_id: Says which.
        told: What partners told.
        keys: Each partner's mirror keys, by its name.
        may_show: Whether a note has the cosignatures that it needs.
    """
    async with database.writing() as connection:
        head = await read_head(connection, log_id)
        for size, note in _gathered(told, keys):
            if (head.released_size or -1) < size <= head.size and may_show(note):
                await store_release(connection, log_id, size, note)
                return size
        return head.released_size


def _gathered(told: Iterable[LastSeen], keys: Mapping[str, Sequence[VerifierKey]]) -> list[tuple[int, bytes]]:
    """Return each checkpoint that is held, the largest first, with the lines that its holders' keys made."""
    notes: dict[int, Note] = {}
    for one in told:
        if one.held is not None:
            size = one.held.checkpoint.size
            note = notes.setdefault(size, Note.parse(one.held.signed().encode()))
            notes[size] = note.adding(_lines(one.held, keys.get(one.name, ())))
    return [(size, notes[size].render()) for size in sorted(notes, reverse=True)]


def _lines(held: Target, keys: Sequence[VerifierKey]) -> list[NoteSignature]:
    note = Note.parse(held.note)
    found = []
    for line in note.signatures:
        try:
            found += [line] if verify(Note(note.text, (line,)), keys) else []
        except ProtocolError:
            continue
    return found


async def fetch_texts(
    origin: str, told: Sequence[LastSeen], database: Database, clock: Clock, *, log_id: int, size: int
) -> int:
    """Fetch the texts of a log's first `size` entries that aren't here; return how many are had of nobody."""
    texts = MirrorTexts(origin, AnyMirror([one.mirror for one in told if one.held is not None]), database, clock)
    before = -1
    while texts.wanted != before:
        before = texts.wanted
        await texts.fetch(log_id, size)
    return texts.wanted


class AnyMirror:
    """Several mirrors of one log, as one source of its texts."""

    def __init__(self, mirrors: Sequence[LogSource]) -> None:
        """Ask these; one that can't be reached isn't asked again."""
        self._mirrors = list(mirrors)

    async def texts(self, commitment: str) -> bytes:
        """Return the texts document behind a commitment, verified.

        Raises:
            NotFoundError: None has it; with the code `gone`, one says that it was taken down.
            UnreachableError: None could be asked.
        """
        answers = await asyncio.gather(*(_texts(mirror, commitment) for mirror in self._mirrors))
        # Or each text would wait for it anew.
        away = [isinstance(answer, UnreachableError) for answer in answers]
        self._mirrors = [mirror for mirror, gone in zip(self._mirrors, away, strict=True) if not gone]
        failures = [answer for answer in answers if not isinstance(answer, bytes)]
        for failure in failures:
            if isinstance(failure, NodeError) and failure.code == GONE:
                raise failure
        for answer in answers:
            if isinstance(answer, bytes):
                return answer
        if all(isinstance(failure, UnreachableError) for failure in failures):
            raise UnreachableError("no mirror can be asked for texts")
        raise NotFoundError(f"no mirror has the texts {commitment}")


async def _texts(mirror: LogSource, commitment: str) -> bytes | NodeError | ProtocolError:
    try:
        document = await mirror.texts(commitment)
        verify_texts(parse_texts(document), commitment)
    except (NodeError, ProtocolError) as error:
        return error
    return document
