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
        self.log: OwnLog

    async def grow(self, label: str, count: int, **options) -> None:
        """Start, log some entries, stop."""
        await self.server.start()
        try:
            self.log = OwnLog(self.server.dsn, self.keys, "copied.example/log")
            await self.log.start(**options)
            await self.log.submit(label, count)
            await self.log.stop()
            await self.log.check()
        finally:
            await self.server.stop()

    async def head(self) -> asyncpg.Record:
        """Return the stored head."""
        async with self.server:
            session = await asyncpg.connect(self.server.dsn)
            try:
                return await session.fetchrow("SELECT size, root, note, released_note FROM logs")
            finally:
                await session.close()

    def back_up(self) -> None:
        """Copy the database."""
        subprocess.run(["cp", "-a", self.database, self.copy], check=True)

    def restore(self) -> None:
        """Put the copy in the database's place."""
        subprocess.run(["rm", "-rf", self.database], check=True)
        subprocess.run(["cp", "-a", self.copy, self.database], check=True)


@pytest.fixture
def machine(tmp_path_factory, tmp_path) -> Machine:
    """Give a machine without a log."""
    return Machine(reachable(tmp_path_factory.mktemp("database")), tmp_path)


async def test_yesterdays_database_is_refused(machine):
    """A database behind the head file is refused, also against the operator's word, and nothing in it is signed."""
    await machine.grow("monday", 5)
    machine.back_up()
    await machine.grow("tuesday", 4)
    machine.restore()
    before = await machine.head()
    for options in ({}, {"restore_accepted": True}):
        with pytest.raises(FatalError, match=r"holds 5 entries of .*, which had 9: put the newer database back"):
            await machine.grow("wednesday", 1, **options)
    assert await machine.head() == before


async def test_another_tree_is_refused(machine):
    """A database that grew otherwise than the head file says is refused, at the file's size and beyond it."""
    await machine.grow("monday", 5)
    machine.back_up()
    await machine.grow("tuesday", 4)
    remembered = machine.log.head_file.read()
    machine.restore()
    machine.log.head_file.path.unlink()
    await machine.grow("another tuesday", 4, restore_accepted=True)
    machine.log.head_file.write(remembered)
    with pytest.raises(FatalError, match=r"another tree of .* at size 9"):
        await machine.grow("wednesday", 1)
    machine.log.head_file.path.unlink()
    await machine.grow("another wednesday", 3, restore_accepted=True)
    machine.log.head_file.write(remembered)
    before = await machine.head()
    with pytest.raises(FatalError, match=r"another tree of .* at size 9"):
        await machine.grow("thursday", 1, restore_accepted=True)
    assert await machine.head() == before


CHANGES = {
    "another cluster": ({"system_identifier": 7}, "on another PostgreSQL cluster"),
    "another timeline": ({"timeline": 9}, "on timeline 1, was on 9"),
}


async def test_another_server_waits_for_the_operators_word(machine):
    """A database on another server, or another history of it, is refused until the restore is accepted."""
    await machine.grow("monday", 2)
    for name, (change, words) in CHANGES.items():
        file = machine.log.head_file
        file.write(replace(file.read(), **change))
        with pytest.raises(FatalError, match=f"{words}.*--accept-restore"):
            await machine.grow(f"{name}, refused", 1)
        await machine.grow(f"{name}, accepted", 1, restore_accepted=True)
        await machine.grow(f"{name}, as usual", 1)
    assert (await machine.head())["size"] == 6
