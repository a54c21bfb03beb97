"""What a node answers to a lookup proves something about one key, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import errors
from protocol.errors import MalformedError
from protocol.gossip.index_lookup import IndexLookup
from tests.support.examples import LOG
from tests.vectors.index_lookup import PROVED, REFUSED, USUAL

KEYS = [LOG.verifier]
DATA = USUAL.render()


@pytest.mark.parametrize("name", PROVED)
def test_what_the_log_signed_is_proved(name):
    """The head that it signed comes back, and the answer is written back the same."""
    _, key, data = PROVED[name]
    lookup = IndexLookup.parse(data)
    assert lookup.verify(key, KEYS).size == 100
    assert lookup.render() == data


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_refused(name):
    """By the error that its case names."""
    _, key, data, error = REFUSED[name]
    with pytest.raises(getattr(errors, error)):
        IndexLookup.parse(data).verify(key, [] if name == "unknown-log" else KEYS)


@given(st.data())
def test_what_is_read_has_one_spelling(data):
    """An answer with some bytes replaced, taken out or put in is refused, or is written back as it came."""
    at = data.draw(st.integers(0, len(DATA)))
    changed = DATA[:at] + data.draw(st.binary(max_size=3)) + DATA[at + data.draw(st.integers(0, 3)) :]
    try:
        lookup = IndexLookup.parse(changed)
    except MalformedError:
        return
    assert lookup.render() == changed
