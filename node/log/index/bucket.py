"""A leaf page of the index: up to `MOST_KEYS` keys, all of a region, and the nodes between them, in a string of bytes.

::

    0x02 ‖ u8(n) ‖ n keys, ascending ‖ n × u64be(leaves) ‖ (n−1) × u8(b) ‖ (n−1) node hashes ‖ value of each key with
    several leaves

`leaves` is the leaf index under the key or, where there are several, 2^63 + their number: the list then stands apart
(`node.log.index.leaf_list`), and only its hash, the value, here. Of one leaf the value follows from the leaf index.

Between two neighbouring keys stands the one inner node that parts them: b, the number of bits that they share, and its
hash. A node's keys reach to both sides up to where neighbours share fewer bits, so the path from a key to the top needs
no pointers, and one more key hashes that path alone. Leaf hashes aren't stored: they follow from key and value.
"""

import hashlib
import struct
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from node.log.index.climb import FIRST, INNER, climb
from protocol.encoding.wire import HASH_BYTES
from protocol.log.trie import KEY_BITS, OtherInner, OtherLeaf, common_bits, prefix_of

MOST_KEYS: Final = 32
"""A region with more is parted sixteenfold: a page has two kilobytes at most, and one in ten of them at the least."""

MARK: Final = 2
SEVERAL: Final = 1 << 63
"""Added to the number of leaves where it stands in the place of the one leaf index."""

KEYS: Final = [struct.Struct("32s" * count) for count in range(MOST_KEYS + 1)]
MARKS: Final = [bytes([MARK, count]) for count in range(MOST_KEYS + 1)]
_REBUILT: Final = 4
"""If one in so many keys has changed, all nodes are hashed in one pass; fewer are each followed to the top."""

Top = OtherLeaf | OtherInner
"""The node at the top of a part of the trie, with what it is made of."""


class Bucket:
    """The keys of one leaf page, in columns."""

    __slots__ = ("bits", "keys", "nodes", "refs", "values")

    def __init__(self) -> None:
        """Begin with no keys."""
        self.keys: list[bytes] = []
        self.refs = bytearray()
        """u64be each."""
        self.bits = bytearray()
        """Between each key and the next: how many bits they share."""
        self.nodes: list[bytes] = []
        """Between each key and the next: the hash of the node that parts them."""
        self.values: dict[bytes, bytes] = {}
        """Of the keys with several leaves."""

    @classmethod
    def parse(cls, page: bytes) -> "Bucket":
        """Read a page that this module has written."""
        found = cls()
        count = page[1]
        form = KEYS[count]
        keys = form.unpack_from(page, 2)
        found.keys = [*keys]
        at = 2 + 40 * count
        found.refs += page[at - 8 * count : at]
        found.bits += page[at : at + count - 1]
        at += count - 1
        end = at + HASH_BYTES * (count - 1)
        found.nodes += KEYS[count - 1].unpack_from(page, at)
        if end != len(page):
            listed = [key for number, key in enumerate(keys) if found.ref(number) >= SEVERAL]
            parts = [page[start : start + HASH_BYTES] for start in range(end, len(page), HASH_BYTES)]
            found.values = dict(zip(listed, parts, strict=True))
        return found

    def render(self) -> bytes:
        """Return the page's bytes."""
        page: list[bytes | bytearray] = [MARKS[len(self.keys)], *self.keys, self.refs, self.bits, *self.nodes]
        if self.values:
            page += [self.values[key] for key in self.keys if key in self.values]
        return b"".join(page)

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self.keys)

    def ref(self, at: int) -> int:
        """Return the one leaf index under a key, or `SEVERAL` + their number."""
        return int.from_bytes(self.refs[8 * at : 8 * at + 8], "big")

    def position(self, key: bytes) -> tuple[int, bool]:
        """Return where a key stands, or would stand, and whether it is there."""
        at = bisect_left(self.keys, key)
        return at, at < len(self.keys) and self.keys[at] == key

    def insert(self, at: int, key: bytes, leaf: int) -> None:
        """Put in a new key with the one leaf under it; the nodes above it have to be hashed (`rehash`)."""
        keys = self.keys
        keys.insert(at, key)
        self.refs[8 * at : 8 * at] = leaf.to_bytes(8, "big")
        if len(keys) == 1:
            return
        number = int.from_bytes(key, "big")
        shared = [
            KEY_BITS - (number ^ int.from_bytes(keys[beside], "big")).bit_length()
            for beside in (at - 1, at + 1)
            if 0 <= beside < len(keys)
        ]
        first = max(at - 1, 0)
        self.bits[first : first + len(shared) - 1] = bytes(shared)
        self.nodes.insert(first, b"")

    def put_several(self, at: int, count: int, value: bytes) -> None:
        """Say that under a key that is here there are now several leaves, whose list has this value; then `rehash`."""
        self.refs[8 * at : 8 * at + 8] = (SEVERAL + count).to_bytes(8, "big")
        self.values[self.keys[at]] = value

    def value(self, at: int) -> bytes:
        """Return the value of a key."""
        ref = self.refs[8 * at : 8 * at + 8]
        return self.values[self.keys[at]] if ref[0] >> 7 else hashlib.sha256(ref).digest()

    def leaf(self, at: int) -> bytes:
        """Return the hash of a key's leaf."""
        return hashlib.sha256(b"\0" + self.keys[at] + self.value(at)).digest()  # `leaf_node`, written out

    def rehash(self, changed: Sequence[bytes]) -> bytes:
        """Hash the nodes above the keys that have changed, and return the hash of the topmost node.

        Whichever comes last beneath a node hashes it for good, so the order doesn't matter.
        """
        if len(changed) * _REBUILT > len(self.keys):
            return self.rebuild()
        node, bits = b"", [-1, *self.bits, -1]
        for key in changed:
            at = bisect_left(self.keys, key)
            node = climb(key, at, self.leaf(at), bits=bits, nodes=self.nodes, leaf=self.leaf)
        return node

    def rebuild(self) -> bytes:
        """Hash all nodes, and return the hash of the topmost.

        Neighbours part at the bits of the inner nodes; those that wait for their right side have ever more of them.
        """
        waiting: list[tuple[int, bytes]] = []
        node = self.leaf(0)
        for at, parted in enumerate(self.bits):
            node = self._join(waiting, node, above=parted)
            waiting.append((at, node))
            node = self.leaf(at + 1)
        return self._join(waiting, node, above=-1)

    def _join(self, waiting: list[tuple[int, bytes]], node: bytes, *, above: int) -> bytes:
        """Hash the nodes of more bits than `above` that wait for this right side; return the last."""
        while waiting and (parted := self.bits[waiting[-1][0]]) > above:
            gap, left = waiting.pop()
            head = INNER[parted] | int.from_bytes(self.keys[gap], "big") & FIRST[parted]
            node = hashlib.sha256(head.to_bytes(35, "big") + left + node).digest()
            self.nodes[gap] = node
        return node

    def part(self, begin: int, end: int) -> "Bucket":
        """Return some neighbouring keys, at least one, that are all of a region, as a page of their own."""
        found = Bucket()
        found.keys = self.keys[begin:end]
        found.refs += self.refs[8 * begin : 8 * end]
        found.bits += self.bits[begin : end - 1]
        found.nodes += self.nodes[begin : end - 1]
        found.values = {key: self.values[key] for key in found.keys if key in self.values} if self.values else {}
        return found

    def top(self) -> Top:
        """Return the node above all keys with what it is made of."""
        return self.top_of(0, len(self.keys))

    def top_of(self, begin: int, end: int) -> Top:
        """Return the node above some neighbouring keys that are all of a subtree."""
        if end - begin == 1:
            return OtherLeaf(self.keys[begin], self.value(begin))
        bits, middle = self.parting(begin, end)
        halves = self.root_between(begin, middle), self.root_between(middle, end)
        return OtherInner(bits, prefix_of(self.keys[begin], bits), *halves)

    def root_between(self, begin: int, end: int) -> bytes:
        """Return the hash of the node above some neighbouring keys that are all of a subtree."""
        if end - begin == 1:
            return self.leaf(begin)
        gap = self.parting(begin, end)[1] - 1
        return self.nodes[gap]

    def parting(self, begin: int, end: int) -> tuple[int, int]:
        """Return the bit at which the keys of a subtree part, and the first of those that have it set."""
        bits = self.bits[begin : end - 1]
        least = min(bits)
        return least, begin + bits.index(least) + 1

    @classmethod
    def of(cls, columns: Iterable[tuple[bytes, int, bytes | None]]) -> "Bucket":
        """Return the page of these keys, sorted, each with its number of leaves and the value if they are several."""
        found = cls()
        for at, (key, ref, value) in enumerate(columns):
            if at:
                found.bits.append(common_bits(found.keys[-1], key))
            found.keys.append(key)
            found.refs += ref.to_bytes(8, "big")
            if value is not None:
                found.values[key] = value
        found.nodes = [b""] * len(found.bits)
        return found
