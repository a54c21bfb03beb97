"""Requests to a witness: whatever is read is written back the same, and nothing else is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.note import MAX_NOTE_BYTES
from protocol.errors import MalformedError
from protocol.gossip.add_checkpoint import MAX_HEAD_BYTES, MAX_REQUEST_BYTES, AddCheckpoint
from protocol.log.merkle import MAX_PROOF_HASHES
from tests.vectors.add_checkpoint import USUAL

SIZES = st.integers(0, 2**63 - 1)
HASHES = st.binary(min_size=32, max_size=32)


@given(SIZES, st.lists(HASHES, max_size=MAX_PROOF_HASHES), st.binary(max_size=200))
def test_what_is_written_is_read(old_size, proof, note):
    """A request of any parts comes back as it was, whatever bytes stand where the note should."""
    request = AddCheckpoint(old_size, tuple(proof), note)
    assert AddCheckpoint.parse(request.render()) == request


@given(st.data())
def test_what_is_read_has_one_spelling(data):
    """A request with some bytes replaced, taken out or put in is refused, or is written back as it came."""
    at = data.draw(st.integers(0, len(USUAL)))
    changed = USUAL[:at] + data.draw(st.binary(max_size=3)) + USUAL[at + data.draw(st.integers(0, 3)) :]
    try:
        request = AddCheckpoint.parse(changed)
    except MalformedError:
        return
    assert request.render() == changed


def test_the_longest_request_is_read_and_a_longer_one_not():
    """The bound on a body is what the longest head and note come to."""
    longest = AddCheckpoint(2**63 - 1, (bytes(32),) * MAX_PROOF_HASHES, b"x" * MAX_NOTE_BYTES)
    data = longest.render()
    assert (len(data), data.index(b"x")) == (MAX_REQUEST_BYTES, MAX_HEAD_BYTES)
    assert AddCheckpoint.parse(data) == longest
    with pytest.raises(MalformedError, match="expected an old size"):
        AddCheckpoint.parse(data + b"x")


def test_an_empty_tree_with_a_root_is_stated_and_not_malformed():
    """A witness answers that with 422, so it has to be able to read it."""
    text = "\n".join(["ledger.example.org", "0", "A" * 43 + "=", "", "\u2014 ledger.example.org AAAAAAAA", ""])
    checkpoint, _ = AddCheckpoint(0, (), text.encode()).stated()
    assert (checkpoint.size, checkpoint.root) == (0, bytes(32))
