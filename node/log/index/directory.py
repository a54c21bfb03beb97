"""A directory page of the index: four levels of the trie at once, above leaf pages and further directories.

A page is of a *region*: the keys that begin with certain bits. A directory splits its region four times in two. Its
*places* are numbered as in a heap: 1 is the region itself, 2j and 2j+1 the halves of place j, 16 to 31 the sixteenths.
A place is *taken* if there are keys in it. Beneath each sixteenth that is taken stands a page, a leaf page or a further
directory. ::

    0x03 ‖ u16be(taken sixteenths) ‖ the hashes of places 2 to 31, zeros where one isn't taken

Bit j of the set stands for place 16 + j. Where both halves of a place are taken, its hash is that of the inner node
that parts them; where one is, it is the half's own, since the trie is compressed and has no node there.
"""

import hashlib
from functools import lru_cache
from typing import Final

from protocol.encoding.wire import HASH_BYTES
from protocol.log.trie import KEY_BITS, OtherInner

LEVELS: Final = 4
FIRST_SLOT: Final = 1 << LEVELS
MARK: Final = 3
_HEAD: Final = 3
_BEFORE: Final = 2 * HASH_BYTES - _HEAD
"""The hash of a place stands at 32 × its number, less this."""
_TWO: Final = _HEAD + 2 * HASH_BYTES
"""Behind the hashes of places 2 and 3."""
_ALL_SLOTS: Final = 0xFFFF
_BYTES: Final = _HEAD + 30 * HASH_BYTES
_PATHS: Final = [
    [(at >> 1, ((at & -2) << 5) - _BEFORE, ((at | 1) + 1 << 5) - _BEFORE) for at in (slot, slot >> 1, slot >> 2)]
    for slot in range(2 * FIRST_SLOT)
]
"""By sixteenth: the places above it save the topmost, each with where the hashes of its halves begin and end."""


def region_id(bits: int, prefix: int) -> bytes:
    """Return the name of a region's row: u16be of the number of bits, then the bits, padded with zeros to a byte."""
    return bits.to_bytes(2, "big") + (prefix << (-bits & 7)).to_bytes((bits + 7) >> 3, "big")


class Directory:
    """One directory page, read or being changed."""

    __slots__ = ("_base", "_changed", "_heads", "_page", "bits", "prefix", "slots")

    def __init__(self, bits: int, prefix: int, page: bytes = b"") -> None:
        """Read a page that this module has written, or begin the directory of a region that has no keys yet."""
        self.bits, self.prefix = bits, prefix
        self._page = bytearray(page or _BYTES)
        self.slots = self._page[1] << 8 | self._page[2]
        """The sixteenths that are taken."""
        self._changed = 0
        """Places whose hash was set, and the hashes above not yet."""
        self._base = prefix << (KEY_BITS - bits)
        self._heads = _heads(bits)

    def render(self) -> bytes:
        """Return the page's bytes."""
        page = self._page
        page[0], page[1], page[2] = MARK, self.slots >> 8, self.slots & 255
        return bytes(page)

    def hash(self, place: int) -> bytes:
        """Return the hash of a place that is taken, beneath the topmost."""
        at = (place << 5) - _BEFORE
        return bytes(self._page[at : at + HASH_BYTES])

    def slot_of(self, key: bytes) -> int:
        """Return the place of the sixteenth to which a key belongs."""
        byte = key[self.bits >> 3]
        return FIRST_SLOT | (byte & 15 if self.bits & 4 else byte >> 4)

    def has(self, slot: int) -> bool:
        """Whether there are keys in a sixteenth."""
        return self.slots >> (slot & 15) & 1 == 1

    def beneath(self, slot: int) -> tuple[int, int]:
        """Return bits and prefix of one of the sixteenths."""
        return self.bits + LEVELS, self.prefix << LEVELS | slot & 15

    def region(self, slot: int) -> bytes:
        """Return the name of a sixteenth's region."""
        return region_id(self.bits + LEVELS, self.prefix << LEVELS | slot & 15)

    def name(self, slot: int) -> bytes:
        """Return the name of the page at a sixteenth: its region and the hash of its topmost node."""
        return self.region(slot) + self.hash(slot)

    def names_beneath(self) -> list[bytes]:
        """Return the names of all pages beneath."""
        return [self.name(slot) for slot in range(FIRST_SLOT, 2 * FIRST_SLOT) if self.has(slot)]

    def put(self, slot: int, node: bytes) -> None:
        """Say that what is beneath a sixteenth stands in a page whose topmost node has this hash."""
        at = (slot << 5) - _BEFORE
        self._page[at : at + HASH_BYTES] = node
        self.slots |= 1 << (slot & 15)
        self._changed |= 1 << slot

    def settle(self) -> bytes:
        """Hash the nodes above all that has changed, at least one place, and return the hash of the topmost."""
        heads, base, changed, page = self._heads, self._base, self._changed, self._page
        sha256, node = hashlib.sha256, b""
        self._changed = 0
        if self.slots == _ALL_SLOTS and not changed & changed - 1:
            # Nearly all directories of a large index are as this one.
            for place, at, end in _PATHS[changed.bit_length() - 1]:
                # `inner_node`, written out: here the index spends its time.
                node = sha256((base + heads[place]).to_bytes(35, "big") + page[at:end]).digest()
                above = (place << 5) - _BEFORE
                page[above : above + HASH_BYTES] = node
            return sha256((base + heads[1]).to_bytes(35, "big") + page[_HEAD:_TWO]).digest()
        taken = taken_places(self.slots)
        while changed > 2:
            halves = changed.bit_length() - 1 & ~1
            place = halves >> 1
            changed = changed & ~(3 << halves) | 1 << place
            at = (halves << 5) - _BEFORE  # The halves of a place stand side by side.
            if taken >> halves & 3 == 3:
                node = sha256((base + heads[place]).to_bytes(35, "big") + page[at : at + 64]).digest()
            else:
                at += HASH_BYTES * (taken >> halves & 3 == 2)
                node = bytes(page[at : at + HASH_BYTES])
            if place > 1:
                at = (place << 5) - _BEFORE
                page[at : at + HASH_BYTES] = node
        return node

    def anew(self) -> "tuple[Directory, bytes]":
        """Return what this page has to be by the hashes of its sixteenths, with the hash of its topmost node."""
        made = Directory(self.bits, self.prefix)
        for slot in range(FIRST_SLOT, 2 * FIRST_SLOT):
            if self.has(slot):
                made.put(slot, self.hash(slot))
        return made, made.settle()

    def halves(self, place: int) -> int:
        """Return which halves of a place are taken: 1 the left, 2 the right, 3 both."""
        return taken_places(self.slots) >> 2 * place & 3

    def top_below(self, place: int) -> int | OtherInner:
        """Return the topmost node at or below a place that is taken, or the sixteenth in whose page it stands."""
        while place < FIRST_SLOT:
            halves = self.halves(place)
            if halves == 3:
                return self._inner(place)
            place = 2 * place + (halves >> 1)
        return place

    def _inner(self, place: int) -> OtherInner:
        level = place.bit_length() - 1
        bits = self.bits + level
        prefix = (self.prefix << level | place - (1 << level)) << (KEY_BITS - bits)
        return OtherInner(bits, prefix.to_bytes(HASH_BYTES, "big"), self.hash(2 * place), self.hash(2 * place + 1))


@lru_cache(maxsize=4096)
def taken_places(slots: int) -> int:
    """Return the set of all places that are taken, if these sixteenths are."""
    taken = slots << FIRST_SLOT
    for place in range(2 * FIRST_SLOT - 1, 1, -1):
        taken |= (taken >> place & 1) << (place >> 1)
    return taken


@lru_cache(maxsize=KEY_BITS)
def _heads(bits: int) -> tuple[int, ...]:
    """Return what is hashed before the halves of each place, in a region of so many bits, less the region's prefix."""
    heads = [0]
    for place in range(1, FIRST_SLOT):
        level = place.bit_length() - 1
        parted = bits + level
        heads.append(1 << KEY_BITS + 16 | parted << KEY_BITS | (place - (1 << level)) << (KEY_BITS - parted))
    return tuple(heads)
