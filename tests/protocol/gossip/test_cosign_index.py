"""Requests to an index cosigner: whatever is read is written back the same, and nothing else is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedError
from protocol.gossip.cosign_index import CosignIndex
from tests.vectors.cosign_index import READ, REFUSED, USUAL


@pytest.mark.parametrize("name", READ)
def test_what_is_written_is_read(name):
    """A request comes back with the parts that it was made of, and as the same bytes."""
    request = READ[name][1]
    assert CosignIndex.parse(request.render()) == request


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_is_refused(name):
    """Nothing of it is read."""
    with pytest.raises(MalformedError):
        CosignIndex.parse(REFUSED[name][1])


@given(st.data())
def test_what_is_read_has_one_spelling(data):
    """A request with some bytes replaced, taken out or put in is refused, or is written back as it came."""
    at = data.draw(st.integers(0, len(USUAL)))
    changed = USUAL[:at] + data.draw(st.binary(max_size=3)) + USUAL[at + data.draw(st.integers(0, 3)) :]
    try:
        request = CosignIndex.parse(changed)
    except MalformedError:
        return
    assert request.render() == changed
