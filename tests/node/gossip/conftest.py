"""A partner's served log, and the mirror that follows it."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from node.client import Bounds, HttpClient
from node.config import PartnerSettings
from node.gossip.mirror.mirrors import FollowedLog, MirrorSet
from node.storage import cosigned_writer
from node.storage.database import Database
from node.storage.migrate import migrate
from protocol.encoding.keys import VerifierKey
from tests.support.clock import FakeClock
from tests.support.growing_log import GrowingLog
from tests.support.lying_log import LogServer
from tests.support.mirroring import SIZE, Pushed, pushed_to
from tests.support.static_log import StaticLog
from tests.support.witnessing import Watched, watching

QUICK = Bounds(connect_seconds=2, total_seconds=8, stall_seconds=0.5)
_NUMBERS = itertools.count(1)


@dataclass
class Followed:
    """A partner's log, its server, and our mirrors of it."""

    log: StaticLog
    server: LogServer
    mirrors: MirrorSet
    database: Database
    clock: FakeClock

    async def refresh(self) -> FollowedLog:
        """Follow the partner's log for one round."""
        return await self.mirrors.refresh(self.log.signer.verifier.name)

    @property
    def size(self) -> int | None:
        """The size that the mirror shows."""
        reader = self.mirrors.of(self.log.signer.verifier.name).reader
        return None if reader is None else reader.published.size


@asynccontextmanager
async def following(dsn: str, log: StaticLog, key: VerifierKey | None = None) -> AsyncIterator[Followed]:
    """Serve a log and follow it into a database."""
    database = Database({"dsn": dsn})
    await database.open(pool_size=3)
    try:
        async with database.pool.acquire() as connection:
            await migrate(connection)
        verifier, clock = log.signer.verifier, FakeClock()
        async with LogServer(log.folder) as server, HttpClient(bounds=QUICK) as http:
            partner = PartnerSettings("partner", verifier.name, key or verifier, server.url)
            mirrors = MirrorSet(database, [partner], http=http, clock=clock)
            await mirrors.load()
            try:
                yield Followed(log, server, mirrors, database, clock)
            finally:
                await mirrors.close()
    finally:
        await database.close()


@pytest.fixture(scope="session")
def mirrors_dsn(database_server) -> str:
    """Give one database that many mirrors share, each test's own under a name of its own."""
    return database_server.dsn_of(database_server.create())


@pytest.fixture
def log(tmp_path) -> StaticLog:
    """Give a log of a name that no other test uses."""
    (tmp_path / "log").mkdir()
    return StaticLog(tmp_path / "log", f"partner.example/{next(_NUMBERS)}")


@pytest.fixture
async def followed(mirrors_dsn, log) -> AsyncIterator[Followed]:
    """Give a served log and its mirror, nothing of it read yet."""
    async with following(mirrors_dsn, log) as one:
        yield one


@pytest.fixture
async def watched(mirrors_dsn, monkeypatch) -> AsyncIterator[Watched]:
    """Give a witness that has cosigned nothing of a log of 40 entries, and whose database soon answers again."""
    monkeypatch.setattr(cosigned_writer, "RECONNECT_SECONDS", (0.0, 0.01, 0.02))
    async with watching(mirrors_dsn) as watched:
        yield watched


@pytest.fixture
def pushing_log() -> GrowingLog:
    """Give a log of a name that no other test uses."""
    return GrowingLog(f"pushing.example/{next(_NUMBERS)}", SIZE)


@pytest.fixture
async def pushed(mirrors_dsn, pushing_log) -> AsyncIterator[Pushed]:
    """Give a log and its mirror, nothing pushed yet; at the end everything is checked."""
    async with pushed_to(mirrors_dsn, pushing_log) as one:
        yield one
        if await one.row() is not None:
            await one.check()
