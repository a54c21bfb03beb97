"""The growing right edge: its roots, its tiles, and its being built again from what is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.proofs import Node
from protocol.log.tile import Tile, tiles_between

COUNT = 66_000
"""Over 65,536, so that a second tile level completes a tile too."""

LEAVES = [leaf_hash(leaf.to_bytes(4, "big")) for leaf in range(COUNT)]
SIZES = [0, 1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, COUNT]


@pytest.fixture(scope="module")
def grown() -> tuple[dict[Tile, bytes], dict[int, Edge]]:
    """Return every completed tile of a long log, and the edge at each of SIZES."""
    edge, tiles, edges = Edge(), {}, {}
    for size in SIZES:
        tiles.update({done.tile: done.data for done in edge.extend(LEAVES[edge.size : size])})
        edges[size] = edge.copy()
    return tiles, edges


def same(one: Edge, other: Edge) -> bool:
    """Return whether two edges hold the same."""
    return (one.size, one.root()) == (other.size, other.root()) and all(
        one.open_tile(level) == other.open_tile(level) for level in range(4)
    )


def test_roots_are_those_of_all_leaves(grown):
    """At every size the root hash is MTH of the leaves, though the edge has forgotten most."""
    _, edges = grown

    assert [size for size, edge in edges.items() if edge.root() != root_of(LEAVES[:size])] == []
    assert [size for size, edge in edges.items() if edge.size != size] == []


@pytest.mark.parametrize("size", SIZES)
def test_an_edge_is_built_again_from_stored_tiles(grown, size):
    """The full tiles and the last leaf hashes suffice, at every size."""
    tiles, edges = grown

    resumed = Edge.resume(size, tiles.__getitem__, LEAVES[size - size % 256 : size])

    assert same(resumed, edges[size])
    resumed.extend(LEAVES[size : size + 300])
    assert resumed.root() == root_of(LEAVES[: size + 300][:COUNT])


def test_completed_and_open_tiles_are_the_trees_tiles(grown):
    """What was handed out full and what is still open are just the tiles that a tree of that size shows."""
    tiles, edges = grown
    edge = edges[COUNT]

    for tile in tiles_between(0, COUNT):
        held = tiles.get(tile) or edge.open_tile(tile.level)
        assert (tile, len(held)) == (tile, tile.width * 32)
    assert set(tiles) == {tile for tile in tiles_between(0, COUNT) if tile.width == 256}
    assert tiles[Tile(0, 3)] == b"".join(LEAVES[768:1024])
    assert tiles[Tile(1, 0)][:32] == root_of(LEAVES[:256])


@given(st.lists(st.integers(0, 400), max_size=8))
def test_the_steps_of_growing_do_not_matter(steps):
    """Leaves that come in groups give the edge that they give one by one."""
    by_groups, at_once = Edge(), Edge()
    for step in steps:
        by_groups.extend(LEAVES[by_groups.size : by_groups.size + step])
    at_once.extend(LEAVES[: sum(steps)])

    assert same(by_groups, at_once)


def test_a_copy_grows_alone():
    """Extending a copy leaves the first edge as it was: a batch that is not committed is dropped."""
    edge = Edge()
    edge.extend(LEAVES[:300])
    before = edge.root()

    edge.copy().extend(LEAVES[300:900])

    assert (edge.size, edge.root()) == (300, before)


@given(st.integers(1, 700), st.data())
def test_a_node_is_known_or_lies_in_a_full_tile(size, data):
    """A complete subtree's hash comes out of the open tiles, or is None where a stored tile has it."""
    level = data.draw(st.integers(0, size.bit_length() - 1))
    index = data.draw(st.integers(0, (size >> level) - 1))
    edge = Edge()
    done = {completed.tile for completed in edge.extend(LEAVES[:size])}

    found = edge.node(Node(level, index))

    stored = Tile(level // 8, index >> (8 - level % 8)) in done
    assert found == (None if stored else root_of(LEAVES[index << level : index + 1 << level]))


def test_a_level_that_does_not_exist_holds_nothing():
    """A young log has one level."""
    assert Edge().node(Node(16, 0)) is None
    assert Edge().open_tile(2) == b""


def test_a_stored_tile_that_is_too_short_is_refused():
    """A tile cut in storage stops the log from starting instead of giving it another root."""
    with pytest.raises(ValueError, match="8192"):
        Edge.resume(256, lambda tile: bytes(255 * 32), [])
