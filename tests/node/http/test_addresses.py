"""Whose request it is, through proxies, and how little of that is written down."""

import ipaddress

import pytest

from node.http.addresses import client_address, shortened

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128")]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
        ("10.0.0.1", "nonsense, 10.0.0.2", "nonsense"),
        (None, None, "unknown"),
    ],
)
def test_the_header_is_believed_of_trusted_proxies_only(peer, forwarded_for, expected):
    """Seen from the node, the first address that is no proxy of ours is the caller's."""
    assert client_address(peer, forwarded_for, PROXIES) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("nonsense", "unknown"),
        ("unknown", "unknown"),
    ],
)
def test_only_the_network_is_kept(address, expected):
    """An address is shortened; what is none becomes one word."""
    assert shortened(address) == expected
