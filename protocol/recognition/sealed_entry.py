"""The one opaque kind: ``{"document":D,"kind":"sealed","statement":S,"tag":T,"v":1}``.

D, S and T are 32-byte values as 43 characters of base64url, trailing bits zero. What they are made of is
`protocol.recognition.sealed`'s matter; here are only the bytes. Nearly every entry of a log is of this kind and has
`SEALED_BYTES` bytes, so it is read by one pattern instead of the JSON reader; a property test holds the two equal.
"""

import binascii
import re
from collections.abc import Sequence
from typing import ClassVar, Final, Literal

from protocol.encoding.wire import HASH_BYTES
from protocol.recognition.scalars import Hash
from protocol.recognition.shape import Strict

SEALED_BYTES: Final = 190
"""Length of every sealed entry."""

_HASH: Final = rb"([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])"
_SEALED: Final = re.compile(
    rb'\{"document":"%b","kind":"sealed","statement":"%b","tag":"%b","v":1\}' % (_HASH, _HASH, _HASH)
)


class Sealed(Strict, frozen=True, kw_only=True, tag_field="kind", tag="sealed"):
    """An award, a change of its status or a decision; to whoever holds no key, noise."""

    kind: ClassVar[str] = "sealed"
    v: Literal[1] = 1
    document: Hash
    statement: Hash
    tag: Hash

    def render(self) -> bytes:
        """Return the canonical bytes; the three values must be well formed."""
        return (
            f'{{"document":"{self.document}","kind":"sealed","statement":"{self.statement}","tag":"{self.tag}","v":1}}'
        ).encode("ascii")


def parse_sealed(data: bytes) -> Sealed | None:
    """Return the sealed entry that these are the canonical bytes of, or None."""
    match = _SEALED.fullmatch(data)
    if match is None:
        return None
    document, statement, tag = match.groups()
    return Sealed(document=document.decode("ascii"), statement=statement.decode("ascii"), tag=tag.decode("ascii"))


def tag_of_sealed(data: bytes) -> str | None:
    """Return the tag of a sealed entry's canonical bytes, or None: the sequencer needs no more."""
    match = _SEALED.fullmatch(data)
    return None if match is None else match[3].decode("ascii")


_FRAME: Final = SEALED_BYTES.to_bytes(2, "big")
_FRAMED: Final = re.compile(re.escape(_FRAME) + _SEALED.pattern, re.DOTALL)
_ENTRY: Final = b'{"document":"%b","kind":"sealed","statement":"%b","tag":"%b","v":1}'
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_WORD: Final = 44
"""Characters of 33 bytes in base64: a value and the zero byte that pads it, so that many convert in one go."""


def tags_of_bundle(data: bytes) -> list[bytes] | None:
    """Return the tags, 32 bytes each, of an entry bundle of nothing but sealed entries; None for any other bytes.

    One pass of the pattern over the whole bundle: entry i begins at byte i · (SEALED_BYTES + 2) + 2.
    """
    found = _matches(data)
    return None if found is None else _decode([tag for _, _, tag in found])


def values_of_bundle(data: bytes) -> list[bytes] | None:
    """Return document, statement and tag of each entry of a bundle of nothing but sealed entries, else None."""
    found = _matches(data)
    return None if found is None else _decode([word for words in found for word in words])


def bundle_of_values(values: Sequence[bytes]) -> bytes:
    """Return the entry bundle of sealed entries whose documents, statements and tags these are, in turn."""
    text = binascii.b2a_base64(b"\0".join(values) + b"\0", newline=False).translate(_TO_URL)
    words = [text[at : at + _WORD - 1] for at in range(0, len(text), _WORD)]
    return b"".join([_FRAME + _ENTRY % tuple(words[at : at + 3]) for at in range(0, len(words), 3)])


def _matches(data: bytes) -> list[tuple[bytes, bytes, bytes]] | None:
    found = _FRAMED.findall(data)
    return found if found and len(found) * (SEALED_BYTES + 2) == len(data) else None


def _decode(words: list[bytes]) -> list[bytes]:
    raw = binascii.a2b_base64((b"A".join(words) + b"A").translate(_TO_STANDARD))
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES + 1)]
