"""Uploads to a mirror: cut the same however the bytes arrive, and bounded whoever sends them."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import BadProofError, MalformedError, ProtocolError
from protocol.gossip.add_entries import MAX_PACKAGE_BYTES, RANGE, Package, Upload, subtree_of, verify_package
from protocol.gossip.upload_reader import UploadReader
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.proofs import Span
from protocol.log.tile import MAX_ENTRY_BYTES, TILE_WIDTH
from tests.support.examples import ORIGIN
from tests.vectors.add_entries import ACROSS, ENTRIES, LEAVES, body, package, packages


def cut(data: bytes, piece: int) -> tuple[UploadReader, list[Package]]:
    """Return the reader and the packages of a body that arrives in pieces of a size."""
    reader, found = UploadReader(), []
    for at in range(0, len(data), piece):
        reader.feed(data[at : at + piece])
        while one := reader.package():
            found.append(one)
    return reader, found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 600), st.integers(0, 600), st.binary(max_size=40), st.integers(1, 6000))
def test_an_upload_is_read_and_verified_however_it_is_cut(one, other, ticket, piece):
    """Any range of a log arrives whole, and each package leads to the pending checkpoint's root hash."""
    upload = Upload(ORIGIN, min(one, other), max(one, other), ticket)
    checkpoint = Checkpoint(ORIGIN, upload.end, root_of(LEAVES[: upload.end]))

    reader, found = cut(body(upload), piece)

    assert (reader.head(), reader.complete) == (upload, True)
    assert [each.span for each in found] == list(upload.packages())
    for each in found:
        held = LEAVES[subtree_of(each.span).start : each.span.start]
        assert verify_package(each, held, checkpoint) == tuple(LEAVES[each.span.start : each.span.end])
    assert [entry for each in found for entry in each.entries] == ENTRIES[upload.start : upload.end]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 40))
def test_no_bytes_break_the_reader(data, piece):
    """Anything at all is a whole package, not enough, or refused."""
    try:
        _, found = cut(data, piece)
    except MalformedError:
        return
    assert all(isinstance(each, Package) for each in found)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_changed_upload_brings_no_other_entry(data):
    """With bytes replaced, taken out or put in, whatever package verifies is one of the log's."""
    whole = body(ACROSS)
    at = data.draw(st.integers(0, len(whole)))
    changed = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 3)) :]
    checkpoint = Checkpoint(ORIGIN, 260, root_of(LEAVES[:260]))
    try:
        for each in cut(changed, 7)[1]:
            held = LEAVES[subtree_of(each.span).start : each.span.start]
            verify_package(each, held, checkpoint)
            assert each.entries == tuple(ENTRIES[each.span.start : each.span.end])
    except ProtocolError:
        return


def test_packages_are_parted_where_bundles_are():
    """The first and the last may be parts of a bundle; the subtree begins where the bundle does."""
    spans = list(Upload(ORIGIN, 254, 600).packages())
    assert spans == [Span(254, 256), Span(256, 512), Span(512, 600)]
    assert [subtree_of(span) for span in spans] == [Span(0, 256), Span(256, 512), Span(512, 600)]


def test_an_upload_of_all_there_could_be_costs_nothing_to_begin():
    """The packages of 2^63 − 1 entries are not listed beforehand."""
    reader = UploadReader()
    reader.feed(Upload(ORIGIN, 0, 2**63 - 1).render())
    assert (reader.head(), reader.package(), reader.complete) == (Upload(ORIGIN, 0, 2**63 - 1), None, False)


def test_the_longest_package_is_read():
    """256 entries of 65,535 bytes and 63 hashes, which come in pieces of 64 KiB."""
    longest = Package(Span(0, TILE_WIDTH), (bytes(MAX_ENTRY_BYTES),) * TILE_WIDTH, (bytes(32),) * 63)
    assert len(longest.render()) == MAX_PACKAGE_BYTES
    _, found = cut(Upload(ORIGIN, 0, TILE_WIDTH).render() + longest.render(), 1 << 16)
    assert found == [longest]


def test_what_follows_the_upload_takes_no_memory():
    """A client that goes on sending after the last package is not remembered."""
    tracemalloc.start()
    reader, _ = cut(body(ACROSS) + bytes(8 << 20), 16 << 20)
    for _ in range(64):
        reader.feed(bytes(1 << 20))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1 << 21
    assert (reader.complete, reader.package()) == (True, None)


@pytest.mark.parametrize(("start", "end"), [(6, 5), (-1, 5), (0, 2**63)])
def test_numbers_out_of_order_are_no_upload(start, end):
    """Neither written nor read."""
    with pytest.raises(MalformedError, match="sizes in order"):
        Upload(ORIGIN, start, end)


def test_a_head_that_ends_before_it_begins_is_refused_at_once():
    """The mirror need not wait for the packages to say so."""
    reader = UploadReader()
    reader.feed(Upload(ORIGIN, 0, 5).render().replace(RANGE.pack(0, 5), RANGE.pack(5, 0)))
    with pytest.raises(MalformedError):
        reader.head()


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (LEAVES[:2], "expected the entries"),
        (LEAVES[:4], "expected the entries"),
        ([], "expected the entries"),
        ([*LEAVES[:2], leaf_hash(b"another")], "does not lead"),
    ],
)
def test_a_package_joins_only_what_is_held(held, told):
    """With leaf hashes missing, left over or wrong it does not verify."""
    checkpoint = Checkpoint(ORIGIN, 5, root_of(LEAVES[:5]))
    with pytest.raises(BadProofError, match=told):
        verify_package(package(Span(3, 5), 5), held, checkpoint)


def test_a_package_beyond_the_checkpoint_is_refused():
    """A tree of 500 entries has no entry 511."""
    (_, second, _) = packages(Upload(ORIGIN, 250, 515))
    with pytest.raises(BadProofError):
        verify_package(second, [], Checkpoint(ORIGIN, 500, root_of(LEAVES[:500])))
