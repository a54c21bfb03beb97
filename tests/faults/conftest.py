"""Logs that faults are done to."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg
import pytest

from tests.support.counting import Place

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def faults_dsn(database_server) -> str:
    """Give one database that many logs share, each under a name of its own."""
    dsn = database_server.dsn_of(database_server.create())

    async def make_table() -> None:
        session = await asyncpg.connect(dsn)
        await session.execute("CREATE TABLE remembered (origin text, name text, leaf bigint, UNIQUE (origin, name))")
        await session.close()

    asyncio.run(make_table())
    return dsn


@pytest.fixture
def origins() -> Iterator[str]:
    """Give names of logs that no other test uses."""
    return (f"faults.example/{number}" for number in _NUMBERS)


@pytest.fixture(scope="session")
def power_losses(pytestconfig) -> int:
    """Give how many rounds of power loss to go: `--power-losses`, or a few, or with `--long` many."""
    return pytestconfig.getoption("power_losses") or (200 if pytestconfig.getoption("long") else 4)


@pytest.fixture
def places(database_server, tmp_path) -> Callable[[], AbstractAsyncContextManager[Place]]:
    """Give what gives places to scenarios of the counting loop: each a folder and an empty database."""

    @asynccontextmanager
    async def place() -> AsyncIterator[Place]:
        number = next(_NUMBERS)
        folder = tmp_path / str(number)
        folder.mkdir()
        name = await asyncio.to_thread(database_server.create)
        try:
            yield Place(folder, database_server.dsn_of(name), number)
        finally:
            await asyncio.to_thread(database_server.drop, name)

    return place


@pytest.fixture
def folders(tmp_path) -> Callable[[], AbstractAsyncContextManager[Place]]:
    """Give what gives places without a database: to scenarios that have one of their own."""

    @asynccontextmanager
    async def place() -> AsyncIterator[Place]:
        number = next(_NUMBERS)
        folder = tmp_path / str(number)
        folder.mkdir()
        yield Place(folder, "", number)

    return place
