"""A log with entries of all sorts, and its index."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from node.log.index.tree import IndexTree
from protocol.recognition.entry import NotUnderstood, parse_entry
from protocol.recognition.terms import term_key, terms_of
from tests.support.entries import an_institution_entry, sealed_entries
from tests.support.own_log import OwnLog, a_log

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def index_dsn(database_server) -> str:
    """Give one database that many logs share, each test's own under a name of its own."""
    return database_server.dsn_of(database_server.create())


class IndexedLog:
    """An own log, the index of it, and what has to stand under which key."""

    def __init__(self, log: OwnLog) -> None:
        self.log = log
        self.tree = self.another_process()
        self.entries: list[bytes] = []

    def another_process(self) -> IndexTree:
        """Return the index as another process sees it."""
        return IndexTree(self.log.database, lambda: self.log.sequencer.reader)

    async def grow(self, label: str, sealed: int, *, institutions: int = 0) -> int:
        """Log sealed entries and versions of the institution's own entry; return the size."""
        before = len(self.entries)
        first = sum(1 for entry in self.entries if b'"kind":"institution"' in entry) + 1
        added = [*sealed_entries(label, sealed), *map(an_institution_entry, range(first, first + institutions))]
        await self.log.submit_entries(added)
        self.entries += added
        return before + len(added)

    async def show(self, size: int, note: bytes = b"note") -> None:
        """Bring the index to a size and show it there."""
        await self.tree.catch_up(size)
        assert await self.tree.commit(await self.tree.extend(size), note)

    def under(self, size: int) -> dict[bytes, tuple[int, ...]]:
        """Return the leaves under every key, by the definition."""
        found: dict[bytes, list[int]] = {}
        for leaf, data in enumerate(self.entries[:size]):
            entry = parse_entry(data)
            for term in () if isinstance(entry, NotUnderstood) else terms_of(entry):
                found.setdefault(term_key(term), []).append(leaf)
        return {key: tuple(leaves) for key, leaves in found.items()}


@asynccontextmanager
async def indexed(dsn, folder, origin) -> AsyncIterator[IndexedLog]:
    """Give a running log with its index."""
    async with a_log(dsn, folder, origin) as log:
        yield IndexedLog(log)


@pytest.fixture
async def index(index_dsn, tmp_path) -> AsyncIterator[IndexedLog]:
    """Give an empty log with its index."""
    async with indexed(index_dsn, tmp_path, f"index.example/{next(_NUMBERS)}") as found:
        yield found
