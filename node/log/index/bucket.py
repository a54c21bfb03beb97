"""A leaf page of the index: up to `MOST_KEYS` keys that share their first bits, in one string of bytes.

::

    0x00 ‖ u8(n) ‖ n keys, ascending ‖ their n leaf hashes ‖ n × u64be(leaves) ‖ value of each key with several leaves

`leaves` is the leaf index under the key or, where there are several, 2^63 + their number: the list then stands apart
(`node.log.index.leaf_list`), and only its hash, the value, here. Of one leaf the value follows from the leaf index.

Inner nodes aren't stored: the keys are so few that the nodes above them are hashed anew when the page changes.
"""

import hashlib
import struct
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from protocol.encoding.wire import HASH_BYTES
from protocol.log.trie import KEY_BITS, OtherInner, OtherLeaf, leaf_node, leaves_value

MOST_KEYS: Final = 8
"""A page with more is split. Each change hashes half as many nodes as there are keys in vain; each page is a row."""

MARK: Final = 0
SEVERAL: Final = 1 << 63
"""Added to the number of leaves where it stands in the place of the one leaf index."""

_FORMS: Final = [struct.Struct(f">BB{'32s' * 2 * count}{count}Q") for count in range(MOST_KEYS + 1)]
_HEADS: Final = [1 << KEY_BITS + 16 | KEY_BITS - rest << KEY_BITS for rest in range(KEY_BITS + 1)]
"""What is hashed before the halves of an inner node with so many bits behind its own, less the prefix."""

Top = OtherLeaf | OtherInner
"""The node at the top of a part of the trie, with what it is made of."""


class Bucket:
    """The keys of one leaf page, in columns."""

    __slots__ = ("hashes", "keys", "refs", "values")

    def __init__(
        self, keys: list[bytes], hashes: list[bytes], refs: list[int], values: dict[bytes, bytes] | None = None
    ) -> None:
        """Take columns of one length; `values` are those of the keys with several leaves."""
        self.keys, self.hashes, self.refs = keys, hashes, refs
        self.values = values or {}

    @classmethod
    def parse(cls, data: bytes) -> "Bucket":
        """Read a page that this module has written."""
        count = data[1]
        form = _FORMS[count]
        columns = form.unpack_from(data)
        keys, hashes = list(columns[2 : 2 + count]), list(columns[2 + count : 2 + 2 * count])
        refs = list(columns[2 + 2 * count :])
        end = form.size
        if len(data) == end:
            return cls(keys, hashes, refs)
        listed = [key for key, ref in zip(keys, refs, strict=True) if ref >= SEVERAL]
        parts = [data[at : at + HASH_BYTES] for at in range(end, len(data), HASH_BYTES)]
        return cls(keys, hashes, refs, dict(zip(listed, parts, strict=True)))

    def render(self) -> bytes:
        """Return the page's bytes."""
        count = len(self.keys)
        page = _FORMS[count].pack(MARK, count, *self.keys, *self.hashes, *self.refs)
        if not self.values:
            return page
        listed = [self.values[key] for key, ref in zip(self.keys, self.refs, strict=True) if ref >= SEVERAL]
        return b"".join([page, *listed])

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self.keys)

    def position(self, key: bytes) -> tuple[int, bool]:
        """Return where a key stands, or would stand, and whether it is there."""
        at = bisect_left(self.keys, key)
        return at, at < len(self.keys) and self.keys[at] == key

    def insert(self, at: int, key: bytes, leaf: int) -> None:
        """Put in a new key with the one leaf under it."""
        value = hashlib.sha256(leaf.to_bytes(8, "big")).digest()
        self.keys.insert(at, key)
        self.hashes.insert(at, hashlib.sha256(b"\x00" + key + value).digest())  # `leaf_node`, written out
        self.refs.insert(at, leaf)

    def put_several(self, at: int, count: int, value: bytes) -> None:
        """Say that under a key that is here there are now several leaves, whose list has this value."""
        key = self.keys[at]
        self.hashes[at] = hashlib.sha256(b"\x00" + key + value).digest()
        self.refs[at] = SEVERAL + count
        self.values[key] = value

    def value(self, at: int) -> bytes:
        """Return the value of a key."""
        ref = self.refs[at]
        return self.values[self.keys[at]] if ref >= SEVERAL else leaves_value([ref])

    def root(self) -> bytes:
        """Return the hash of the node above all keys."""
        return root_of_sorted(self.keys, self.hashes)

    def root_anew(self) -> bytes:
        """Return the hash of the node above all keys from their leaves: what the page has to have.

        Raises:
            ValueError: Its leaf hashes are not those of the leaves.
        """
        if self.hashes != [leaf_node(key, self.value(at)) for at, key in enumerate(self.keys)]:
            raise ValueError("the leaf hashes of a page are not those of its leaves")
        return self.root()

    def part(self, begin: int, end: int) -> "Bucket":
        """Return some neighbouring keys as a page of their own."""
        keys = self.keys[begin:end]
        values = {key: self.values[key] for key in keys if key in self.values} if self.values else None
        return Bucket(keys, self.hashes[begin:end], self.refs[begin:end], values)

    def top(self) -> Top:
        """Return the node above all keys with what it is made of."""
        return self.top_of(0, len(self.keys))

    def top_of(self, begin: int, end: int) -> Top:
        """Return the node above some neighbouring keys that are all of a subtree."""
        if end - begin == 1:
            return OtherLeaf(self.keys[begin], self.value(begin))
        bits, middle = self.parting(begin, end)
        rest = KEY_BITS - bits
        prefix = (int.from_bytes(self.keys[begin], "big") >> rest << rest).to_bytes(HASH_BYTES, "big")
        return OtherInner(bits, prefix, self.root_between(begin, middle), self.root_between(middle, end))

    def root_between(self, begin: int, end: int) -> bytes:
        """Return the hash of the node above some neighbouring keys that are all of a subtree."""
        return root_of_sorted(self.keys[begin:end], self.hashes[begin:end])

    def parting(self, begin: int, end: int) -> tuple[int, int]:
        """Return the bit at which the keys of a subtree part, and the first of those that have it set."""
        first, last = int.from_bytes(self.keys[begin], "big"), int.from_bytes(self.keys[end - 1], "big")
        bits = KEY_BITS - (first ^ last).bit_length()
        rest = KEY_BITS - bits - 1
        pivot = (last >> rest << rest).to_bytes(HASH_BYTES, "big")
        return bits, bisect_left(self.keys, pivot, begin, end)


def root_of_sorted(keys: Sequence[bytes], hashes: Sequence[bytes]) -> bytes:
    """Return the hash of the node above all of these leaves, in the order of their keys; there is at least one.

    Neighbours part at the bits of the inner nodes; those that wait for their right side have ever greater ones.
    """
    node = hashes[0]
    if len(keys) == 1:
        return node
    sha256 = hashlib.sha256
    waiting: list[tuple[int, bytes]] = []
    before = int.from_bytes(keys[0], "big")
    for at in range(1, len(keys)):
        number = int.from_bytes(keys[at], "big")
        rest = (before ^ number).bit_length()
        while waiting and waiting[-1][0] < rest:
            beneath, left = waiting.pop()
            head = _HEADS[beneath] | before >> beneath << beneath
            node = sha256(head.to_bytes(35, "big") + left + node).digest()  # `inner_node`, written out
        waiting.append((rest, node))
        node, before = hashes[at], number
    while waiting:
        beneath, left = waiting.pop()
        head = _HEADS[beneath] | before >> beneath << beneath
        node = sha256(head.to_bytes(35, "big") + left + node).digest()
    return node
