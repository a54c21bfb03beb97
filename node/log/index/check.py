"""Compare the stored index of a log with its entries, in the integrity run.

From the index: every page hangs where its name says and has the hash that its name says, down to the leaves, and the
root is the head's. From the entries: what they add. Both are pairs of a key and a leaf, in different orders and too
many to hold, so each side is summed: the sums of SHA-256(key ‖ u64be(leaf)), modulo 2^256, are equal only if the pairs
are.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from node.log.admit import Admitted
from node.log.index.added import tag_keys
from node.log.index.bucket import SEVERAL, Bucket
from node.log.index.directory import MARK as DIRECTORY
from node.log.index.directory import Directory
from node.log.index.find import is_page
from node.log.index.grow import ROOT_REGION, PageName
from node.log.index.leaf_list import PART, leaves_of_parts
from node.log.index.reading import CHECKSUM_BYTES, sealed_page
from node.storage.database import Connection
from node.storage.index_pages import IndexRow, count_index, read_pages, read_parts
from protocol.encoding.wire import HASH_BYTES
from protocol.log.trie import EMPTY

READ_PAGES: Final = 256
"""Pages that are read at once; as many more for each level wait their turn."""

_MODULUS: Final = 1 << 256


class IndexCheck:
    """One run over one index."""

    def __init__(self, connection: Connection, row: IndexRow) -> None:
        """Prepare to compare the index that stands there."""
        self._connection = connection
        self._row = row
        self._from_entries = self._from_index = 0
        self._pages = self._parts = 0

    @property
    def size(self) -> int:
        """Over how many entries the index is."""
        return self._row.size

    def add(self, batch: Iterable[Admitted], first: int) -> None:
        """Take in entries, in their order, the first of which stands at leaf `first`."""
        for admitted in batch:
            leaves = [first + position for position in admitted.sealed]
            self._from_entries += _sum(zip(tag_keys(admitted.tags), leaves, strict=True), below=self.size)
            clear = ((key, first + one.position) for one in admitted.clear for key in one.terms)
            self._from_entries += _sum(clear, below=self.size)
            first += len(admitted.entries)

    async def faults(self, log_size: int, log_root: bytes) -> list[str]:
        """Return what isn't right, once all entries were taken in.

        Args:
            log_size: Of the log.
            log_root: Of its first entries, as many as the index is over.
        """
        row = self._row
        if row.size > log_size:
            return [f"it is over {row.size} entries, and the log has {log_size}"]
        if row.log_root != log_root:
            return [f"it is of another log: its root hash at size {row.size} is not the one of the entries"]
        if (fault := await self._walk()) is not None:
            return [fault]
        if self._from_entries % _MODULUS != self._from_index % _MODULUS:
            return ["it does not list the entries under the keys that they have"]
        if (self._pages, self._parts) != await count_index(self._connection, row.log_id):
            return ["it has pages or lists that nothing leads to"]
        return []

    async def _walk(self) -> str | None:
        """Read all pages from the root down and sum the pairs in them; return what is wrong with one."""
        waiting = [] if self._row.trie_root == EMPTY else [ROOT_REGION + self._row.trie_root]
        while waiting:
            names, waiting = waiting[-READ_PAGES:], waiting[:-READ_PAGES]
            regions = [name[:-HASH_BYTES] for name in names]
            stored = await read_pages(self._connection, self._row.log_id, regions)
            buckets = []
            for name in names:
                data = stored.get(name[:-HASH_BYTES], b"")
                page = data[CHECKSUM_BYTES:]
                if data != sealed_page(name, page) or not is_page(name, page):
                    return f"the page of region {name[:-HASH_BYTES].hex()} is missing, or is another"
                self._pages += 1
                if page[0] == DIRECTORY:
                    waiting += _beneath(name, page)
                else:
                    buckets.append(Bucket.parse(page))
            if (fault := await self._add_buckets(buckets)) is not None:
                return fault
        return None

    async def _add_buckets(self, buckets: Sequence[Bucket]) -> str | None:
        for bucket in buckets:
            for at, key in enumerate(bucket.keys):
                ref = bucket.ref(at)
                leaves: Sequence[int] | None = [ref]
                if ref >= SEVERAL:
                    count = -(-(ref - SEVERAL) // PART)
                    parts = (await read_parts(self._connection, self._row.log_id, [(key, count)]))[key]
                    leaves = leaves_of_parts(parts, ref - SEVERAL, bucket.values[key])
                    self._parts += count
                if leaves is None:
                    return f"the leaves of the key {key.hex()[:8]}… are missing, or are others"
                self._from_index += _sum((key, leaf) for leaf in leaves)
        return None


def _beneath(name: PageName, page: bytes) -> list[PageName]:
    bits, region = int.from_bytes(name[:2], "big"), name[2:-HASH_BYTES]
    return Directory(bits, int.from_bytes(region, "big") >> (-bits & 7), page).names_beneath()


def _sum(pairs: Iterable[tuple[bytes, int]], *, below: int = 1 << 63) -> int:
    sha256 = hashlib.sha256
    hashes = [sha256(key + leaf.to_bytes(8, "big")).digest() for key, leaf in pairs if leaf < below]
    return sum([int.from_bytes(one, "big") for one in hashes])
