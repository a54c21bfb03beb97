"""Find a key in the pages of an index: the path to where it stands, or would stand, and what is there.

Pure, and at once: pages come from a function that has them in memory. Where one isn't there, it raises, and the caller
reads it and asks again.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from node.log.index.bucket import SEVERAL, Bucket, Top
from node.log.index.directory import LEVELS, Directory
from node.log.index.grow import ROOT_REGION, PageName
from protocol.log.trie import EMPTY, KEY_BITS, Absent, Path, Present

FIRST_SLOT: Final = 1 << LEVELS

Pages = Callable[[PageName], bytes]
"""Gives a page of this name, or raises `MissingPageError`."""


class MissingPageError(LookupError):
    """A page must be read first."""

    def __init__(self, name: PageName) -> None:
        """Name it."""
        super().__init__()
        self.name = name


@dataclass(frozen=True, slots=True)
class Found:
    """A key that is in the index, and what it leads to."""

    key: bytes
    count: int
    """How many leaves stand under it."""
    leaf: int
    """The one leaf, where there is only one."""
    value: bytes
    proof: Present


def find(key: bytes, root: bytes, pages: Pages) -> Found | Absent:
    """Return what the index with this root says of a key.

    Raises:
        MissingPageError: A page must be read first.
    """
    if root == EMPTY:
        return Absent((), None)
    path: list[tuple[int, bytes]] = []
    directory = Directory.parse(0, 0, pages(ROOT_REGION + root))
    while True:
        place, level = 1, directory.bits
        while not directory.pages >> place & 1:
            ahead = 2 * place + (key[level >> 3] >> (7 - (level & 7)) & 1)
            if not directory.taken >> ahead & 1:
                return Absent(tuple(path), _top_of(directory, ahead ^ 1, pages))
            if directory.halves(place) == 3:
                path.append((level, directory.hash(ahead ^ 1)))
            place, level = ahead, level + 1
        page = pages(directory.name(place))
        if not directory.directories >> place & 1:
            return _find_in(Bucket.parse(page), key, path)
        directory = Directory.parse(*directory.beneath(place), page)


def _find_in(bucket: Bucket, key: bytes, path: list[tuple[int, bytes]]) -> Found | Absent:
    begin, end, number = 0, len(bucket), int.from_bytes(key, "big")
    while end - begin > 1:
        bits, middle = bucket.parting(begin, end)
        if number ^ int.from_bytes(bucket.keys[begin], "big") >= 1 << KEY_BITS - bits:
            return Absent(tuple(path), bucket.top_of(begin, end))
        if key[bits >> 3] >> (7 - (bits & 7)) & 1:
            path.append((bits, bucket.root_between(begin, middle)))
            begin = middle
        else:
            path.append((bits, bucket.root_between(middle, end)))
            end = middle
    if bucket.keys[begin] != key:
        return Absent(tuple(path), bucket.top_of(begin, end))
    return _found(bucket, begin, tuple(path))


def _found(bucket: Bucket, at: int, path: Path) -> Found:
    ref = bucket.refs[at]
    several = ref >= SEVERAL
    count, leaf = (ref - SEVERAL, 0) if several else (1, ref)
    return Found(bucket.keys[at], count, leaf, bucket.value(at), Present(path))


def _top_of(directory: Directory, place: int, pages: Pages) -> Top:
    """Return the node at the top of what is beneath a place, with what it is made of."""
    while isinstance(top := directory.top_below(place), int):
        page = pages(directory.name(top))
        if not directory.directories >> top & 1:
            return Bucket.parse(page).top()
        directory, place = Directory.parse(*directory.beneath(top), page), 1
    return top


def is_page(name: PageName, page: bytes) -> bool:
    """Return whether bytes read from the store are the page of this name: all that stands in it is hashed."""
    try:
        return _node_of(name, page) == name[-32:]
    except (ValueError, LookupError, struct.error):
        return False


def _node_of(name: PageName, page: bytes) -> bytes:
    if page[0] == 0:
        bucket = Bucket.parse(page)
        return bucket.root_anew() if bucket.render() == page else b""
    bits = int.from_bytes(name[:2], "big")
    region = name[2:-32]
    directory = Directory.parse(bits, int.from_bytes(region, "big") >> (-bits & 7), page)
    node = directory.settle_anew()
    return node if directory.render() == page else b""
