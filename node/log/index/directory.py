"""A directory page of the index: four levels of the trie at once, above leaf pages and further directories.

A page is of a *region*: the keys that begin with certain bits. A directory splits its region four times in two. Its
*places* are numbered as in a heap: 1 is the region itself, 2j and 2j+1 the halves of place j, 16 to 31 the sixteenths.
A place is *taken* if there are keys in it, and a *page* if what is beneath stands in a page of its own: a leaf page or,
at a sixteenth, a further directory. ::

    0x01 ‖ u32be(taken) ‖ u32be(pages) ‖ u32be(directories) ‖ the hash of each place that is taken, by number

Bit j of a set stands for place j. Where both halves of a place are taken, its hash is that of the inner node that parts
them; where one is, it is the half's own, since the trie is compressed and has no node there.
"""

import hashlib
import struct
from functools import lru_cache
from typing import Final

from protocol.encoding.wire import HASH_BYTES
from protocol.log.trie import KEY_BITS, OtherInner

LEVELS: Final = 4
PLACES: Final = 1 << LEVELS + 1
MARK: Final = 1
_SETS: Final = struct.Struct(">BIII")
_FIRST_SLOT: Final = 1 << LEVELS
_SLOTS: Final = (1 << PLACES) - (1 << _FIRST_SLOT)


def region_id(bits: int, prefix: int) -> bytes:
    """Return the name of a region's row: u16be of the number of bits, then the bits, padded with zeros to a byte."""
    return bits.to_bytes(2, "big") + (prefix << (-bits & 7)).to_bytes((bits + 7) >> 3, "big")


class Directory:
    """One directory page, read or being changed."""

    __slots__ = ("_base", "_changed", "_hashes", "_heads", "bits", "directories", "pages", "prefix", "taken")

    def __init__(self, bits: int, prefix: int) -> None:
        """Begin the directory of a region that has no keys yet."""
        self.bits, self.prefix = bits, prefix
        self.taken = self.pages = self.directories = 0
        self._changed = 0
        """Places whose hash was set, and the hashes above not yet."""
        self._hashes = bytearray()
        """Of the places that are taken, by number: where one stands follows from how many are taken before it."""
        self._base = prefix << (KEY_BITS - bits)
        self._heads = _heads(bits)

    @classmethod
    def parse(cls, bits: int, prefix: int, data: bytes) -> "Directory":
        """Read a page that this module has written."""
        page = cls(bits, prefix)
        _, page.taken, page.pages, page.directories = _SETS.unpack_from(data)
        page._hashes += data[_SETS.size :]
        return page

    def render(self) -> bytes:
        """Return the page's bytes."""
        return _SETS.pack(MARK, self.taken, self.pages, self.directories) + self._hashes

    def hash(self, place: int) -> bytes:
        """Return the hash of a place that is taken."""
        at = (self.taken & (1 << place) - 1).bit_count() << 5
        return bytes(self._hashes[at : at + HASH_BYTES])

    def place_of(self, key: bytes) -> int:
        """Return the place at which a key is to be looked for: a page, or one that isn't taken."""
        byte = key[self.bits >> 3]
        slot = _FIRST_SLOT | (byte & 15 if self.bits & 4 else byte >> 4)
        ends = self.pages | ~self.taken
        if ends >> (slot >> 3) & 1:
            return slot >> 3
        if ends >> (slot >> 2) & 1:
            return slot >> 2
        return slot >> 1 if ends >> (slot >> 1) & 1 else slot

    def region(self, place: int) -> bytes:
        """Return the name of a place's region."""
        level = place.bit_length() - 1
        return region_id(self.bits + level, self.prefix << level | place - (1 << level))

    def name(self, place: int) -> bytes:
        """Return the name of the page at a place: its region and the hash of its topmost node."""
        level = place.bit_length() - 1
        bits = self.bits + level
        prefix = self.prefix << level | place - (1 << level)
        at = (self.taken & (1 << place) - 1).bit_count() << 5
        return region_id(bits, prefix) + self._hashes[at : at + HASH_BYTES]

    def names_beneath(self) -> list[bytes]:
        """Return the names of all pages beneath."""
        return [self.name(place) for place in _places(self.pages)]

    def beneath(self, slot: int) -> tuple[int, int]:
        """Return bits and prefix of one of the sixteenths: the region of a directory below."""
        return self.bits + LEVELS, self.prefix << LEVELS | slot - _FIRST_SLOT

    def put_directory(self, slot: int, node: bytes) -> None:
        """Say that what is beneath a sixteenth stands in a directory, whose topmost node has this hash."""
        self.directories |= 1 << slot
        self.put_page(slot, node)

    def put_page(self, place: int, node: bytes) -> None:
        """Say that what is beneath a place stands in a page, whose topmost node has this hash."""
        bit = 1 << place
        self.pages |= bit
        self._changed |= bit
        at = (self.taken & bit - 1).bit_count() << 5
        if self.taken & bit:
            self._hashes[at : at + HASH_BYTES] = node
        else:
            self._hashes[at:at] = node
            self.taken |= bit

    def split_page(self, place: int) -> None:
        """Say that a place is no page: what was there is about to be put at its halves."""
        self.pages &= ~(1 << place)

    def settle(self) -> bytes:
        """Hash the nodes above all that has changed, and return the hash of the topmost."""
        heads, base, changed, hashes, taken = self._heads, self._base, self._changed, self._hashes, self.taken
        sha256, node = hashlib.sha256, b""
        while changed > 2:
            halves = changed.bit_length() - 1 & ~1
            place = halves >> 1
            changed = changed & ~(3 << halves) | 1 << place
            # The halves of a place stand side by side, the one that is taken or both.
            at = (taken & (1 << halves) - 1).bit_count() << 5
            if taken >> halves & 3 == 3:
                # `inner_node`, written out: this line is where the index spends its time.
                node = sha256((base + heads[place]).to_bytes(35, "big") + hashes[at : at + 64]).digest()
            else:
                node = bytes(hashes[at : at + HASH_BYTES])
            at = (taken & (1 << place) - 1).bit_count() << 5
            if taken >> place & 1:
                hashes[at : at + HASH_BYTES] = node
            else:
                hashes[at:at] = node
                taken |= 1 << place
        self.taken, self._changed = taken, 0
        return node or self.hash(1)

    def settle_anew(self) -> bytes:
        """Hash every node from the pages up, and return the hash of the topmost: what the page has to have.

        Raises:
            ValueError: Its sets don't fit each other, or its hashes these.
        """
        above = _above(self.pages)
        if self.taken != self.pages | above or self.pages & above or self.directories & ~(self.pages & _SLOTS):
            raise ValueError("the places of a directory don't fit each other")
        if len(self._hashes) != self.taken.bit_count() * HASH_BYTES:
            raise ValueError("a directory has one hash for each place that is taken")
        self._changed = self.pages
        return self.settle()

    def halves(self, place: int) -> int:
        """Return which halves of a place are taken: 1 the left, 2 the right, 3 both."""
        return self.taken >> 2 * place & 3

    def top_below(self, place: int) -> int | OtherInner:
        """Return the topmost node at or below a place that is taken, or the place of the page in which it stands."""
        while not self.pages >> place & 1:
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


@lru_cache(maxsize=1024)
def _places(taken: int) -> tuple[int, ...]:
    """Return the numbers in a set of places."""
    return tuple(place for place in range(1, PLACES) if taken >> place & 1)


@lru_cache(maxsize=1024)
def _above(pages: int) -> int:
    """Return the places that have one of these beneath them."""
    above = 0
    for place in _places(pages):
        while place := place >> 1:
            above |= 1 << place
    return above


@lru_cache(maxsize=KEY_BITS)
def _heads(bits: int) -> tuple[int, ...]:
    """Return what is hashed before the halves of each place, in a region of so many bits, less the region's prefix."""
    heads = [0]
    for place in range(1, _FIRST_SLOT):
        level = place.bit_length() - 1
        parted = bits + level
        heads.append(1 << KEY_BITS + 16 | parted << KEY_BITS | (place - (1 << level)) << (KEY_BITS - parted))
    return tuple(heads)
