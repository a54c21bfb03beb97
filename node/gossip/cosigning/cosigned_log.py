"""What one cosigner of this node cosigned last of one log: in mind, and in the database.

The state in mind may be out of date, since another process may serve the same cosigner: it is enough to move from,
because the commit itself names what it moves from, and is read again before anybody is told of it. Whoever decides
on one log at a time asks `held`, decides, and then `move`s from there; if that returns False, it begins again.

A note is shown only once nothing can take it back any more: after this process's own commit, or after one that wrote
the row anew as it stood. A database that is behind what this process has cosigned is a restored one: nothing moves.
"""

from typing import Final

from node.clock import Clock
from node.errors import PushBackError
from node.storage.cosigned import Advance, Claim, Cosigned, find_cosigned
from node.storage.cosigned_writer import CosignedWriter
from node.storage.database import Database
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import COSIGNED
from protocol.log.checkpoint import Checkpoint

LOOK_SECONDS: Final = 10.0
"""For so long what is shown is not held against the database: another process may have cosigned since."""

RESTORED: Final = "after a restore this cosigner has yet to catch up with what it cosigned of this log"


class CosignedLog:
    """One log, one claim."""

    def __init__(self, origin: str, claim: Claim, *, database: Database, writer: CosignedWriter, clock: Clock) -> None:
        """Know nothing yet; the first question reads the row, and begins it where there is none."""
        self.origin = origin
        self.claim = claim
        self._database = database
        self._writer = writer
        self._clock = clock
        self._count = COSIGNED.labels(origin, claim).inc
        self._held: Cosigned | None = None
        self._reached = 0
        """The largest size that this process knows to have been cosigned."""
        self._shown: bytes | None = None
        self._looked_at: float | None = None
        """When that was last held against the database, by the monotonic clock."""

    async def held(self) -> Cosigned:
        """Return what was cosigned last, as far as is known.

        Raises:
            PushBackError: Nothing may be cosigned now: the database can't be asked, or was restored.
        """
        held = self._held
        if held is None or held.suspended:  # a suspension ends in the database
            held = await self._read()
        if held.suspended or held.size < self._reached:
            raise PushBackError(RESTORED, code="not-ready")
        return held

    async def has_moved(self, held: Cosigned) -> bool:
        """Read the state again and return whether it is another than this one.

        Raises:
            PushBackError: The database can't be asked.
        """
        now = await self._read()
        return (now.size, now.root, now.suspended) != (held.size, held.root, held.suspended)

    async def move(self, held: Cosigned, checkpoint: Checkpoint, note: bytes, *, time: int) -> bool:
        """Make this the checkpoint cosigned last; return False if `held` is not what was, and nothing was done.

        Args:
            held: What it moves from.
            checkpoint: What the caller has found to extend that.
            note: It, with the log's lines and our own; the latter may leave once this has returned True.
            time: POSIX seconds that our lines state.

        Raises:
            PushBackError: It is not known to have moved: our lines must not leave.
        """
        size, root = checkpoint.size, checkpoint.root
        self._held = None  # whatever becomes of the commit, what was in mind no longer stands
        move = Advance(self.origin, self.claim, held.size, held.root, size, root, note, time)
        if not await self._writer.advance(move):
            return False
        self._held = Cosigned(self.origin, self.claim, size, root, note, time, suspended=False)
        self._shown, self._reached = note, size
        self._count()
        return True

    async def shown(self) -> bytes | None:
        """Return the note cosigned last, for anybody; None if there is none.

        Raises:
            PushBackError: The database can't be asked.
        """
        now = self._clock.monotonic()
        if self._looked_at is None or now - self._looked_at >= LOOK_SECONDS:
            await self._look()
            self._looked_at = now
        return self._shown

    async def _look(self) -> None:
        """Show what the database has, once nothing of it can be lost any more; never less than was shown."""
        row = await self._find()
        if row is None or row.note is None or row.note == self._shown:
            return
        (row,) = await self._writer.confirm(self.claim, [self.origin])
        if row.size >= self._reached:
            self._shown, self._reached = row.note, row.size

    async def _read(self) -> Cosigned:
        held = await self._find()
        if held is None:
            (held,) = await self._writer.confirm(self.claim, [self.origin])
        self._held = held
        return held

    async def _find(self) -> Cosigned | None:
        try:
            async with self._database.pool.acquire() as connection:
                return await find_cosigned(connection, self.claim, self.origin)
        except DATABASE_FAILURES:
            raise PushBackError("the node can't reach its database", code="not-ready") from None
