"""A scenario of the counting loop (`tests.support.counting`): a log of ours comes back from a partner's mirror."""

import asyncio
import contextlib
from contextlib import AsyncExitStack

import asyncpg

from node.errors import NodeError
from node.storage.database import Database
from tests.support.check_everything import Promises, check_everything
from tests.support.counting import Place
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.lost_log import ORIGIN, LostLog, a_lost_log
from tests.support.own_log import OwnLog

ENTRIES = [*sealed_entries("left", 300), an_achievement_entry("RE-1"), *sealed_entries("lost", 400)]
LEFT = 300
FAILED = (NodeError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a recovery may end with while its database fails."""

SOON = 0.02


class ARecovery:
    """The database is of yesterday; an operator recovers, as often as that takes."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._stack = AsyncExitStack()
        self._lost: LostLog
        self._dsn: str

    async def begin(self, dsn: str) -> None:
        """Let yesterday's beginning of the log be here, and all of it with a partner."""
        lost = a_lost_log(self._place.dsn, self._place.folder, here=LEFT, mirrors={"a": len(ENTRIES)}, entries=ENTRIES)
        self._lost, self._dsn = await self._stack.enter_async_context(lost), dsn

    async def work(self) -> None:
        """Recover, again and again until it is done."""
        while True:
            database = Database({"dsn": self._dsn})
            with contextlib.suppress(*FAILED):
                await database.open(pool_size=2)
                try:
                    done = await self._lost.recover(database=database)
                    assert (done.size, done.signed) == (len(ENTRIES), len(ENTRIES))
                    return
                finally:
                    database.pool.terminate()
            await asyncio.sleep(SOON)

    async def check(self) -> None:
        """What is here is a beginning of the log, and nothing is begun upon it that is less than the whole."""
        stored = await self._lost.stored()
        size = stored.head["size"]
        assert stored.entries[: len(ENTRIES)] == ENTRIES[:size]
        remembered = self._lost.head_file.read()
        assert remembered is not None
        assert size == LEFT or remembered.size >= len(ENTRIES), "entries came before the head file knew of them"
        if size >= len(ENTRIES):
            session = await asyncpg.connect(self._place.dsn)
            try:
                await check_everything(session, Promises(self._lost.signer.verifier))
            finally:
                await session.close()

    async def restart(self) -> None:
        """Start the log by the operator's word: it goes on."""
        log = OwnLog(self._place.dsn, self._place.folder, ORIGIN, promises=Promises(self._lost.signer.verifier))
        log.promises.observe(self._lost.note(len(ENTRIES)))
        await log.start(restore_accepted=True)
        await log.submit("after", 3)
        await log.stop()
        await log.check()

    async def end(self) -> None:
        """Stop the partner's server."""
        await self._stack.aclose()
