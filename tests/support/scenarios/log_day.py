"""A log's day: the scenario of a sequencer, its connection and its head file."""

import contextlib

import asyncpg

from node.errors import NodeError
from tests.support.check_everything import check_everything
from tests.support.counting import Place
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.own_log import OwnLog
from tests.support.scenarios.insist import insist, stop


class ALogsDay:
    """A log starts, logs by every path that a batch can take, meets a repetition, rests and stops."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._log: OwnLog

    async def begin(self, dsn: str) -> None:
        """Name the log; the database is still empty."""
        self._log = OwnLog(dsn, self._place.folder, f"counting.example/{self._place.number}")
        self._log.dsn = self._place.dsn

    async def work(self) -> None:
        """Have a day."""
        many = sealed_entries("many", 300)
        await insist(self._log, many, "many")
        await insist(self._log, sealed_entries("few", 3), "few")
        await insist(self._log, [an_achievement_entry("A-1")], "clear")
        await insist(self._log, many, "many")
        await stop(self._log)

    async def check(self) -> None:
        """Check everything that is stored of the log, once there is something."""
        session = await asyncpg.connect(self._place.dsn)
        try:
            if await session.fetchval("SELECT to_regclass('logs') IS NOT NULL") and await session.fetchval(
                "SELECT count(*) FROM logs WHERE note IS NOT NULL"
            ):
                await check_everything(session, self._log.promises)
        finally:
            await session.close()

    async def restart(self) -> None:
        """Start and stop, and let the log prove what it promised."""
        await self._log.restart()
        stored = await self._log.check()
        assert len(stored.entries) == 304
        await self._log.stop()

    async def end(self) -> None:
        """Let it die."""
        with contextlib.suppress(NodeError):
            await self._log.die()
