"""`did:web` follows from an origin and leads back to it, in one spelling."""

import pytest

from protocol.encoding.did_web import did_web, origin_of, parse_web_method, web_method
from protocol.errors import MalformedError


@pytest.mark.parametrize(
    ("origin", "did"),
    [
        ("ledger.tuni.fi/nostra", "did:web:ledger.tuni.fi:nostra"),
        ("ledger.tuni.fi", "did:web:ledger.tuni.fi"),
        ("ledger.tuni.fi:8443/nostra/log", "did:web:ledger.tuni.fi%3A8443:nostra:log"),
    ],
)
def test_an_origin_has_one_identifier(origin, did):
    """There and back, also with a key."""
    assert (did_web(origin), origin_of(did)) == (did, origin)
    assert parse_web_method(web_method(origin, b"\7" * 32)) == (origin, b"\7" * 32)


@pytest.mark.parametrize(
    "did",
    [
        "did:key:z6Mk",
        "did:web:",
        "did:web:Ledger.tuni.fi",
        "did:web:ledger.tuni.fi/nostra",
        "did:web:ledger.tuni.fi%3a8443",
        "did:web:ledger.tuni.fi:index",
    ],
)
def test_what_no_log_is_called_is_refused(did):
    """Another method, another spelling, no origin."""
    with pytest.raises(MalformedError):
        origin_of(did)


@pytest.mark.parametrize("method", ["did:web:ledger.tuni.fi", "did:web:ledger.tuni.fi#key-1"])
def test_a_method_names_its_key(method):
    """A fragment that is no Multikey leads to no key."""
    with pytest.raises(MalformedError):
        parse_web_method(method)
