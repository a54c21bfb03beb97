"""Grow an index by many keys at once: which pages change, and to what. Pure: it asks for what it needs to read.

The keys come sorted. On the way down each directory hands every run of neighbouring keys to the page that it belongs
to; all pages of one depth are asked for together. A leaf page that would have too many becomes a directory, and its
keys go down with the new ones. Leaf pages take their keys in. On the way up each directory that changed is hashed once,
however many keys changed it.

Which pages there are follows from the keys alone, not from their order or the steps they came in: a region has a
directory if it has more keys than a leaf page holds, and else one leaf page, if it has a key and no region above it has
a leaf page.

Nothing here waits. `grow` is a generator: it yields what it wants, is sent what was found, and often yields None, so
that whoever runs it can let others go on.
"""

from bisect import bisect_right
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from node.log.index.bucket import MOST_KEYS, SEVERAL, Bucket
from node.log.index.directory import MARK, Directory, region_id
from node.log.index.leaf_list import LeafList
from node.log.index.one_more import with_key
from protocol.log.trie import EMPTY

PAUSE_PAGES: Final = 96
"""Pages that are worked on between two pauses: about two milliseconds."""

ROOT_REGION: Final = region_id(0, 0)

_DIRECTORY: Final = bytes([MARK])

PageName = bytes
"""A page's region, then the 32 bytes of its topmost node's hash: says all that stands in it."""


@dataclass(frozen=True, slots=True)
class WantedPages:
    """Pages to read; sent back: their bytes, in this order."""

    pages: Sequence[PageName]


@dataclass(frozen=True, slots=True)
class WantedLists:
    """Lists to read, each by key, number of leaves and value; sent back: a `LeafList` each, in this order."""

    lists: Sequence[tuple[bytes, int, bytes]]


Growing = Generator[WantedPages | WantedLists | None, list[bytes] | list[LeafList] | None, "Changes"]


@dataclass(slots=True)
class Changes:
    """What an index becomes."""

    root: bytes = EMPTY
    """Of the trie."""
    fresh: dict[PageName, bytes] = field(default_factory=dict)
    """Pages that are new or have changed, by name: of each region at most one."""
    replaced: list[PageName] = field(default_factory=list)
    """Names of the pages whose place they take."""
    parts: list[tuple[bytes, int, bytes]] = field(default_factory=list)
    """New parts of lists: key, number, leaves."""
    lists: dict[bytes, LeafList] = field(default_factory=dict)
    """Lists that grew, by their value."""


@dataclass(slots=True)
class _Region:
    """A region on the way down, and the keys that come into it."""

    name: bytes
    above: Directory | None
    """Where it hangs; None of all keys."""
    slot: int
    first: int
    """Of the sorted keys, the first that comes here, and the one behind the last."""
    end: int
    page: bytes | Bucket = b""
    """What is here: nothing, a page, or keys of a page that was parted above."""


_NO_PARTS: Final[dict[int, Bucket]] = {}


def grow(root: bytes, added: Mapping[bytes, Sequence[int]]) -> Growing:
    """Return how an index changes by leaves under keys.

    Args:
        root: Of the trie as it is.
        added: New leaf indexes by key, ascending, each beyond all that are there.
    """
    changes = Changes(root)
    if not added:
        return changes
    keys = sorted(added)
    directories, touched = yield from _descend(root, keys, changes)
    yield from _take_in(touched, keys, added, changes=changes)
    yield from _ascend(directories, changes)
    return changes


def _descend(
    root: bytes, keys: list[bytes], changes: Changes
) -> Generator[WantedPages | None, list[bytes], tuple[list[tuple[Directory, _Region]], list[_Region]]]:
    """Return the directories above all keys, topmost first, and the regions of leaf pages that take keys in."""
    level = [_Region(ROOT_REGION, None, 0, 0, len(keys))]
    if root != EMPTY:
        changes.replaced.append(ROOT_REGION + root)
        (level[0].page,) = yield WantedPages([ROOT_REGION + root])
    directories: list[tuple[Directory, _Region]] = []
    touched: list[_Region] = []
    while level:
        ahead: list[_Region] = []
        wanted: list[_Region] = []
        names: list[PageName] = []
        for number, region in enumerate(level):
            if number % PAUSE_PAGES == PAUSE_PAGES - 1:
                yield None
            directory, parts = _opened(region, keys)
            if directory is None:
                touched.append(region)
                continue
            directories.append((directory, region))
            for part in _parted(directory, keys, region.first, region.end):
                if directory.slots >> (part.slot & 15) & 1:
                    names.append(part.name + directory.hash(part.slot))
                    wanted.append(part)
                elif parts:
                    part.page = parts.pop(part.slot, b"")
                ahead.append(part)
            for slot, bucket in parts.items():
                ahead.append(_Region(directory.region(slot), directory, slot, 0, 0, bucket))
        if wanted:
            changes.replaced += names
            for one, page in zip(wanted, (yield WantedPages(names)), strict=True):
                one.page = page
        level = ahead
    return directories, touched


def _opened(region: _Region, keys: list[bytes]) -> tuple[Directory | None, dict[int, Bucket]]:
    """Return the directory of a region with the keys that hang nowhere in it yet; None if its keys fit a leaf page."""
    page, count, above = region.page, region.end - region.first, region.above
    bits, prefix = above.beneath(region.slot) if above else (0, 0)
    if isinstance(page, bytes) and page[:1] == _DIRECTORY:
        return Directory(bits, prefix, page), _NO_PARTS
    held = len(page) if isinstance(page, Bucket) else page[1] if page else 0
    if held + count <= MOST_KEYS:
        return None, _NO_PARTS
    bucket = page if isinstance(page, Bucket) else Bucket.parse(page) if page else Bucket()
    there = set(bucket.keys)
    if held + sum(key not in there for key in keys[region.first : region.end]) <= MOST_KEYS:
        return None, _NO_PARTS
    directory = Directory(bits, prefix)
    parts: dict[int, Bucket] = {}
    begin = 0
    slots = [directory.slot_of(key) for key in bucket.keys]
    while begin < held:
        end = bisect_right(slots, slots[begin])
        parts[slots[begin]] = bucket.part(begin, end)
        begin = end
    return directory, parts


def _parted(directory: Directory, keys: list[bytes], first: int, end: int) -> list[_Region]:
    """Return the sixteenths of a directory with the runs of neighbouring keys that belong to each."""
    slot_of, region = directory.slot_of, directory.region
    slot = slot_of(keys[first])
    parted: list[_Region] = []
    for at in range(first + 1, end):
        other = slot_of(keys[at])
        if other != slot:
            parted.append(_Region(region(slot), directory, slot, first, at))
            first, slot = at, other
    parted.append(_Region(region(slot), directory, slot, first, end))
    return parted


def _take_in(
    touched: list[_Region], keys: list[bytes], added: Mapping[bytes, Sequence[int]], *, changes: Changes
) -> Generator[WantedLists | None, list[LeafList], None]:
    """Put all keys into leaf pages, and hang these into their directories."""
    waiting: list[tuple[_Region, Bucket]] = []
    longer: list[tuple[Bucket, bytes]] = []
    for number, region in enumerate(touched):
        if number % PAUSE_PAGES == PAUSE_PAGES - 1:
            yield None
        page = region.page
        if region.end - region.first == 1 and isinstance(page, bytes) and page:
            key = keys[region.first]
            leaves = added[key]
            if len(leaves) == 1 and page[1] < MOST_KEYS and (made := with_key(page, key, leaves[0])):
                _put(region, *made, changes=changes)
                continue
        bucket = page if isinstance(page, Bucket) else Bucket.parse(page) if page else Bucket()
        run = keys[region.first : region.end]
        several = _insert(bucket, run, added)
        if several:
            longer += [(bucket, key) for key in several]
            waiting.append((region, bucket))
        else:
            _hang(region, bucket, run, changes)
    if waiting:
        yield from _lengthen(longer, added, changes)
        for region, bucket in waiting:
            _hang(region, bucket, keys[region.first : region.end], changes)


def _insert(bucket: Bucket, keys: Sequence[bytes], added: Mapping[bytes, Sequence[int]]) -> list[bytes]:
    """Put in the keys that are new, with their first leaf; return those that have more leaves than one."""
    several = []
    for key in keys:
        leaves = added[key]
        at, is_there = bucket.position(key)
        if not is_there:
            bucket.insert(at, key, leaves[0])
        if is_there or len(leaves) > 1:
            several.append(key)
    return several


def _hang(region: _Region, bucket: Bucket, changed: Sequence[bytes], changes: Changes) -> None:
    """Hash a leaf page and hang it into its directory."""
    node = bucket.rehash(changed) if changed else bucket.root_between(0, len(bucket))
    _put(region, node, bucket.render(), changes=changes)


def _put(region: _Region, node: bytes, page: bytes, *, changes: Changes) -> None:
    """Hang a page with this topmost node into the directory above it."""
    changes.fresh[region.name + node] = page
    if region.above is None:
        changes.root = node
    else:
        region.above.put(region.slot, node)


def _lengthen(
    longer: list[tuple[Bucket, bytes]], added: Mapping[bytes, Sequence[int]], changes: Changes
) -> Generator[WantedLists | None, list[LeafList], None]:
    """Extend the lists of keys that have several leaves."""
    wanted = [(key, *_listed(bucket, key)) for bucket, key in longer]
    stored = [(key, count, value) for key, count, value in wanted if count]
    lists = iter((yield WantedLists(stored)) if stored else [])
    for number, ((bucket, key), (_, count, _)) in enumerate(zip(longer, wanted, strict=True)):
        if number % PAUSE_PAGES == PAUSE_PAGES - 1:
            yield None
        at, _ = bucket.position(key)
        leaves = list(added[key])
        if count:
            before = next(lists)
        else:
            before = LeafList()
            if bucket.ref(at) != leaves[0]:
                leaves.insert(0, bucket.ref(at))
        found, parts = before.extended(leaves)
        value = found.value
        bucket.put_several(at, found.count, value)
        changes.parts += [(key, part, data) for part, data in parts]
        changes.lists[value] = found


def _listed(bucket: Bucket, key: bytes) -> tuple[int, bytes]:
    """Return the number of leaves in a key's list and its value; none where its one leaf stands in the page."""
    at, _ = bucket.position(key)
    ref = bucket.ref(at)
    return (ref - SEVERAL, bucket.values[key]) if ref >= SEVERAL else (0, b"")


def _ascend(directories: list[tuple[Directory, _Region]], changes: Changes) -> Generator[None, None, None]:
    """Hash all directories, each after those beneath it, and put its hash where it hangs."""
    for number, (directory, region) in enumerate(reversed(directories)):
        if number % PAUSE_PAGES == PAUSE_PAGES - 1:
            yield None
        _put(region, directory.settle(), directory.render(), changes=changes)
