"""A process's day: a node and its PostgreSQL as processes, at work while system calls of theirs fail."""

import asyncio
import contextlib
from collections.abc import Iterable

import asyncpg

from node.storage.embedded.attach import running_dsn
from node.storage.embedded.orphans import servers_of
from tests.support.check_everything import check_everything
from tests.support.counting import Place
from tests.support.entries import sealed_entries
from tests.support.node_process import NodeProcess, NotLoggedError
from tests.support.scenarios import SOON

ASKS_AGAIN = 5.0
"""Seconds after which an operator asks once more that a node may stop."""


class AProcessDay:
    """A node that runs already logs, shows, writes its head file and stops; it serves one scenario after the other."""

    def __init__(self, place: Place, *, node: NodeProcess) -> None:
        """Let a node, made before, have its day; it is the test's to end it."""
        self._place, self._node = place, node

    def processes(self, whose: str) -> Iterable[int]:
        """Return the process numbers of the "node", or of its "server"."""
        if whose == "node":
            return [self._node.process_number]
        return servers_of(self._node.folder / "data" / "postgres")

    async def begin(self, dsn: str) -> None:
        """Start the node, if it doesn't run."""
        await self._start()

    async def work(self) -> None:
        """Have a day."""
        for label, count in (("single", 1), ("bundle", 300)):
            await self._insist(f"{self._place.number}/{label}", count)
        while not self._node.has_ended:
            with contextlib.suppress(TimeoutError):  # the very byte that tells of the signal may be what is lost
                await asyncio.wait_for(self._node.end(), ASKS_AGAIN)

    async def _insist(self, label: str, count: int) -> None:
        while True:
            await self._start()
            with contextlib.suppress(NotLoggedError):
                await self._node.log(sealed_entries(label, count), label)
                await self._node.checkpoint()
                return
            await asyncio.sleep(SOON)

    async def _start(self) -> None:
        if self._node.has_ended:
            await self._node.kill_all()
            await self._node.start()

    async def check(self) -> None:
        """Check everything, if its database can be reached now."""
        dsn = running_dsn(self._node.folder / "data", None)
        if dsn is None:
            return
        try:
            session = await asyncpg.connect(dsn, timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return
        try:
            await check_everything(session, self._node.promises)
        finally:
            await session.close()

    async def restart(self) -> None:
        """Start it, and look at what it shows; the check that follows needs its database."""
        await self._start()
        await self._node.checkpoint()
        assert running_dsn(self._node.folder / "data", None) is not None

    async def end(self) -> None:
        """Let it run: the next begins with it."""
