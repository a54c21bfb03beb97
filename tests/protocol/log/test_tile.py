"""Tile paths, which tiles a tree shows, and bundles; the table of spellings is in the golden files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedError
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.proofs import Node, Span
from protocol.log.tile import (
    ENTRIES,
    Tile,
    bundles_between,
    hash_in_tile,
    hashes_of,
    parse_bundle,
    render_bundle,
    tile_of,
    tile_width,
    tiles_between,
)

LEAVES = [leaf_hash(b"entry %d" % leaf) for leaf in range(600)]
levels = st.integers(0, 63) | st.just(ENTRIES)


@given(levels, st.integers(0, 2**55), st.integers(1, 256))
def test_a_tiles_path_is_read_back(level, index, width):
    """Every address has one path, whose groups have three digits each."""
    tile = Tile(level, index, width)

    assert Tile.parse(tile.path()) == tile
    assert tile.full() == Tile(level, index)


@given(st.text(st.sampled_from("tile/enrs0123x.p"), max_size=24))
def test_a_text_that_reads_as_a_path_is_the_tiles_only_path(text):
    """No tile has two paths: each would be another cache entry."""
    try:
        tile = Tile.parse(text)
    except MalformedError:
        return
    assert tile.path() == text


@given(st.integers(0, 200_000), st.integers(0, 70_000))
def test_a_grown_tree_shows_the_tiles_that_changed(old_size, growth):
    """Together with the old tree's, the listed tiles are the new tree's: of each the widest."""
    size = old_size + growth

    def widest(tiles: list[Tile]) -> dict[tuple[int, int], int]:
        return {(tile.level, tile.index): tile.width for tile in tiles}

    new, old = tiles_between(old_size, size), tiles_between(0, old_size)
    assert widest(old) | widest(new) == widest(tiles_between(0, size))
    assert all(tile.width == tile_width(tile.level, tile.index, size) > 0 for tile in new)
    assert set(new).isdisjoint(old)


@given(st.integers(0, 2_000), st.integers(1, 1_000))
def test_bundles_cover_the_new_entries(old_size, growth):
    """Read one after the other they hold every entry from the old size on."""
    size = old_size + growth
    held = [
        leaf
        for bundle in bundles_between(old_size, size)
        for leaf in range(bundle.index * 256, bundle.index * 256 + bundle.width)
    ]

    assert bundles_between(old_size, size)[0].level == ENTRIES
    assert held == list(range(held[0], size))
    assert held[0] <= old_size


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_back(entries):
    """Entries of any length, the empty one too."""
    assert parse_bundle(render_bundle(entries)) == entries


@given(st.binary(max_size=40))
def test_bytes_that_read_as_a_bundle_are_its_only_form(data):
    """Anything else is refused: no entry is cut or made up."""
    try:
        entries = parse_bundle(data)
    except MalformedError:
        return
    assert render_bundle(entries) == data


@pytest.mark.parametrize("length", [0, 1, 31, 33, 257 * 32])
def test_a_tile_of_another_length_is_refused(length):
    """A tile holds 1 to 256 hashes of 32 bytes."""
    with pytest.raises(MalformedError, match="1 to 256"):
        hashes_of(bytes(length))


@given(st.integers(0, 16), st.integers(0, 2**40))
def test_a_complete_subtree_lies_in_one_tile(level, index):
    """The tile and the place of its hashes cover just the leaves of the subtree."""
    tile, span = tile_of(Node(level, index))
    unit = 256**tile.level

    assert (tile.index * 256 + span.start) * unit == index << level
    assert (span.end - span.start) * unit == 1 << level
    assert 0 <= span.start < span.end <= 256


def test_the_hash_of_a_subtree_comes_out_of_its_tile():
    """The hashes of some neighbours fold to their subtree's."""
    data = b"".join(LEAVES[256:512])

    assert hash_in_tile(data, Span(64, 128)) == root_of(LEAVES[320:384])
    assert hash_in_tile(data, Span(0, 256)) == root_of(LEAVES[256:512])
