"""What the look-ups of a log have to find, from its entries, and what they do find, page by page."""

import struct
from collections.abc import AsyncIterator, Iterable

from node.log.admit import Admitted
from node.storage.scan import LeafPage, StoredClear
from protocol.encoding.wire import HASH_BYTES


class Pages:
    """Hands out pages in step with the entries; what is left over in the end belongs to no leaf of the log."""

    def __init__(self, pages: AsyncIterator[LeafPage]) -> None:
        """Read from this source, whose pages come in order."""
        self._pages = pages
        self._next: LeafPage | None = None

    async def of(self, page: int) -> LeafPage:
        """Return what stands at a page; pages are asked for in order."""
        if self._next is None:
            self._next = await anext(self._pages, None)
        if self._next is None or self._next.page != page:
            return LeafPage(page, b"", b"", in_place=True)
        found, self._next = self._next, None
        return found

    async def left(self) -> LeafPage | None:
        """Return a page that nothing asked for."""
        return self._next or await anext(self._pages, None)


def expected_tags(batch: Iterable[Admitted], first: int) -> list[tuple[int, bytes]]:
    """Return (leaf, tag) of the sealed entries of bundles that begin at leaf `first`."""
    pairs: list[tuple[int, bytes]] = []
    for admitted in batch:
        pairs += zip([first + position for position in admitted.sealed], admitted.tags, strict=True)
        first += len(admitted.entries)
    return pairs


def expected_terms(batch: Iterable[Admitted], first: int) -> list[tuple[int, bytes]]:
    """Return (leaf, term) of their clear entries."""
    pairs: list[tuple[int, bytes]] = []
    for admitted in batch:
        pairs += [(first + one.position, term) for one in admitted.clear for term in sorted(one.terms)]
        first += len(admitted.entries)
    return pairs


def expected_clear(batch: Iterable[Admitted], first: int, *, own: bool) -> Iterable[StoredClear]:
    """Yield the rows of their clear entries."""
    for admitted in batch:
        for one in admitted.clear:
            entry = admitted.entries[one.position]
            yield StoredClear(first + one.position, own, one.kind, one.id, one.version, entry)
        first += len(admitted.entries)


def pairs_of(page: LeafPage) -> Iterable[tuple[int, bytes]]:
    """Yield (leaf, value) of a page."""
    leaves = struct.unpack(f">{len(page.leaves) // 8}q", page.leaves)
    for at, leaf in enumerate(leaves):
        yield leaf, page.values[at * HASH_BYTES : (at + 1) * HASH_BYTES]
