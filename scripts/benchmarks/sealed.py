"""Sealed entries of random values: to the log, indistinguishable from real awards and decisions."""

import base64
import os
from collections.abc import Iterator

MEDIA_TYPE = "application/octet-stream"

VALUE_BYTES = 32


def sealed_entry() -> bytes:
    """Return a sealed entry in canonical JSON; its tag is as good as unique."""
    drawn = os.urandom(3 * VALUE_BYTES)
    document, statement, tag = (_text(drawn[at : at + VALUE_BYTES]) for at in range(0, len(drawn), VALUE_BYTES))
    return b'{"document":"%b","kind":"sealed","statement":"%b","tag":"%b","v":1}' % (document, statement, tag)


def bundles(entries: int, width: int) -> Iterator[bytes]:
    """Yield entry bundles (each entry behind its length in two bytes) until so many entries were given."""
    for start in range(0, entries, width):
        fresh = (sealed_entry() for _ in range(start, min(start + width, entries)))
        yield b"".join([len(entry).to_bytes(2, "big") + entry for entry in fresh])


def _text(value: bytes) -> bytes:
    """Return 32 bytes as the 43 characters of unpadded base64url."""
    return base64.urlsafe_b64encode(value)[:-1]
