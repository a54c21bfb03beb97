"""Bytes and Ed25519 keys as Verifiable Credentials write them: one spelling each, read back whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.keys import Signer
from protocol.encoding.multibase import (
    did_key,
    method_of,
    multibase,
    multibase_bytes,
    multikey,
    parse_method,
    parse_multikey,
)
from protocol.errors import MalformedError
from tests.support.examples import seed

KEY = Signer("assertion", seed("assertion key")).verifier.public_key
P256 = "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"


@given(st.binary(min_size=1, max_size=64))
def test_multibase_text_reads_back(data):
    """Leading zeros are kept."""
    assert multibase_bytes(multibase(data)) == data


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"Hello World!", "z2NEpo7TZRRrLZSi2U"), (b"\x00\x00\x28\x7f\xb4\xcd", "z11233QC4"), (b"\x00", "z1")],
)
def test_the_examples_of_the_base58_draft(data, text):
    """Any other implementation writes the same."""
    assert multibase(data) == text


@pytest.mark.parametrize("text", ["", "z", "u7f", "z0", "zO", "zI", "zl", "z+", "z²", "z" + "2" * 200])
def test_what_is_no_base58_is_refused(text):
    """Another base, a digit that base58 leaves out, nothing, and what would cost too long to read."""
    with pytest.raises(MalformedError, match="is not base58btc multibase"):
        multibase_bytes(text)


def test_a_key_reads_back_from_each_of_its_forms():
    """Multikey, did:key, and the name of a key within it."""
    assert parse_multikey(multikey(KEY)) == KEY
    assert parse_method(did_key(KEY)) == parse_method(method_of(KEY)) == KEY


@pytest.mark.parametrize(
    "text", [P256, multikey(KEY)[:-1], multikey(KEY) + "1", "y" + multikey(KEY)[1:], "", "z1" * 24]
)
def test_what_is_no_ed25519_key_is_refused(text):
    """Another kind of key, another length, another base."""
    with pytest.raises(MalformedError, match="is not an Ed25519 Multikey"):
        parse_multikey(text)


@pytest.mark.parametrize(
    ("method", "why"),
    [
        ("did:web:tuni.fi#key-1", "only did:key holds its key"),
        (f"{did_key(KEY)}#{P256}", "its fragment names another"),
        (f"did:key:{P256}", "is not an Ed25519 Multikey"),
        (f"{did_key(KEY)}#{multikey(KEY)}#", "its fragment names another"),
    ],
)
def test_a_method_that_does_not_hold_its_key_is_refused(method, why):
    """Nothing is fetched, and no key has two names."""
    with pytest.raises(MalformedError, match=why):
        parse_method(method)
