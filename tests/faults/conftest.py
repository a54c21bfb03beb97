"""Logs that faults are done to."""

import asyncio
import itertools
from collections.abc import Iterator

import asyncpg
import pytest

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
