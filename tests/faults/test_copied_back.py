"""A database that was copied back, or is another than before, is refused until an operator says that it was meant."""

import subprocess
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from node.errors import FatalError
from node.storage.embedded import EmbeddedPostgres
from tests.support.own_log import OwnLog
from tests.support.postgres import reachable


class Machine:
    """A node's data folder with its database, and its log's key and head file elsewhere."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.server = EmbeddedPostgres(folder / "data")
        self.database = folder / "data" / "postgres"
        self.copy = folder / "yesterday"
        self.keys = keys

    async def grow(self, label: str, count: int, **options) -> None:
        """Start the log, log some entries, stop."""
        log = OwnLog(self.server.dsn, self.keys, "copied.example/log")
        await log.start(**options)
        await log.submit(label, count)
        await log.stop()
        await log.check()

    def back_up(self) -> None:
        """Copy the stopped database."""
        subprocess.run(["cp", "-a", self.database, self.copy], check=True)

    def restore(self) -> None:
        """Put the copy in the database's place."""
        subprocess.run(["rm", "-rf", self.database], check=True)
        self.copy.rename(self.database)

    async def head(self) -> asyncpg.Record:
        """Return what is signed in the database."""
        session = await asyncpg.connect(self.server.dsn)
        try:
            return await session.fetchrow("SELECT size, root, note, released_note FROM logs")
        finally:
            await session.close()


async def test_yesterdays_database_is_refused(tmp_path_factory, tmp_path):
    """A data folder copied back is refused, also against the operator's word, and nothing in it is signed."""
    machine = Machine(reachable(tmp_path_factory.mktemp("database")), tmp_path)
    async with machine.server:
        await machine.grow("monday", 5)
    machine.back_up()
    async with machine.server:
        await machine.grow("tuesday", 4)
    machine.restore()
    async with machine.server:
        before = await machine.head()
        for options in ({}, {"restore_accepted": True}):
            with pytest.raises(FatalError, match=r"holds 5 entries of .*, which had 9: put the newer database back"):
                await machine.grow("wednesday", 1, **options)
        assert await machine.head() == before


@pytest.fixture
async def log(faults_dsn, origins, tmp_path) -> OwnLog:
    """Give a log of nine entries that isn't running."""
    log = OwnLog(faults_dsn, tmp_path, next(origins))
    await log.start()
    await log.submit("before", 5)
    await log.submit("more", 4)
    await log.stop()
    return log


ANOTHER_TREE = {"at the head's size": {"size": 9}, "at an earlier size": {"size": 7}, "at size one": {"size": 1}}


@pytest.mark.parametrize("change", ANOTHER_TREE.values(), ids=ANOTHER_TREE.keys())
async def test_another_tree_is_refused(log, change):
    """A database whose log was otherwise at a size that the head file remembers is never signed upon."""
    log.head_file.write(replace(log.head_file.read(), root=b"\x01" * 32, **change))
    for options in ({}, {"restore_accepted": True}):
        with pytest.raises(FatalError, match=f"another tree of .* at size {change['size']}: put the newer database"):
            await log.start(**options)
    assert (await log.check()).head["size"] == 9


ANOTHER_SERVER = {
    "another cluster": ({"system_identifier": 7}, "on another PostgreSQL cluster"),
    "another timeline": ({"timeline": 9}, "on timeline 1, was on 9"),
}


@pytest.mark.parametrize(("change", "reason"), ANOTHER_SERVER.values(), ids=ANOTHER_SERVER.keys())
async def test_another_server_waits_for_the_operators_word(log, change, reason):
    """A database on another server, or another history of it, is refused until the restore is accepted, once."""
    log.head_file.write(replace(log.head_file.read(), **change))
    with pytest.raises(FatalError, match=f"{reason}.*--accept-restore"):
        await log.start()
    await log.start(restore_accepted=True)
    await log.submit("accepted")
    await log.restart()
    await log.submit("as usual")
    await log.stop()
    await log.check()


async def test_lost_head_file_waits_for_the_operators_word(log):
    """Without the head file nothing tells whether the database is yesterday's: an operator has to know."""
    log.head_file.path.unlink()
    with pytest.raises(FatalError, match=r"nothing beside the key remembers.*--accept-restore"):
        await log.start()
    await log.start(restore_accepted=True)
    await log.restart()
    await log.stop()
