"""The tree behind a foreign checkpoint, read tile by tile, each verified up to the signed root hash before it is used.

The unfinished tiles of a tree, one a level, fold to its root hash: so they are verified first, all together. A full
tile is verified by the hash that stands for it one level up. Few are needed: a million entries have sixteen tiles of
level 1.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from node.errors import BadAnswerError
from protocol.log.checkpoint import Checkpoint
from protocol.log.edge import root_of_tile
from protocol.log.merkle import fold
from protocol.log.proofs import Node, Span, peaks
from protocol.log.tile import TILE_HEIGHT, TILE_WIDTH, Tile, hash_in_tile, hashes_of, tile_of, tile_width

ReadTile = Callable[[Tile], Awaitable[bytes]]
"""Returns the hashes of a tile, exactly as many as its width says, unverified."""

MOST_KEPT: Final = 64
"""Tiles of 8 KiB that are kept for the next question."""


class SignedTree:
    """Answers what the signer of a checkpoint has signed for any part of its tree."""

    def __init__(self, checkpoint: Checkpoint, read_tile: ReadTile) -> None:
        """Take a checkpoint whose signature is verified; tiles are read when they are needed."""
        self._checkpoint = checkpoint
        self._read_tile = read_tile
        self._unfinished: dict[int, bytes] | None = None
        self._full: OrderedDict[Tile, bytes] = OrderedDict()

    async def root_at(self, size: int) -> bytes:
        """Return the root hash of the first `size` leaves of the signed tree.

        Raises:
            BadAnswerError: The tiles served don't lead to the signed root hash.
        """
        return (await self.roots_of([Span(0, size)]))[0]

    async def roots_of(self, spans: Iterable[Span]) -> list[bytes]:
        """Return MTH of each of these ranges of the signed tree's leaves, such as the ones of a consistency proof.

        Raises:
            BadAnswerError: As `root_at`.
        """
        return [fold([await self._node(node) for node in peaks(span)]) for span in spans]

    async def _node(self, node: Node) -> bytes:
        tile, span = tile_of(node)
        return hash_in_tile(await self.hashes(tile), span)

    async def hashes(self, tile: Tile) -> bytes:
        """Return the hashes of a full tile or, where the tree ends in it, of the unfinished one.

        Raises:
            BadAnswerError: The tile served isn't one of the signed tree.
        """
        unfinished = await self._read_unfinished()
        if tile_width(tile.level, tile.index, self._checkpoint.size) < TILE_WIDTH:
            return unfinished[tile.level]
        if tile not in self._full:
            data = await self._read_tile(tile)
            above = await self.hashes(Tile(tile.level + 1, tile.index // TILE_WIDTH))
            if root_of_tile(data) != hashes_of(above)[tile.index % TILE_WIDTH]:
                raise self._wrong(tile)
            self._full[tile] = data
            if len(self._full) > MOST_KEPT:
                self._full.popitem(last=False)
        self._full.move_to_end(tile)
        return self._full[tile]

    async def _read_unfinished(self) -> dict[int, bytes]:
        if self._unfinished is None:
            size = self._checkpoint.size
            read: dict[int, bytes] = {}
            for level in range((size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT):
                index = size >> (TILE_HEIGHT * (level + 1))
                if width := tile_width(level, index, size):
                    read[level] = await self._read_tile(Tile(level, index, width))
            ends = [tile_of(node) for node in peaks(Span(0, size))]
            if fold([hash_in_tile(read[tile.level], span) for tile, span in ends]) != self._checkpoint.root:
                raise self._wrong(None)
            self._unfinished = read
        return self._unfinished

    def _wrong(self, tile: Tile | None) -> BadAnswerError:
        what = f"{tile.path()} is not a tile" if tile else "the last tiles served are not those"
        return BadAnswerError(
            f"{what} of the tree that {self._checkpoint.origin} signed at size {self._checkpoint.size}"
        )
