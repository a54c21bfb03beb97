"""A mirror's answer while it lacks entries; the table of cases is in the golden files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedError
from protocol.gossip.mirror_info import MAX_INFO_BYTES, MAX_TICKET_BYTES, MirrorInfo

SIZES = st.integers(0, 2**63 - 1)


@given(SIZES, SIZES, st.binary(max_size=80))
def test_what_is_written_is_read(size, next_entry, ticket):
    """Any numbers and any ticket."""
    info = MirrorInfo(size, next_entry, ticket)
    assert MirrorInfo.parse(info.render()) == info


@given(st.binary(max_size=60))
def test_what_is_read_has_one_spelling(body):
    """Bytes are refused, or written back as they came."""
    try:
        info = MirrorInfo.parse(body)
    except MalformedError:
        return
    assert info.render() == body


def test_a_ticket_has_to_fit_the_request_it_is_sent_back_in():
    """65,535 bytes do, one more does not; a longer body is not looked at."""
    longest = MirrorInfo(2**63 - 1, 2**63 - 1, bytes(MAX_TICKET_BYTES))
    assert len(longest.render()) <= MAX_INFO_BYTES
    assert MirrorInfo.parse(longest.render()) == longest
    for length in (MAX_TICKET_BYTES + 1, 1 << 20):
        with pytest.raises(MalformedError):
            MirrorInfo.parse(MirrorInfo(0, 0, bytes(length)).render())
