"""A real PostgreSQL for the tests: one server a session, one fresh database a test."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from node.storage.embedded import EmbeddedPostgres


class DatabaseServer:
    """A running server that makes and drops databases."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._numbers = itertools.count(1)

    def dsn_of(self, database: str) -> str:
        """Return the address of a database on this server."""
        return self._server.dsn_of(database)

    def create(self, template: str = "template1") -> str:
        """Make a database as a copy of another and return its name."""
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        """Drop a database, and whatever sessions a test left open in it."""
        self._execute(f"DROP DATABASE {database} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        async def run() -> None:
            session = await asyncpg.connect(self._server.dsn_of("postgres"))
            try:
                await session.execute(statement)
            finally:
                await session.close()

        asyncio.run(run())


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """Give the session's server; it has the settings of a production node."""
    server = EmbeddedPostgres(reachable(tmp_path_factory.mktemp("database")))
    asyncio.run(server.start())
    yield DatabaseServer(server)
    asyncio.run(server.stop())


@pytest.fixture
def dsn(database_server: DatabaseServer) -> Iterator[str]:
    """Give the address of an empty database of this test's own."""
    name = database_server.create()
    yield database_server.dsn_of(name)
    database_server.drop(name)


def reachable(folder: Path) -> Path:
    """Let other accounts pass pytest's own folders: for root's tests the server runs as another account."""
    for step in (folder, *folder.parents):
        if not step.name.startswith(("database", "popen-", "pytest-")):
            break
        step.chmod(0o711)
    return folder
