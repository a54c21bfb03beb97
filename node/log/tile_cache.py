"""Full tiles kept in memory with the inner nodes above their hashes.

A full tile never changes, so nothing here is ever wrong or stale. Each is one byte string: its 256 hashes, then the
128, 64, … 1 roots of its complete subtrees, so that any node is one slice and the tile's own file is the first 8,192
bytes.
"""

import hashlib
from collections import OrderedDict

from protocol.encoding.wire import HASH_BYTES
from protocol.log.proofs import Node
from protocol.log.tile import TILE_HEIGHT, TILE_WIDTH, Tile

TILE_BYTES = TILE_WIDTH * HASH_BYTES
DEFAULT_TILES = 4096
"""67 MB: the lowest level of a log of a million entries."""

_ROW_STARTS = [sum(TILE_WIDTH >> below for below in range(row)) for row in range(TILE_HEIGHT + 1)]


def expand(data: bytes) -> bytes:
    """Return a full tile's hashes followed by the nodes above them."""
    sha256 = hashlib.sha256
    rows, row = [data], data
    for _ in range(TILE_HEIGHT):
        pairs = [row[at : at + 2 * HASH_BYTES] for at in range(0, len(row), 2 * HASH_BYTES)]
        row = b"".join([sha256(b"\x01" + pair).digest() for pair in pairs])
        rows.append(row)
    return b"".join(rows)


class TileCache:
    """The most recently used full tiles of one log."""

    __slots__ = ("_limit", "_tiles")

    def __init__(self, limit: int = DEFAULT_TILES) -> None:
        """Keep at most `limit` tiles."""
        self._limit = limit
        self._tiles: OrderedDict[Tile, bytes] = OrderedDict()

    def put(self, tile: Tile, data: bytes) -> None:
        """Keep a full tile, with the nodes above it or without: then they are computed when one is first asked for."""
        self._tiles[tile] = data
        self._tiles.move_to_end(tile)
        if len(self._tiles) > self._limit:
            self._tiles.popitem(last=False)

    def tile(self, tile: Tile) -> bytes | None:
        """Return the bytes of a full tile, or None if it isn't kept."""
        data = self._tiles.get(tile)
        if data is None:
            return None
        self._tiles.move_to_end(tile)
        return data[:TILE_BYTES]

    def node(self, node: Node) -> bytes | None:
        """Return the hash of a complete subtree, or None if its tile isn't kept."""
        row = node.level % TILE_HEIGHT
        tile = Tile(node.level // TILE_HEIGHT, node.position >> (TILE_HEIGHT - row))
        data = self._tiles.get(tile)
        if data is None:
            return None
        if len(data) == TILE_BYTES:
            data = expand(data)
            self._tiles[tile] = data
        self._tiles.move_to_end(tile)
        begin = (_ROW_STARTS[row] + node.position - (tile.index << (TILE_HEIGHT - row))) * HASH_BYTES
        return data[begin : begin + HASH_BYTES]
