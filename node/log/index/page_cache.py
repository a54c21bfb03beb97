"""Pages of indexes kept in memory, found by their region and the hash of their topmost node.

The two say all that stands in a page, so what is found is never stale, of whatever log and size it is. Pages that were
asked for lately are the young ones; when they fill half of the room, they become the old ones and the old ones go.
"""

from typing import Final

from node.log.index.grow import PageName

DEFAULT_BYTES: Final = 48 << 20
"""For all indexes of a process: that of a log of some 500,000 keys stays in memory wholly."""

_ENTRY_BYTES: Final = 280
"""What a page costs beside its own bytes: its name, and its place in a table."""


class PageCache:
    """The most recently used pages."""

    __slots__ = ("_old", "_room", "_used", "_young")

    def __init__(self, limit: int = DEFAULT_BYTES) -> None:
        """Keep pages of at most so many bytes."""
        self._room = limit // 2
        self._used = 0
        self._young: dict[PageName, bytes] = {}
        self._old: dict[PageName, bytes] = {}

    def get(self, name: PageName) -> bytes | None:
        """Return the page of this name, or None."""
        found = self._young.get(name)
        if found is None:
            found = self._old.get(name)
            if found is not None:
                self.put(name, found)
        return found

    def put(self, name: PageName, page: bytes) -> None:
        """Keep a page that is known to have this name."""
        if name not in self._young:
            self._young[name] = page
            self._used += len(page) + _ENTRY_BYTES
            if self._used > self._room:
                self._young, self._old, self._used = {}, self._young, 0

    def drop(self, name: PageName) -> None:
        """Forget a page that another has replaced."""
        page = self._young.pop(name, None)
        if page is not None:
            self._used -= len(page) + _ENTRY_BYTES
        self._old.pop(name, None)
