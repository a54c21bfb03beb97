"""The caller's address, through proxies that are trusted, and shortened before it is written anywhere."""

import ipaddress
from collections.abc import Sequence

from node.config.readers import Network

UNKNOWN = "unknown"
KEPT_BITS = {4: 24, 6: 48}


def client_address(peer: str | None, forwarded_for: str | None, proxies: Sequence[Network]) -> str:
    """Return the address of the caller.

    Args:
        peer: The other end of the connection.
        forwarded_for: The header `X-Forwarded-For`: each proxy adds at its end whom it saw.
        proxies: Whose header is believed. The last address that isn't such a proxy is the caller's.
    """
    seen = [part.strip() for part in (forwarded_for or "").split(",") if part.strip()]
    address = peer or UNKNOWN
    while seen and _is_among(address, proxies):
        address = seen.pop()
    return address


def shortened(address: str) -> str:
    """Return the network of an address (IPv4: 24 bits, IPv6: 48): enough to see a flood, too little for a person."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return UNKNOWN
    return str(ipaddress.ip_network((parsed, KEPT_BITS[parsed.version]), strict=False))


def _is_among(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
