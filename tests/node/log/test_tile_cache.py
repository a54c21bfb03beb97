"""What the cache keeps of a full tile is what its hashes give, whoever computed it."""

from node.log.tile_cache import TILE_BYTES, TileCache, expand
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.proofs import Node
from protocol.log.tile import Tile

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(512)]


def test_the_nodes_that_an_edge_hands_out_are_those_above_its_hashes():
    """So a tile that has just become full needs no hashing again."""
    for completed in Edge().extend(LEAVES):
        assert completed.data + completed.above == expand(completed.data)
        assert len(completed.data) == TILE_BYTES


def test_a_node_is_the_same_with_the_nodes_given_or_computed():
    """Every complete subtree of a tile, by either way, is the root of its leaves."""
    first, second = Edge().extend(LEAVES)
    cache = TileCache()
    cache.put(first.tile, first.data)
    cache.put(second.tile, second.data + second.above)
    for level in range(8):
        for position in range(512 >> level):
            leaves = LEAVES[position << level : (position + 1) << level]
            assert cache.node(Node(level, position)) == root_of(leaves)
    assert cache.tile(second.tile) == second.data
    assert cache.node(Node(0, 512)) is None


def test_the_least_recently_used_tile_goes_first():
    """The cache is bounded, and what is asked for stays."""
    cache = TileCache(limit=2)
    data = Edge().extend(LEAVES)[0].data
    for index in range(2):
        cache.put(Tile(0, index), data)
    cache.node(Node(0, 0))
    cache.put(Tile(0, 2), data)
    assert (cache.tile(Tile(0, 0)), cache.tile(Tile(0, 1)), cache.tile(Tile(0, 2))) == (data, None, data)
