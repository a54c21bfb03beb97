"""Pages of indexes kept in memory, found by their names.

A name says all that stands in a page (`node.log.index.grow`), so what is found is never stale, of whatever log and size
it is. When the room is used up, the pages that were put in first go: those that change come in anew each time.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from node.log.index.grow import PageName

DEFAULT_BYTES: Final = 96 << 20
"""For all indexes of a process: that of a log of a million keys stays in memory wholly."""

_ENTRY_BYTES: Final = 210
"""What a page costs beside its own bytes: its name, and its place in a table."""

_GOING: Final = 16
"""One in so many pages goes at once."""


class PageCache:
    """The pages put in last."""

    __slots__ = ("_limit", "_pages", "used")

    def __init__(self, limit: int = DEFAULT_BYTES) -> None:
        """Keep pages of at most so many bytes."""
        self._limit = limit
        self._pages: dict[PageName, bytes] = {}
        self.used = 0
        """Bytes that the pages cost."""

    def get(self, name: PageName) -> bytes | None:
        """Return the page of this name, or None."""
        return self._pages.get(name)

    def put(self, name: PageName, page: bytes) -> None:
        """Keep a page that is known to have this name."""
        self.replace((), {name: page})

    def replace(self, gone: Iterable[PageName], fresh: Mapping[PageName, bytes]) -> None:
        """Forget pages that others have replaced, and keep these, each known to have its name."""
        pages, used = self._pages, self.used
        for name in gone:
            page = pages.pop(name, None)
            if page is not None:
                used -= len(page) + _ENTRY_BYTES
        for name, page in fresh.items():
            if name not in pages:
                pages[name] = page
                used += len(page) + _ENTRY_BYTES
        self.used = used
        while self.used > self._limit:
            for first in list(islice(pages, -(-len(pages) // _GOING))):
                self.used -= len(pages.pop(first)) + _ENTRY_BYTES
