"""One more key in a leaf page: what nearly every entry of a large log costs its index, so it has a way of its own.

The page comes out as `node.log.index.bucket` would have it; nothing of it is taken apart that isn't needed.
"""

import hashlib
from bisect import bisect_left

from node.log.index.bucket import KEYS, MARKS
from node.log.index.climb import climb
from protocol.encoding.wire import HASH_BYTES
from protocol.log.trie import KEY_BITS


def with_key(page: bytes, key: bytes, leaf: int) -> tuple[bytes, bytes] | None:
    """Return the hash of the topmost node, and the bytes, of a page that has room, with one more key in it.

    None if the key is there, or any with several leaves: that is for a `Bucket`.
    """
    count = page[1]
    keys = KEYS[count].unpack_from(page, 2)
    at = bisect_left(keys, key)
    first_ref = 2 + HASH_BYTES * count
    first_bit = first_ref + 8 * count
    first_node = first_bit + count - 1
    if len(page) != first_node + HASH_BYTES * (count - 1) or (at < count and keys[at] == key):
        return None
    number, sha256 = int.from_bytes(key, "big"), hashlib.sha256
    left = KEY_BITS - (number ^ int.from_bytes(keys[at - 1], "big")).bit_length() if at else -1
    right = KEY_BITS - (number ^ int.from_bytes(keys[at], "big")).bit_length() if at < count else -1
    bits = [-1, *page[first_bit:first_node], -1]
    bits[at : at + 1] = left, right
    nodes = [*KEYS[count - 1].unpack_from(page, first_node)]
    nodes.insert(at - 1 if at else 0, b"")

    def leaf_of(at_new: int) -> bytes:
        beside = at_new if at_new < at else at_new - 1
        ref = page[first_ref + 8 * beside : first_ref + 8 * beside + 8]
        return sha256(b"\0" + keys[beside] + sha256(ref).digest()).digest()

    ref = leaf.to_bytes(8, "big")
    node = climb(key, at, sha256(b"\0" + key + sha256(ref).digest()).digest(), bits=bits, nodes=nodes, leaf=leaf_of)
    at_key, at_ref = 2 + HASH_BYTES * at, first_ref + 8 * at
    columns = (MARKS[count + 1], page[2:at_key], key, page[at_key:at_ref], ref, page[at_ref:first_bit])
    return node, b"".join((*columns, bytes(bits[1:-1]), *nodes))
