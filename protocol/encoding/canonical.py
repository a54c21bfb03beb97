"""Canonical JSON of our own formats: the strict subset of RFC 8785 that is signed and hashed.

Rules (`docs/formats/bytes.md`):

- UTF-8 without byte order mark, no newline or blank outside strings, strings in Unicode form NFC;
- members ordered by their names' UTF-16 code units, strings escaped as RFC 8785 section 3.2.2.2 says;
- objects, arrays, strings, booleans and integers within ±(2^53 − 1). No floats, no null: what is absent is omitted;
- no duplicate names, no lone surrogates, at most 32 levels of nesting.

`encode` writes it. `decode` takes exactly the bytes that `encode` would write, and nothing else, so one value has one
spelling. Example: ``{"kind":"institution","v":1}``.
"""

from typing import Any, Final

import msgspec

from protocol.encoding import jcs
from protocol.encoding.nfc import is_nfc
from protocol.errors import MalformedError

MAX_DEPTH: Final = 32
"""Nesting allowed in our own documents."""

_MOST_SHOWN: Final = 60
"""Characters of a member's name in a path."""

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder()


class _RefusedError(Exception):
    """A value outside the subset, with the way to it from the inside out: written down only where it is needed."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.way: list[str] = []

    def where(self) -> str:
        """Return the path, such as ``effect.credits[0]``."""
        return "".join(reversed(self.way)).removeprefix(".")


def encode(value: Any) -> bytes:
    """Return the canonical bytes of a value made of dict, list, str, bool and int.

    Raises:
        MalformedError: The value is outside the subset; the error's `where` is the path to it.
    """
    try:
        ascii_names = _check(value, 0)
    except _RefusedError as refused:
        raise MalformedError(refused.what, refused.where()) from None
    # msgspec sorts names by UTF-8 bytes: the same as UTF-16 order as long as every name is ASCII.
    return _ENCODER.encode(value) if ascii_names else jcs.encode(value)


def decode(data: bytes) -> Any:
    """Read canonical bytes.

    Raises:
        MalformedError: They are not JSON, or not in their canonical form.
    """
    try:
        value = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"not JSON: {error}") from None
    # Duplicate names, blanks, other escapes and other orders all vanish when the value is written again.
    if encode(value) != data:
        jcs.decode(data)  # names a duplicate member, if that is what is wrong
        raise MalformedError("not in canonical form (RFC 8785): sort the members and write no blanks")
    return value


def _check(value: Any, depth: int) -> bool:
    """Check one value and all below it; return whether every member's name is ASCII."""
    kind = type(value)
    if kind is str:
        _check_text(value)
        return True
    if kind is bool:
        return True
    if kind is int:
        if abs(value) > jcs.MAX_INTEGER:
            raise _RefusedError("integers stay within ±(2^53-1)")
        return True
    if depth == MAX_DEPTH and kind in (dict, list, tuple):
        raise _RefusedError(f"nested deeper than {MAX_DEPTH}")
    if kind is dict:
        return _check_members(value, depth)
    if kind is list or kind is tuple:
        return _check_items(value, depth)
    raise _RefusedError(_why_refused(value))


def _check_items(items: list[Any] | tuple[Any, ...], depth: int) -> bool:
    ascii_names, position = True, 0
    try:
        for position, item in enumerate(items):  # noqa: B007 - told where an item is refused
            ascii_names &= _check(item, depth + 1)
    except _RefusedError as refused:
        refused.way.append(f"[{position}]")
        raise
    return ascii_names


def _check_members(members: dict[Any, Any], depth: int) -> bool:
    ascii_names, name = True, ""
    for name in members:
        if type(name) is not str:
            raise _RefusedError("every member's name is a string")
        _check_text(name)
        ascii_names &= name.isascii()
    try:
        for name, item in members.items():  # noqa: B007 - told where an item is refused
            ascii_names &= _check(item, depth + 1)
    except _RefusedError as refused:
        refused.way.append(f".{name[:_MOST_SHOWN]}")
        raise
    return ascii_names


def _check_text(text: str) -> None:
    if text.isascii():
        return
    if any("\ud800" <= mark <= "\udfff" for mark in text):
        raise _RefusedError("holds a lone surrogate")
    if not is_nfc(text):
        raise _RefusedError("is not in Unicode form NFC")


def _why_refused(value: Any) -> str:
    if value is None:
        return "null is not allowed: leave the member out"
    if isinstance(value, float):
        return 'floats are not allowed: write a decimal as a string, such as "7.5"'
    return f"a {type(value).__name__} has no place in canonical JSON"
