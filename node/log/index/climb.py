"""The path from a leaf of the index to the top of its page, hashed.

Keys stand sorted, and between two neighbours the one inner node that parts them: of as many bits as the two share. Its
keys reach to both sides up to where neighbours share fewer. So the parent of a subtree is the node at that end of it
where more bits are shared, and the other half lies beyond.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from protocol.log.trie import KEY_BITS

INNER: Final = [1 << KEY_BITS + 16 | bits << KEY_BITS for bits in range(KEY_BITS)]
"""What is hashed before the halves of an inner node of so many bits, less the prefix."""

FIRST: Final = [(1 << KEY_BITS) - (1 << KEY_BITS - bits) for bits in range(KEY_BITS)]
"""The first so many bits of a key."""


def climb(
    key: bytes, at: int, node: bytes, *, bits: list[int], nodes: list[bytes], leaf: Callable[[int], bytes]
) -> bytes:
    """Hash the nodes above a leaf; return the topmost.

    Args:
        key: Its key.
        at: Where this stands.
        node: Its hash.
        bits: Left of each key, and behind the last, how many it shares with its neighbour; -1 at both ends.
        nodes: Is changed.
        leaf: Gives the hash of the leaf of another key by where it stands.
    """
    sha256, number = hashlib.sha256, int.from_bytes(key, "big")
    first = last = at  # The subtree has the keys from here to here.
    left, right, top = bits[at], bits[at + 1], 0
    while left != right:
        least = KEY_BITS
        if left > right:
            parted, gap = left, first - 1
            first = gap
            left = bits[gap]
            while left > parted:
                if left < least:
                    least, top = left, first - 1
                first -= 1
                left = bits[first]
            halves = (leaf(gap) if least == KEY_BITS else nodes[top]) + node
        else:
            parted, gap = right, last
            last += 1
            right = bits[last + 1]
            while right > parted:
                if right < least:
                    least, top = right, last
                last += 1
                right = bits[last + 1]
            halves = node + (leaf(gap + 1) if least == KEY_BITS else nodes[top])
        # `inner_node`, written out: here the index spends its time.
        node = sha256((INNER[parted] | number & FIRST[parted]).to_bytes(35, "big") + halves).digest()
        nodes[gap] = node
    return node
