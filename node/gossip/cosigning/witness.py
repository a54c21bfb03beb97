"""The witness: cosigns partners' checkpoints of which each extends the one before (C2SP tlog-witness v1.0.0).

What a request must be, and what each failure is answered with, says `protocol.gossip.witness`. Here is what makes the
answer true: one request of a log at a time is held against what was cosigned last; the new state, with our lines, is
committed from exactly that state (`node.gossip.cosigning.cosigned_log`); only then does the answer leave. If the
process dies on the way, the state has moved or not, and in both cases no line of ours is out that it doesn't know of.

Beyond the specification: 403 for a log that is known to have signed two histories, 503 where this node can't be sure of
its own state (after a restore; the database away) or too many wait. Each with a line of plain text.

A note that its log signed and that is refused may show that the log has two histories: it goes to `suspect`, which must
neither fail nor wait.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from node.clock import Clock
from node.errors import PushBackError
from node.gossip.cosigning.cosigned_log import CosignedLog
from node.gossip.cosigning.cosigner import Cosigner
from node.storage.cosigned import Cosigned
from node.storage.cosigned_writer import CosignedWriter
from node.storage.database import Database
from node.telemetry import WITNESS_ANSWERS
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note
from protocol.errors import BadProofError, BadSignatureError, MalformedError, NoTrustedKeyError, StaleSizeError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.witness import SIZE_TYPE, State, check_update, origin_hash, render_lines, render_size
from protocol.log.checkpoint import Checkpoint, verify_signed

MAX_REQUEST_BYTES: Final = 64 * 1024
"""A checkpoint with its log's own line and the longest proof has 4 KiB; the rest is room for others' lines."""

MOST_WAITING: Final = 64
"""Requests of one log that wait for their turn; more are told to come again."""

TEXT: Final = "text/plain"

Suspect = Callable[[str, bytes, bytes], None]
"""Takes an origin, a note that its log signed and that does not fit, and the note that it does not fit to."""


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What a request is answered with."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request whose note its log has signed."""

    request: AddCheckpoint
    checkpoint: Checkpoint
    note: Note
    """With the log's own lines alone, all of them verified."""


@dataclass(slots=True)
class _Log:
    """A partner's log, and who asks about it."""

    cosigned: CosignedLog
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    newest: _Asked | None = None
    """The largest checkpoint that the log signed and that came by, cosigned or not."""


class Witness:
    """Answers `add-checkpoint`, and shows what was cosigned last."""

    def __init__(
        self,
        cosigner: Cosigner,
        keys: Mapping[str, Sequence[VerifierKey]],
        *,
        database: Database,
        writer: CosignedWriter,
        clock: Clock,
        is_convicted: Callable[[str], bool] = lambda origin: False,
        suspect: Suspect = lambda origin, note, known: None,
    ) -> None:
        """Cosign for the logs of `keys`; they are looked up there anew at each request."""
        self.cosigner = cosigner
        self._keys = keys
        self._database = database
        self._writer = writer
        self._clock = clock
        self._is_convicted = is_convicted
        self._suspect = suspect
        self._logs: dict[str, _Log] = {}
        self._counts: dict[tuple[str, int], Callable[[], None]] = {}

    async def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        """Answer a request, whose body the caller has read up to MAX_REQUEST_BYTES."""
        origin = ""
        try:
            request = AddCheckpoint.parse(body)
            checkpoint, note = request.stated()
            keys = self._keys.get(checkpoint.origin, ())
            if not keys:
                answer = _line(404, "this witness does not know that log")
            else:
                origin = checkpoint.origin
                lines = verify_signed(checkpoint, note, keys)
                answer = await self._answer(self._log(origin), _Asked(request, checkpoint, Note(note.text, lines)))
        except MalformedError as error:
            answer = _line(400, str(error))
        except (BadSignatureError, NoTrustedKeyError) as error:
            answer = _line(403, str(error))
        except PushBackError as error:
            answer = _line(503, str(error))
        self._count(origin, answer.status)
        return answer

    async def latest(self, name: str) -> bytes | None:
        """Return the checkpoint cosigned last, with the log's lines and ours; None if there is none.

        Args:
            name: The origin hash: SHA-256 of the origin in lower-case hexadecimal.

        Raises:
            PushBackError: The database can't be asked.
        """
        origin = next((origin for origin in self._keys if origin_hash(origin) == name), None)
        return None if origin is None else await self._log(origin).cosigned.shown()

    def seen(self, origin: str) -> bytes | None:
        """Return the largest checkpoint that a log signed and that came by, cosigned or not, with its own lines."""
        log = self._logs.get(origin)
        return None if log is None or log.newest is None else log.newest.note.render()

    def _count(self, origin: str, status: int) -> None:
        count = self._counts.get((origin, status))
        if count is None:
            count = self._counts[origin, status] = WITNESS_ANSWERS.labels(origin, status).inc
        count()

    def _log(self, origin: str) -> _Log:
        log = self._logs.get(origin)
        if log is None:
            cosigned = CosignedLog(origin, "witness", database=self._database, writer=self._writer, clock=self._clock)
            log = self._logs[origin] = _Log(cosigned)
        return log

    async def _answer(self, log: _Log, asked: _Asked) -> WitnessAnswer:
        """Answer a request once those before it are answered."""
        if log.newest is None or asked.checkpoint.size > log.newest.checkpoint.size:
            log.newest = asked
        if log.waiting >= MOST_WAITING:
            raise PushBackError(f"{MOST_WAITING} requests of this log are waiting")
        log.waiting += 1
        try:
            async with log.turn:
                # Each further round means that another process got on: rounds end when the race does.
                while (answer := await self._decide(log.cosigned, asked)) is None:
                    pass
                return answer
        finally:
            log.waiting -= 1

    async def _decide(self, log: CosignedLog, asked: _Asked) -> WitnessAnswer | None:
        """Answer a request; None if the state has moved meanwhile."""
        if self._is_convicted(log.origin):
            return _line(403, f"{log.origin} has signed two histories: nothing of it is cosigned")
        held = await log.held()
        try:
            check_update(asked.request, asked.checkpoint, State(held.size, held.root))
        except (StaleSizeError, BadProofError) as error:
            return None if await log.has_moved(held) else self._refused(asked, held, error)
        time = self._clock.now()
        lines = self.cosigner.cosign(asked.note.text, time)
        moved = await log.move(held, asked.checkpoint, asked.note.adding(lines).render(), time=time)
        return WitnessAnswer(200, TEXT, render_lines(lines)) if moved else None

    def _refused(self, asked: _Asked, held: Cosigned, error: StaleSizeError | BadProofError) -> WitnessAnswer:
        checkpoint = asked.checkpoint
        differs = (checkpoint.size, checkpoint.root) != (held.size, held.root)
        within = checkpoint.size <= held.size
        if held.note is not None and differs and (within or isinstance(error, BadProofError)):
            self._suspect(checkpoint.origin, asked.note.render(), held.note)
        if isinstance(error, StaleSizeError):
            return WitnessAnswer(409, SIZE_TYPE, render_size(error.size))
        return _line(422, str(error))


def _line(status: int, says: str) -> WitnessAnswer:
    return WitnessAnswer(status, TEXT, f"{says}\n".encode())
