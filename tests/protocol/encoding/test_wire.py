"""Properties of the strict readers; the table of spellings is in the golden files."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import wire
from protocol.errors import MalformedError


@given(st.binary(min_size=32, max_size=32))
def test_a_hash_has_one_spelling_in_each_alphabet(value):
    """What is written is read back, and is what the standard library writes."""
    assert wire.parse_b64url32(wire.b64url(value)) == value
    assert wire.parse_b64_hash(wire.b64(value)) == value
    assert wire.b64url(value) == base64.urlsafe_b64encode(value).decode()[:-1]


@given(st.text(st.sampled_from("AQgw09+/-_=\n "), min_size=40, max_size=46))
def test_a_text_that_reads_as_a_hash_is_its_only_spelling(text):
    """Nothing else than what would be written is read."""
    for read, write in (
        (wire.parse_b64url32, wire.b64url),
        (wire.parse_b64_hash, wire.b64),
        (wire.parse_b64, wire.b64),
    ):
        try:
            value = read(text)
        except MalformedError:
            continue
        assert write(value) == text


@given(st.integers(0, 2**63 - 1))
def test_a_number_is_read_as_it_is_printed(value):
    """Every size and index up to 2^63-1."""
    assert wire.parse_decimal(str(value)) == value


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_of_another_length_is_refused_with_its_place(length):
    """The error says where the hash stands and how long it is."""
    with pytest.raises(MalformedError, match=f"proof, hash 2: .* {length}"):
        wire.parse_b64_hash(wire.b64(bytes(length)), "proof, hash 2")
