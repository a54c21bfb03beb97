"""Search bytes for what must not be in them, however it may be written there."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import quote

LONG_ENOUGH = 9
"""Characters from which a text in base64 or hexadecimal digits is long enough to stand nowhere by chance."""


def spellings(value: str | bytes) -> set[bytes]:
    """Return how a text, or a secret of 32 bytes, can stand in bytes: as it is, escaped, encoded."""
    if isinstance(value, bytes):
        return {value, value.hex().encode(), b64encode(value).rstrip(b"="), urlsafe_b64encode(value).rstrip(b"=")}
    utf8 = value.encode()
    found = {utf8, value.encode("utf-16-le"), json.dumps(value)[1:-1].encode(), quote(value).encode()}
    return found | ({utf8.hex().encode(), *_in_base64(utf8)} if len(utf8) >= LONG_ENOUGH else set())


def _in_base64(data: bytes) -> Iterable[bytes]:
    """Give the characters that are the same wherever in a longer encoded text the data begins."""
    for before in range(3):
        encoded = b64encode(bytes(before) + data + bytes(3))
        yield encoded[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]


def found_in(data: bytes, needles: Mapping[str, str | bytes]) -> set[str]:
    """Return the names of those needles that stand somewhere in the data, in any spelling."""
    return {name for name, value in needles.items() if any(spelling in data for spelling in spellings(value))}
