"""The leaf indexes under a key that has several: stored in parts, hashed as they come.

The value of a key is the hash of its whole list, and a partner may log a million entries under one term. So the state
of the hash is kept in mind for the lists that grew last, and a list that grows costs what it grows by. A list is a pure
function of the log and only grows: its first n leaves are the same at every later size, so a part that was read late is
never wrong, and states are found by the value that they have reached.
"""

import hashlib
import struct
from collections.abc import Sequence
from typing import Final

from protocol.log.trie import leaves_value

PART: Final = 128
"""Leaf indexes of one stored part: a kilobyte, which is what a list that grows by one leaf writes."""


class LeafList:
    """How far a list has been hashed; never changed, only extended to another."""

    __slots__ = ("_hash", "_open", "count")

    def __init__(self) -> None:
        """Begin with no leaves."""
        self.count = 0
        self._hash = hashlib.sha256()
        self._open = b""

    @classmethod
    def of(cls, leaves: Sequence[int]) -> "LeafList":
        """Return the list of these leaves."""
        return cls().extended(leaves)[0]

    @classmethod
    def of_parts(cls, parts: Sequence[bytes], count: int) -> "LeafList":
        """Return the list of the first `count` leaves that the stored parts hold."""
        data = b"".join(parts)[: 8 * count]
        found = cls()
        found.count = len(data) // 8
        found._hash.update(data)
        found._open = data[len(data) // (8 * PART) * 8 * PART :]
        return found

    @property
    def value(self) -> bytes:
        """The value of the key."""
        return self._hash.digest()

    def extended(self, leaves: Sequence[int]) -> "tuple[LeafList, list[tuple[int, bytes]]]":
        """Return the list with these leaves behind it, and the parts that changed, each with its number."""
        fresh = struct.pack(f">{len(leaves)}Q", *leaves)
        longer = LeafList()
        longer.count = self.count + len(leaves)
        longer._hash = self._hash.copy()
        longer._hash.update(fresh)
        data, first = self._open + fresh, self.count // PART
        parts = [(first + at // (8 * PART), data[at : at + 8 * PART]) for at in range(0, len(data), 8 * PART)]
        longer._open = data[len(data) // (8 * PART) * 8 * PART :]
        return longer, parts


def leaves_of_parts(parts: Sequence[bytes], count: int, value: bytes) -> tuple[int, ...] | None:
    """Return the first `count` leaves of a key that has this value; None if the parts don't hold them."""
    data = b"".join(parts)[: 8 * count]
    leaves = struct.unpack(f">{len(data) // 8}Q", data)
    return leaves if len(leaves) == count and leaves_value(leaves) == value else None
