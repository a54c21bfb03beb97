"""Where a growing or answering index has its pages and lists from: memory first, then the database, each verified.

A page is stored with a checksum over its name and its bytes, u32be CRC-32, in front of them. So one that was damaged,
or one of another moment because a different process has moved the index meanwhile, is never signed and never proved
from; to hash it anew would cost forty times as much, and is the integrity run's matter.
"""

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from node.log.index.grow import Changes, PageName, WantedLists, WantedPages
from node.log.index.leaf_list import PART, LeafList, leaves_of_parts
from node.log.index.page_cache import PageCache
from node.storage.database import Database
from node.storage.index_pages import read_pages, read_parts
from protocol.encoding.wire import HASH_BYTES

READ_PAGES: Final = 4096
"""Pages that are read by one statement: some megabytes."""

PAUSE_PAGES: Final = 1024
"""Pages whose checksum is verified between two pauses."""

CHECKSUM_BYTES: Final = 4

FORM: Final = 2
"""The form of pages, which the checksum begins with: those of another release are as good as missing."""

MOST_STATES: Final = 8192
"""Lists whose hash is kept in mind, some 500 bytes each."""


class NotThisPageError(Exception):
    """What the database holds isn't what the index at hand has there: it has moved, or is damaged."""


def sealed_page(name: PageName, page: bytes) -> bytes:
    """Return the form in which a page is stored."""
    return zlib.crc32(page, zlib.crc32(name, FORM)).to_bytes(CHECKSUM_BYTES, "big") + page


class Reading:
    """Reads the pages and lists of indexes; one for all indexes of a process."""

    def __init__(self, database: Database, cache: PageCache | None = None) -> None:
        """Read from this database."""
        self._database = database
        self.cache = cache or PageCache()
        self._lists: dict[bytes, LeafList] = {}

    async def pages(self, log_id: int, wanted: WantedPages, fresh: Mapping[PageName, bytes]) -> list[bytes]:
        """Return pages, in the order asked for.

        Args:
            log_id: Whose index.
            wanted: Which.
            fresh: Pages that aren't committed yet.

        Raises:
            NotThisPageError: One isn't there.
        """
        cached = self.cache.get
        found = [fresh.get(name) or cached(name) for name in wanted.pages]
        missing = [name for name, page in zip(wanted.pages, found, strict=True) if page is None]
        read = iter(await self._read(log_id, missing) if missing else ())
        return [next(read) if page is None else page for page in found]

    async def _read(self, log_id: int, names: list[PageName]) -> list[bytes]:
        stored: dict[bytes, bytes] = {}
        for at in range(0, len(names), READ_PAGES):
            async with self._database.pool.acquire() as connection:
                regions = [name[:-HASH_BYTES] for name in names[at : at + READ_PAGES]]
                stored |= await read_pages(connection, log_id, regions)
        pages = []
        for number, name in enumerate(names):
            if number % PAUSE_PAGES == PAUSE_PAGES - 1:
                await asyncio.sleep(0)
            data = stored.get(name[:-HASH_BYTES], b"")
            page = data[CHECKSUM_BYTES:]
            if data != sealed_page(name, page):
                raise NotThisPageError
            self.cache.put(name, page)
            pages.append(page)
        return pages

    async def lists(self, log_id: int, wanted: WantedLists, fresh: Mapping[bytes, LeafList]) -> list[LeafList]:
        """Return how far lists have been hashed, in the order asked for.

        Raises:
            NotThisPageError: One isn't there.
        """
        found = [fresh.get(value) or self._lists.get(value) for _, _, value in wanted.lists]
        lists = []
        for (key, count, value), one in zip(wanted.lists, found, strict=True):
            if one is None:
                one = LeafList.of_parts((await self._parts(log_id, [(key, count)]))[key], count)
                if one.count != count or one.value != value:
                    raise NotThisPageError
            lists.append(one)
        return lists

    def replace(self, changes: Changes) -> None:
        """Keep in mind what was committed, in the place of what was there before; the lists longest there go first."""
        self.cache.replace(changes.replaced, changes.fresh)
        self._lists |= changes.lists
        for value in list(self._lists)[: max(0, len(self._lists) - MOST_STATES)]:
            del self._lists[value]

    async def leaves(self, log_id: int, wanted: Sequence[tuple[bytes, int, bytes]]) -> dict[bytes, tuple[int, ...]]:
        """Return the leaves under keys with several, given as key, number and value.

        Raises:
            NotThisPageError: They aren't there.
        """
        if not wanted:
            return {}
        parts = await self._parts(log_id, [(key, count) for key, count, _ in wanted])
        found = {}
        for key, count, value in wanted:
            leaves = leaves_of_parts(parts[key], count, value)
            if leaves is None:
                raise NotThisPageError
            found[key] = leaves
        return found

    async def _parts(self, log_id: int, wanted: Sequence[tuple[bytes, int]]) -> dict[bytes, list[bytes]]:
        async with self._database.pool.acquire() as connection:
            return await read_parts(connection, log_id, [(key, -(-count // PART)) for key, count in wanted])
