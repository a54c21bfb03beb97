"""A tree that is read tile by tile answers what its signer signed, and believes no tile."""

import pytest

from node.errors import BadAnswerError
from node.log.signed_tree import SignedTree
from protocol.log.checkpoint import Checkpoint
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.tile import TILE_WIDTH, Tile

LEAVES = [leaf_hash(b"%d" % leaf) for leaf in range(70_000)]


class Served:
    """The tiles of a tree."""

    def __init__(self, size):
        edge = Edge()
        self.tiles = {done.tile: done.data for done in edge.extend(LEAVES[:size])}
        self.edge = edge
        self.asked = []
        self.checkpoint = Checkpoint("log.example", size, edge.root())

    async def read(self, tile):
        """Return a tile as it is served."""
        self.asked.append(tile)
        if tile.width == TILE_WIDTH:
            return self.tiles[tile]
        return self.edge.open_tile(tile.level)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, 70_000])
async def test_every_earlier_root_is_answered(size):
    """At sizes around each boundary below, as the leaves themselves give it."""
    served = Served(size)
    tree = SignedTree(served.checkpoint, served.read)
    for earlier in {0, 1, 3, 255, 256, 300, 512, 65_536, 65_792, 69_999, size} & set(range(size + 1)):
        assert await tree.root_at(earlier) == root_of(LEAVES[:earlier])


async def test_few_tiles_are_read_of_a_large_tree():
    """A boundary of steps needs tiles of the upper levels alone."""
    served = Served(70_000)
    await SignedTree(served.checkpoint, served.read).root_at(8192)
    assert sorted(tile.level for tile in served.asked) == [0, 1, 1, 2]


@pytest.mark.parametrize(
    "at", [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1), Tile(1, 0), Tile(0, 31)], ids=Tile.path
)
async def test_a_false_tile_is_refused(at):
    """Whichever tile on the way is false."""
    served = Served(70_000)

    async def read(tile):
        data = await served.read(tile)
        return bytes([data[0] ^ 1]) + data[1:] if tile == at else data

    with pytest.raises(BadAnswerError, match=r"log\.example signed at size 70000"):
        await SignedTree(served.checkpoint, read).root_at(31 * 256 + 7)
