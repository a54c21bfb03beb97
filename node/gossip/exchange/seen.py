"""Answer what this node has last seen of a log, to the log's owner alone (`protocol.gossip.seen`).

A log asks after a start, before it signs anything: so answering never waits for anything but our own database, and what
is answered is all that was ever seen of the log here: held by the mirror, pending there, cosigned by the witness, told
by others, whichever process of this node it was. What is held is what the mirror holds.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from node.clock import Clock
from node.errors import BadRequestError, ForbiddenError, NotFoundError
from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.watched_log import WatchedLog
from node.gossip.mirror.holding import Seen
from node.log.follow import Target
from protocol.encoding.note import Note
from protocol.errors import BadSignatureError, NoTrustedKeyError
from protocol.gossip.seen import MAX_REQUEST_BYTES, Held, SeenAnswer, open_seen_request

MirrorSeen = Callable[[str], Awaitable[Seen]]
"""Gives what the mirror has seen of a log; raises where the database can't be read."""

FurtherNotes = Callable[[str], Awaitable[Iterable[bytes]]]
"""Gives notes of a log that other parts of this node have stored."""

_ORIGIN_LINE: Final = 1


class LastSeen:
    """Answers partners' logs."""

    def __init__(
        self,
        logs: Iterable[WatchedLog],
        comparisons: Comparisons,
        *,
        mirror: MirrorSeen,
        further: FurtherNotes,
        mirror_names: Iterable[str],
        clock: Clock,
    ) -> None:
        """Answer the logs that this node follows, as the mirror of these key names."""
        self._logs: Mapping[str, WatchedLog] = {log.origin: log for log in logs if not log.own}
        self._comparisons = comparisons
        self._mirror = mirror
        self._further = further
        self._names = frozenset(mirror_names)
        self._clock = clock

    async def answer(self, request: bytes) -> bytes:
        """Return the answer to a signed request.

        Raises:
            BadRequestError: It can't be read, asks somebody else, or at another time.
            MalformedError: The same.
            NotFoundError: The log isn't known here.
            ForbiddenError: Its key did not sign the request.
        """
        log = self._log(request)
        try:
            asked = open_seen_request(request, log.keys)
        except (BadSignatureError, NoTrustedKeyError) as error:
            raise ForbiddenError(f"only the log itself may ask this: {error}") from None
        asked.check(self._names, now=self._clock.now())
        held = await self._mirror(log.origin)
        newest = await self._newest(log, held)
        return SeenAnswer(
            log.origin,
            Held(held.size, held.root) if held.size else None,
            None if newest is None else newest.note,
        ).render()

    def _log(self, request: bytes) -> WatchedLog:
        if len(request) > MAX_REQUEST_BYTES:
            raise BadRequestError(f"a request has at most {MAX_REQUEST_BYTES} bytes")
        lines = Note.parse(request).text.split("\n")
        log = self._logs.get(lines[_ORIGIN_LINE]) if len(lines) > _ORIGIN_LINE else None
        if log is None:
            raise NotFoundError("this node follows no such log")
        return log

    async def _newest(self, log: WatchedLog, held: Seen) -> Target | None:
        kept = [] if held.note is None else [held.note]
        opened = [log.open(note) for note in (*kept, *log.notes(), *await self._further(log.origin))]
        notes = [*(note for note in opened if note is not None), *self._comparisons.unsettled(log.origin)]
        return max(notes, key=lambda note: note.checkpoint.size, default=None)
