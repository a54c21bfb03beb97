"""A real PostgreSQL for the tests: one server a session, one fresh database a test.

Its files lie in memory where there is room: a thousand databases made and dropped keep a disk busy with nothing that is
tested. What is tested of disks has disks of its own (`tests.support.loop_disk`), and nodes with embedded databases have
theirs in pytest's folders.
"""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from node.storage.embedded import EmbeddedPostgres

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that have to be free there."""


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
    with _folder(tmp_path_factory) as folder:
        server = EmbeddedPostgres(folder)
        asyncio.run(server.start())
        yield DatabaseServer(server)
        asyncio.run(server.stop())


@contextmanager
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder in memory that other accounts can pass, or one of pytest's."""
    if not _has_room(MEMORY):
        yield reachable(tmp_path_factory.mktemp("database"))
        return
    folder = Path(tempfile.mkdtemp(prefix="nostra-tests-", dir=MEMORY))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has_room(folder: Path) -> bool:
    """Whether databases may lie in a folder, programs too, in case the server's account can't reach ours."""
    if not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC


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
