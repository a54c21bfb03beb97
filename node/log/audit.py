"""Read a whole log from where it is served, and verify all of it against one signed checkpoint.

Every entry is hashed, every tile compared with the hashes that the entries give, and the root hash of the whole with
the signed one. Where a tile and an entry disagree, the signed tree tells which of the two is false. An earlier
checkpoint of the log is held against the same entries: that is stronger than a consistency proof, since nothing is
taken from the log.
"""

from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from node.errors import BadAnswerError, NodeError
from node.log.audit_texts import TextsFound, audit_texts
from node.log.census import Census
from node.log.follow import LogSource, Target
from node.log.signed_tree import SignedTree
from protocol.encoding.wire import HASH_BYTES
from protocol.errors import MalformedError
from protocol.log.edge import Edge
from protocol.log.tile import ENTRIES, TILE_HEIGHT, TILE_WIDTH, Tile, tile_width

MOST_FAULTS: Final = 20
"""After so many the audit stops: the log is not in order, and more of the same says nothing."""

Progress = Callable[[int], None]
"""Is told how many entries are done."""


@dataclass(slots=True)
class Audited:
    """What an audit found."""

    target: Target
    since: Target | None = None
    census: Census = field(default_factory=Census)
    entries: int = 0
    tiles: int = 0
    root: bytes | None = None
    """The root hash of all entries; None if not all could be read."""
    since_root: bytes | None = None
    """The root hash at the size of the earlier checkpoint; None if so many weren't read."""
    texts: TextsFound | None = None
    """What stands beside the log; None if that was not reached."""
    faults: list[str] = field(default_factory=list)


class StoppedError(Exception):
    """The audit can't, or needn't, go on."""


class Audit:
    """One reading of a log."""

    def __init__(self, source: LogSource, target: Target, *, since: Target | None, progress: Progress) -> None:
        """Prepare to read the log up to a checkpoint whose signature is verified, as is that of `since`."""
        self._source = source
        self._tree = SignedTree(target.checkpoint, source.tile)
        self._size = target.checkpoint.size
        self._edge = Edge()
        self._expected: dict[Tile, bytes] = {}
        self._progress = progress
        self.found = Audited(target, since)

    async def run(self) -> Audited:
        """Read everything and return what was found; a fault is a finding, never an exception."""
        self._look_at_since([])
        try:
            async with aclosing(self._source.fetch_ahead(served(self._size))) as answers:
                async for tile, data in answers:
                    if tile.level == ENTRIES:
                        self._read_bundle(tile, data)
                    else:
                        await self._compare(tile, data)
            self.found.root = self._edge.root()
            self.found.texts = await audit_texts(self._source, self.found.census.texts)
        except StoppedError:
            pass
        except NodeError as error:
            self.found.faults.append(f"the log can't be read on from entry {self._edge.size}: {error}")
        return self.found

    def _read_bundle(self, bundle: Tile, data: bytes) -> None:
        first = bundle.index * TILE_WIDTH
        try:
            hashes = self.found.census.read(data, first=first, count=bundle.width)
        except MalformedError as error:
            self.found.faults.append(f"{bundle.path()}: {error}")
            raise StoppedError from None
        self._look_at_since(hashes)
        self._expected |= {done.tile: done.data for done in self._edge.extend(hashes)}
        self.found.entries += len(hashes)
        self._progress(self.found.entries)

    def _look_at_since(self, hashes: list[bytes]) -> None:
        """Take the root hash at the earlier checkpoint's size, if it lies among these leaves."""
        since, size = self.found.since, self._edge.size
        if since is not None and self.found.since_root is None and size <= since.checkpoint.size <= size + len(hashes):
            then = self._edge.copy()
            then.extend(hashes[: since.checkpoint.size - size])
            self.found.since_root = then.root()

    async def _compare(self, tile: Tile, data: bytes) -> None:
        self.found.tiles += 1
        expected = self._expected.pop(tile) if tile.width == TILE_WIDTH else self._edge.open_tile(tile.level)
        if data == expected:
            return
        at = next(at for at in range(tile.width) if _hash(data, at) != _hash(expected, at))
        try:
            signed = await self._tree.hashes(tile)
        except BadAnswerError:
            signed = expected
        where = (tile.index * TILE_WIDTH + at) << (TILE_HEIGHT * tile.level)
        if _hash(signed, at) == _hash(expected, at):
            self._add(f"{tile.path()}: hash {at} is not the one that the entries from {where} on give")
        elif tile.level == 0:  # further up it is the same entry's fault again
            self._add(f"entry {where} is not the one that was signed")

    def _add(self, fault: str) -> None:
        self.found.faults.append(fault)
        if len(self.found.faults) >= MOST_FAULTS:
            raise StoppedError


def served(size: int) -> Iterator[Tile]:
    """Yield every bundle and tile of a tree in the order in which entries complete them."""
    for index in range(-(-size // TILE_WIDTH)):
        width = tile_width(ENTRIES, index, size)
        yield Tile(ENTRIES, index, width)
        count, level = index * TILE_WIDTH + width, 0
        while width == TILE_WIDTH and count % TILE_WIDTH == 0:
            count //= TILE_WIDTH
            yield Tile(level, count - 1)
            level += 1
    for level in range(-(-size.bit_length() // TILE_HEIGHT)):
        index = size >> (TILE_HEIGHT * (level + 1))
        if width := tile_width(level, index, size):
            yield Tile(level, index, width)


def _hash(data: bytes, at: int) -> bytes:
    return data[at * HASH_BYTES : (at + 1) * HASH_BYTES]
