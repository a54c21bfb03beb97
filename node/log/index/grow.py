"""Grow an index by many keys at once: which pages change, and to what. Pure: it asks for what it needs to read.

The keys come sorted. On the way down each directory hands every run of neighbouring keys to the page that it belongs
to; all pages of one depth are asked for together. Leaf pages take their keys in and are split where they have too many.
On the way up each directory that changed is hashed once, however many keys changed it.

Which pages there are follows from the keys alone, not from their order or the steps they came in: a region has a
directory or is parted in one if it has more keys than a leaf page holds.

Nothing here waits. `grow` is a generator: it yields what it wants, is sent what was found, and often yields None, so
that whoever runs it can let others go on.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from node.log.index.bucket import MOST_KEYS, SEVERAL, Bucket
from node.log.index.directory import LEVELS, Directory, region_id
from node.log.index.leaf_list import LeafList
from protocol.log.trie import EMPTY

PAUSE_PAGES: Final = 48
"""Pages that are worked on between two pauses: about two milliseconds."""

ROOT_REGION: Final = region_id(0, 0)

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
    gone: list[bytes] = field(default_factory=list)
    """Regions whose pages are no more: they were split."""
    fresh: dict[PageName, bytes] = field(default_factory=dict)
    """Pages that are new or have changed, by name: of each region at most one."""
    replaced: list[PageName] = field(default_factory=list)
    """Names of the pages whose place they take."""
    parts: list[tuple[bytes, int, bytes]] = field(default_factory=list)
    """New parts of lists: key, number, leaves."""
    lists: dict[bytes, LeafList] = field(default_factory=dict)
    """Lists that grew, by their value."""


_Run = tuple[Directory, int, int, int]
"""Neighbouring keys that belong to one place of a directory: place, first of the keys, and the one behind the last."""


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
    yield from _take_in(touched, keys, added, directories=directories, changes=changes)
    yield from _ascend(directories, changes)
    return changes


def _descend(
    root: bytes, keys: list[bytes], changes: Changes
) -> Generator[WantedPages | None, list[bytes], tuple[list[Directory], list[_Run]]]:
    """Return the directories above all keys, topmost first, and where each run of keys belongs."""
    top = Directory(0, 0)
    if root != EMPTY:
        top = Directory.parse(0, 0, (yield WantedPages([ROOT_REGION + root]))[0])
        changes.replaced.append(ROOT_REGION + root)
    found = [top]
    touched: list[_Run] = []
    level = [(top, 0, len(keys))]
    while level:
        ahead: list[_Run] = []
        for number, (directory, first, end) in enumerate(level):
            if number % PAUSE_PAGES == PAUSE_PAGES - 1:
                yield None
            for run in _parted(directory, keys, first, end):
                (ahead if directory.directories >> run[1] & 1 else touched).append(run)
        wanted = [directory.name(place) for directory, place, _, _ in ahead]
        pages = (yield WantedPages(wanted)) if wanted else []
        changes.replaced += wanted
        level = [
            (Directory.parse(*directory.beneath(place), page), first, end)
            for (directory, place, first, end), page in zip(ahead, pages, strict=True)
        ]
        found += [directory for directory, _, _ in level]
    return found, touched


def _parted(directory: Directory, keys: list[bytes], first: int, end: int) -> list[_Run]:
    """Return the runs of neighbouring keys that belong to one place of a directory."""
    place_of = directory.place_of
    place = place_of(keys[first])
    if end - first == 1:
        return [(directory, place, first, end)]
    parted: list[_Run] = []
    for at in range(first + 1, end):
        other = place_of(keys[at])
        if other != place:
            parted.append((directory, place, first, at))
            first, place = at, other
    return [*parted, (directory, place, first, end)]


def _take_in(
    touched: list[_Run],
    keys: list[bytes],
    added: Mapping[bytes, Sequence[int]],
    *,
    directories: list[Directory],
    changes: Changes,
) -> Generator[WantedPages | WantedLists | None, list[bytes] | list[LeafList], None]:
    """Put all keys into leaf pages, and hang these into their directories."""
    wanted = [directory.name(place) for directory, place, _, _ in touched if directory.pages >> place & 1]
    pages = iter((yield WantedPages(wanted)) if wanted else [])
    changes.replaced += wanted
    waiting: list[tuple[Directory, int, Bucket]] = []
    longer: list[tuple[Bucket, bytes]] = []
    for number, (directory, place, first, end) in enumerate(touched):
        if number % PAUSE_PAGES == PAUSE_PAGES - 1:
            yield None
        is_there = directory.pages >> place & 1
        bucket = Bucket.parse(next(pages)) if is_there else Bucket([], [], [])  # type: ignore[arg-type]
        several = _insert(bucket, keys[first:end], added)
        if several:
            longer += [(bucket, key) for key in several]
            waiting.append((directory, place, bucket))
        else:
            _hang(directory, place, bucket, directories=directories, changes=changes)
    if waiting:
        yield from _lengthen(longer, added, changes)
        for directory, place, bucket in waiting:
            _hang(directory, place, bucket, directories=directories, changes=changes)


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
            if bucket.refs[at] != leaves[0]:
                leaves.insert(0, bucket.refs[at])
        found, parts = before.extended(leaves)
        value = found.value
        bucket.put_several(at, found.count, value)
        changes.parts += [(key, part, data) for part, data in parts]
        changes.lists[value] = found


def _listed(bucket: Bucket, key: bytes) -> tuple[int, bytes]:
    """Return the number of leaves in a key's list and its value; none where its one leaf stands in the page."""
    at, _ = bucket.position(key)
    ref = bucket.refs[at]
    return (ref - SEVERAL, bucket.values[key]) if ref >= SEVERAL else (0, b"")


def _hang(directory: Directory, place: int, bucket: Bucket, *, directories: list[Directory], changes: Changes) -> None:
    """Put a leaf page at a place, or, if it has too many keys, its halves beneath."""
    if len(bucket) <= MOST_KEYS:
        node = bucket.root()
        changes.fresh[directory.region(place) + node] = bucket.render()
        directory.put_page(place, node)
        return
    bits = directory.bits + place.bit_length() - 1
    if place >> LEVELS:
        below, first = Directory(*directory.beneath(place)), 2
        directories.append(below)  # it takes the page's place and row, and on the way up its hash comes here
    else:
        if directory.pages >> place & 1:
            changes.gone.append(directory.region(place))
        directory.split_page(place)
        below, first = directory, 2 * place
    middle = _first_with(bucket.keys, bits)
    for half, part in ((first, bucket.part(0, middle)), (first + 1, bucket.part(middle, len(bucket)))):
        if len(part):
            _hang(below, half, part, directories=directories, changes=changes)


def _first_with(keys: Sequence[bytes], bit: int) -> int:
    """Return the first of a region's keys, sorted, that has this bit set."""
    mask, at = 0x80 >> (bit & 7), bit >> 3
    return next((number for number, key in enumerate(keys) if key[at] & mask), len(keys))


def _ascend(directories: list[Directory], changes: Changes) -> Generator[None, None, None]:
    """Hash all directories, the deepest first, and put each one's hash where it hangs."""
    above = {(one.bits, one.prefix): one for one in directories}
    for number, one in enumerate(sorted(directories, key=lambda one: -one.bits)):
        if number % PAUSE_PAGES == PAUSE_PAGES - 1:
            yield None
        node = one.settle()
        changes.fresh[region_id(one.bits, one.prefix) + node] = one.render()
        if one.bits:
            parent = above[one.bits - LEVELS, one.prefix >> LEVELS]
            slot = 1 << LEVELS | one.prefix & (1 << LEVELS) - 1
            parent.put_directory(slot, node)
        else:
            changes.root = node
