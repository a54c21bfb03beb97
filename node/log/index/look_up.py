"""Look keys up in an index that is computed and not committed: what a partner holds against what the log says."""

from collections.abc import Mapping

from node.log.index.find import Found, MissingPageError, find
from node.log.index.grow import PageName, WantedPages
from node.log.index.leaf_list import PART, leaves_of_parts
from node.log.index.reading import NotThisPageError, Reading
from node.log.index.tree import Overlay
from node.storage.database import Database
from node.storage.index_pages import read_parts
from protocol.log.index_answer import IndexAnswer
from protocol.log.trie import Absent


class OverlayLookup:
    """Looks keys up in one overlay, as long as the index that it grows from stays where it is."""

    def __init__(self, overlay: Overlay, reading: Reading, database: Database) -> None:
        """Read what the overlay hasn't changed from where its index is."""
        self._overlay = overlay
        self._reading = reading
        self._database = database

    async def look_up(self, key: bytes) -> IndexAnswer:
        """Return what stands under a key.

        Raises:
            NotThisPageError: The index has moved meanwhile.
        """
        found = await self._find(key)
        if isinstance(found, Absent):
            return IndexAnswer(key, (), found)
        leaves = (found.leaf,) if found.count == 1 else await self._leaves(found)
        return IndexAnswer(key, leaves, found.proof)

    async def _find(self, key: bytes) -> Found | Absent:
        log_id, changes = self._overlay.before.log_id, self._overlay.changes
        pages: dict[PageName, bytes] = {}
        while True:
            try:
                return find(key, changes.root, lambda name: _page(name, changes.fresh, pages))
            except MissingPageError as error:
                (pages[error.name],) = await self._reading.pages(log_id, WantedPages([error.name]), changes.fresh)

    async def _leaves(self, found: Found) -> tuple[int, ...]:
        parts = -(-found.count // PART)
        async with self._database.pool.acquire() as connection:
            stored = await read_parts(connection, self._overlay.before.log_id, [(found.key, parts)])
        by_number = dict(enumerate(stored[found.key]))
        by_number |= {number: part for key, number, part in self._overlay.changes.parts if key == found.key}
        listed = [by_number[number] for number in sorted(by_number)]
        leaves = leaves_of_parts(listed, found.count, found.value)
        if leaves is None:
            raise NotThisPageError
        return leaves


def _page(name: PageName, *pages: Mapping[PageName, bytes]) -> bytes:
    for some in pages:
        if name in some:
            return some[name]
    raise MissingPageError(name)
