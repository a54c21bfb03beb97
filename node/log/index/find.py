"""Find a key in the pages of an index: the path to where it stands, or would stand, and what is there.

Pure, and at once: pages come from a function that has them in memory. Where one isn't there, it raises, and the caller
reads it and asks again.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from node.log.index.bucket import MARK as BUCKET
from node.log.index.bucket import SEVERAL, Bucket, Top
from node.log.index.directory import LEVELS, Directory
from node.log.index.directory import MARK as DIRECTORY
from node.log.index.grow import ROOT_REGION, PageName
from protocol.encoding.wire import HASH_BYTES
from protocol.log.trie import EMPTY, KEY_BITS, Absent, Path, Present

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
    bits, prefix, page = 0, 0, pages(ROOT_REGION + root)
    while page[0] == DIRECTORY:
        directory = Directory(bits, prefix, page)
        slot = directory.slot_of(key)
        for level in range(LEVELS):
            ahead = slot >> LEVELS - 1 - level
            halves = directory.halves(ahead >> 1)
            if not halves & 1 << (ahead & 1):
                return Absent(tuple(path), _top_of(directory, ahead ^ 1, pages))
            if halves == 3:
                path.append((bits + level, directory.hash(ahead ^ 1)))
        page = pages(directory.name(slot))
        bits, prefix = directory.beneath(slot)
    return _find_in(Bucket.parse(page), key, path)


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
    ref = bucket.ref(at)
    several = ref >= SEVERAL
    count, leaf = (ref - SEVERAL, 0) if several else (1, ref)
    return Found(bucket.keys[at], count, leaf, bucket.value(at), Present(path))


def _top_of(directory: Directory, place: int, pages: Pages) -> Top:
    """Return the node at the top of what is beneath a place, with what it is made of."""
    while isinstance(top := directory.top_below(place), int):
        page = pages(directory.name(top))
        if page[0] == BUCKET:
            return Bucket.parse(page).top()
        directory, place = Directory(*directory.beneath(top), page), 1
    return top


def is_page(name: PageName, page: bytes) -> bool:
    """Return whether bytes read from the store are the page of this name: all that stands in it is hashed."""
    try:
        return _node_of(name, page) == name[-HASH_BYTES:]
    except (ValueError, LookupError, struct.error):
        return False


def _node_of(name: PageName, page: bytes) -> bytes:
    """Return the hash of the topmost node of a page that is as it has to be, else nothing."""
    if page[0] == BUCKET:
        held = Bucket.parse(page)
        anew = Bucket.of((key, held.ref(at), held.values.get(key)) for at, key in enumerate(held.keys))
        node = anew.rebuild()
        return node if anew.render() == page else b""
    bits = int.from_bytes(name[:2], "big")
    prefix = int.from_bytes(name[2:-HASH_BYTES], "big") >> (-bits & 7)
    made, node = Directory(bits, prefix, page).anew()
    return node if made.render() == page else b""
