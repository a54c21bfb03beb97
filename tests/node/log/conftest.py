"""Running logs for the tests of the sequencer."""

import itertools
from collections.abc import AsyncIterator

import pytest

from tests.support.own_log import OwnLog, a_log

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def logs_dsn(database_server) -> str:
    """Give one database that many logs share, each test's own under a name of its own."""
    return database_server.dsn_of(database_server.create())


@pytest.fixture
def origin() -> str:
    """Give a log's name that no other test uses."""
    return f"log.example/{next(_NUMBERS)}"


@pytest.fixture
async def log(logs_dsn, tmp_path, origin) -> AsyncIterator[OwnLog]:
    """Give a running log, empty; after the test it is stopped and everything of it is checked."""
    async with a_log(logs_dsn, tmp_path, origin) as running:
        yield running
