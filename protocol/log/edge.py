"""The growing right edge of a tree: what a log keeps in mind between appends.

For each tile level there is one *open* tile. `Edge` keeps the hashes in it and the inner nodes above them, so that one
appended leaf costs on average one leaf hash and one node hash, a root some twenty more, and the tail of the tree can be
proved without reading anything. A tile that fills is handed out once, to be stored, and its root moves one level up.

An edge is a pure function of the leaf hashes. `Edge.resume` builds it again from the stored full tiles.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from protocol.encoding.wire import HASH_BYTES
from protocol.log.merkle import fold, node_hash
from protocol.log.proofs import Node
from protocol.log.tile import TILE_HEIGHT, TILE_WIDTH, Tile, hashes_of


class CompletedTile(NamedTuple):
    """A tile that has just become full."""

    tile: Tile
    data: bytes


class _OpenTile:
    """The unfinished tile of one level: `rows[r]` holds the roots of its complete subtrees of 2^r hashes."""

    __slots__ = ("index", "rows")

    def __init__(self, index: int) -> None:
        self.index = index
        self.rows: list[list[bytes]] = [[] for _ in range(TILE_HEIGHT + 1)]

    def append(self, value: bytes) -> bool:
        """Add a hash; return whether the tile is now full."""
        rows = self.rows
        rows[0].append(value)
        row = 0
        while not len(rows[row]) & 1:
            pair = rows[row]
            rows[row + 1].append(node_hash(pair[-2], pair[-1]))
            row += 1
        return row == TILE_HEIGHT


class Edge:
    """The right edge of a tree that grows."""

    __slots__ = ("_levels", "size")

    def __init__(self) -> None:
        """Begin with the empty tree."""
        self.size = 0
        self._levels: list[_OpenTile] = [_OpenTile(0)]

    @classmethod
    def resume(cls, size: int, read_tile: Callable[[Tile], bytes], tail: Iterable[bytes]) -> "Edge":
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
            hashes = tail if level == 0 else (_tile_root(read_tile(Tile(level - 1, at))) for at in range(first, count))
            for value in hashes:
                edge._levels[level].append(value)
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

    def extend(self, leaf_hashes: Iterable[bytes]) -> list[CompletedTile]:
        """Append leaves by their hashes and return the tiles that became full."""
        completed: list[CompletedTile] = []
        for value in leaf_hashes:
            self.size += 1
            if self._levels[0].append(value):
                self._close(0, completed)
        return completed

    def _close(self, level: int, completed: list[CompletedTile]) -> None:
        full = self._levels[level]
        completed.append(CompletedTile(Tile(level, full.index), b"".join(full.rows[0])))
        self._levels[level] = _OpenTile(full.index + 1)
        if level + 1 == len(self._levels):
            self._levels.append(_OpenTile(0))
        if self._levels[level + 1].append(full.rows[TILE_HEIGHT][0]):
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
        at = node.index - (open_tile.index << (TILE_HEIGHT - row))
        return open_tile.rows[row][at] if at >= 0 else None

    def open_tile(self, level: int) -> bytes:
        """Return the hashes of the unfinished tile of a level; nothing if there is none."""
        return b"".join(self._levels[level].rows[0]) if level < len(self._levels) else b""


def _tile_root(data: bytes) -> bytes:
    hashes = hashes_of(data)
    if len(hashes) != TILE_WIDTH:
        raise ValueError(f"a full tile has {TILE_WIDTH * HASH_BYTES} bytes")
    for _ in range(TILE_HEIGHT):
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]
