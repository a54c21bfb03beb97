"""The growing right edge of a tree: what a log keeps in mind between appends.

For each tile level there is one *open* tile. `Edge` keeps the hashes in it and the inner nodes above them, so that one
appended leaf costs on average one leaf hash and one node hash, a root some twenty more, and the tail of the tree can be
proved without reading anything. A tile that fills is handed out once, to be stored, and its root moves one level up.

An edge is a pure function of the leaf hashes. `Edge.resume` builds it again from the stored full tiles.
"""

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from protocol.encoding.wire import HASH_BYTES
from protocol.log.merkle import fold, root_of
from protocol.log.proofs import Node
from protocol.log.tile import TILE_HEIGHT, TILE_WIDTH, Tile, hashes_of


class CompletedTile(NamedTuple):
    """A tile that has just become full."""

    tile: Tile
    data: bytes
    """Its 256 hashes."""
    above: bytes
    """The nodes above them, row by row: the roots of 2, 4, … and at last of all 256 hashes."""


class _OpenTile:
    """The unfinished tile of one level: `rows[r]` holds the roots of its complete subtrees of 2^r hashes."""

    __slots__ = ("index", "rows")

    def __init__(self, index: int) -> None:
        self.index = index
        self.rows: list[list[bytes]] = [[] for _ in range(TILE_HEIGHT + 1)]

    def room(self) -> int:
        """Return how many hashes the tile still takes."""
        return TILE_WIDTH - len(self.rows[0])

    def append(self, values: Sequence[bytes]) -> bool:
        """Add hashes for which there is room; return whether the tile is now full."""
        sha256 = hashlib.sha256
        self.rows[0] += values
        for row, above in pairwise(self.rows):
            known = len(above)
            if known == len(row) // 2:
                break
            # `node_hash` of each new pair, written out: this line is where a log spends its time.
            above += [sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(2 * known, len(row) - 1, 2)]
        return len(self.rows[0]) == TILE_WIDTH


class Edge:
    """The right edge of a tree that grows."""

    __slots__ = ("_levels", "size")

    def __init__(self) -> None:
        """Begin with the empty tree."""
        self.size = 0
        self._levels: list[_OpenTile] = [_OpenTile(0)]

    @classmethod
    def resume(cls, size: int, read_tile: Callable[[Tile], bytes], tail: Sequence[bytes]) -> "Edge":
        """Build the edge of a stored tree again.

        Args:
            size: The tree size.
            read_tile: Returns the bytes of a full tile.
            tail: The leaf hashes of the last size mod 256 leaves.
        """
        edge = cls()
        edge.size = size
        edge._levels = []
        level = 0
        while level == 0 or size >> (TILE_HEIGHT * level):
            count = size >> (TILE_HEIGHT * level)
            edge._levels.append(_OpenTile(count // TILE_WIDTH))
            first = count // TILE_WIDTH * TILE_WIDTH
            hashes = (
                tail if level == 0 else [root_of_tile(read_tile(Tile(level - 1, at))) for at in range(first, count)]
            )
            edge._levels[level].append(hashes)
            level += 1
        return edge

    def copy(self) -> "Edge":
        """Return an edge that can be extended without changing this one."""
        twin = Edge()
        twin.size = self.size
        twin._levels = []
        for level in self._levels:
            tile = _OpenTile(level.index)
            tile.rows = [row.copy() for row in level.rows]
            twin._levels.append(tile)
        return twin

    def extend(self, leaf_hashes: Sequence[bytes]) -> list[CompletedTile]:
        """Append leaves by their hashes and return the tiles that became full."""
        completed: list[CompletedTile] = []
        at = 0
        while at < len(leaf_hashes):
            lowest = self._levels[0]
            part = leaf_hashes[at : at + lowest.room()]
            at += len(part)
            if lowest.append(part):
                self._close(0, completed)
        self.size += len(leaf_hashes)
        return completed

    def _close(self, level: int, completed: list[CompletedTile]) -> None:
        full = self._levels[level]
        above = b"".join([value for row in full.rows[1:] for value in row])
        completed.append(CompletedTile(Tile(level, full.index), b"".join(full.rows[0]), above))
        self._levels[level] = _OpenTile(full.index + 1)
        if level + 1 == len(self._levels):
            self._levels.append(_OpenTile(0))
        if self._levels[level + 1].append(full.rows[TILE_HEIGHT]):
            self._close(level + 1, completed)

    def root(self) -> bytes:
        """Return the root hash."""
        found = []
        for tile in reversed(self._levels):
            found += [row[-1] for row in reversed(tile.rows[:TILE_HEIGHT]) if len(row) & 1]
        return fold(found)

    def node(self, node: Node) -> bytes | None:
        """Return the hash of a complete subtree inside the open tiles, or None if it lies to their left."""
        level, row = divmod(node.level, TILE_HEIGHT)
        if level >= len(self._levels):
            return None
        open_tile = self._levels[level]
        at = node.position - (open_tile.index << (TILE_HEIGHT - row))
        return open_tile.rows[row][at] if at >= 0 else None

    def open_tile(self, level: int) -> bytes:
        """Return the hashes of the unfinished tile of a level; nothing if there is none."""
        return b"".join(self._levels[level].rows[0]) if level < len(self._levels) else b""


def root_of_tile(data: bytes) -> bytes:
    """Return MTH of a full tile's hashes: the hash that stands for it one level up."""
    hashes = hashes_of(data)
    if len(hashes) != TILE_WIDTH:
        raise ValueError(f"a full tile has {TILE_WIDTH * HASH_BYTES} bytes")
    return root_of(hashes)
