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

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder()


def encode(value: Any) -> bytes:
    """Return the canonical bytes of a value made of dict, list, str, bool and int.

    Raises:
        MalformedError: The value is outside the subset; the error's `where` is the path to it.
    """
    ascii_names = _check(value, "", 0)
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


def _check(value: Any, where: str, depth: int) -> bool:
    """Check one value and all below it; return whether every member's name is ASCII."""
    kind = type(value)
    if kind is str:
        _check_text(value, where)
        return True
    if kind is bool:
        return True
    if kind is int:
        if abs(value) > jcs.MAX_INTEGER:
            raise MalformedError("integers stay within ±(2^53-1)", where)
        return True
    if depth == MAX_DEPTH and kind in (dict, list, tuple):
        raise MalformedError(f"nested deeper than {MAX_DEPTH}", where)
    if kind is dict:
        return _check_members(value, where, depth)
    if kind is list or kind is tuple:
        return _check_items(value, where, depth)
    raise MalformedError(_why_refused(value), where)


def _check_items(items: list[Any] | tuple[Any, ...], where: str, depth: int) -> bool:
    ascii_names = True
    for position, item in enumerate(items):
        ascii_names &= _check(item, f"{where}[{position}]", depth + 1)
    return ascii_names


def _check_members(members: dict[Any, Any], where: str, depth: int) -> bool:
    ascii_names = True
    for name, item in members.items():
        if type(name) is not str:
            raise MalformedError("every member's name is a string", where)
        _check_text(name, where)
        ascii_names &= name.isascii()
        ascii_names &= _check(item, f"{where}.{name}" if where else name, depth + 1)
    return ascii_names


def _check_text(text: str, where: str) -> None:
    if text.isascii():
        return
    if any("\ud800" <= mark <= "\udfff" for mark in text):
        raise MalformedError("holds a lone surrogate", where)
    if not is_nfc(text):
        raise MalformedError("is not in Unicode form NFC", where)


def _why_refused(value: Any) -> str:
    if value is None:
        return "null is not allowed: leave the member out"
    if isinstance(value, float):
        return 'floats are not allowed: write a decimal as a string, such as "7.5"'
    return f"a {type(value).__name__} has no place in canonical JSON"
