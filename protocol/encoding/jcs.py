r"""Full JSON Canonicalization Scheme (RFC 8785), for documents that others wrote.

Our own formats use `protocol.encoding.canonical`, which is stricter. Here floats, null and any key are allowed:

- section 3.2.2.1 literals; 3.2.2.2 strings: only ``"``, ``\`` and control characters are escaped, the short
  forms where they exist, else ``\u00xx`` in lower case;
- section 3.2.2.3 numbers: as ECMAScript's ``Number::toString`` prints an IEEE 754 double;
- section 3.2.3: members are ordered by their names' UTF-16 code units.

Refused: NaN, infinities, lone surrogates, integers that a double does not hold exactly as written (beyond 2^53 − 1),
duplicate names on reading.
"""

import json
import math
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from protocol.errors import MalformedError

MAX_INTEGER: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 7493 section 2.2)."""

MAX_DEPTH: Final = 64
"""Nesting allowed in a foreign document."""


def encode(value: Any) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value.

    Raises:
        MalformedError: The value has no canonical form.
    """
    pieces: list[str] = []
    _write(value, pieces, 0)
    try:
        return "".join(pieces).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("a string holds a lone surrogate") from None


def decode(data: bytes) -> Any:
    """Read any JSON document, refusing duplicate names, lone surrogates and what JSON does not allow.

    Raises:
        MalformedError: It is not JSON in UTF-8, or an object names a member twice.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
        if b"\\ud" in data.lower():
            _refuse_surrogates(value)
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8 text") from None
    except RecursionError:
        raise MalformedError(f"nested deeper than {MAX_DEPTH}") from None
    except json.JSONDecodeError as error:
        raise MalformedError(f"not JSON: {error.msg}", f"line {error.lineno}, column {error.colno}") from None
    except ValueError as error:
        if isinstance(error, MalformedError):
            raise
        raise MalformedError("holds a number too long to read") from None
    return value


def _unique_members(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise MalformedError(f"the member '{name[:40]}' stands twice in one object")
        members[name] = value
    return members


def _refuse_surrogates(value: Any) -> None:
    """Raise MalformedError if a string holds half of a pair; only an escape can bring one in."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("a string holds a lone surrogate") from None


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedError(f"{name} is not JSON")


def _write(value: Any, pieces: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MalformedError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        pieces.append(_string(value))
    elif value is None or isinstance(value, bool):
        pieces.append({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, int):
        pieces.append(_integer(value))
    elif isinstance(value, float):
        pieces.append(number(value))
    elif isinstance(value, list | tuple):
        _write_array(value, pieces, depth)
    elif isinstance(value, dict):
        _write_object(value, pieces, depth)
    else:
        raise MalformedError(f"a {type(value).__name__} has no place in JSON")


def _write_array(items: Iterable[Any], pieces: list[str], depth: int) -> None:
    pieces.append("[")
    for position, item in enumerate(items):
        if position:
            pieces.append(",")
        _write(item, pieces, depth + 1)
    pieces.append("]")


def _write_object(members: dict[Any, Any], pieces: list[str], depth: int) -> None:
    if not all(isinstance(name, str) for name in members):
        raise MalformedError("every member's name is a string")
    pieces.append("{")
    for position, name in enumerate(sorted(members, key=_utf16)):
        pieces.append("," if position else "")
        pieces.append(_string(name))
        pieces.append(":")
        _write(members[name], pieces, depth + 1)
    pieces.append("}")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


_SHORT_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES: Final = {code: _SHORT_ESCAPES.get(chr(code), f"\\u{code:04x}") for code in range(0x20)} | {
    ord(mark): escape for mark, escape in _SHORT_ESCAPES.items()
}


def _string(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _integer(value: int) -> str:
    if abs(value) > MAX_INTEGER:
        raise MalformedError("holds an integer beyond ±(2^53-1)")  # untold: it may be somebody's number
    return str(value)


def number(value: float) -> str:
    """Return a double as ECMAScript prints it (ECMA-262, Number::toString, radix 10).

    `repr` gives the shortest digits that read back to the same double, as ECMAScript asks; only
    the place where the exponent form begins and its spelling differ.
    """
    if not math.isfinite(value):
        raise MalformedError("NaN and infinities are not JSON")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, exponent = _shortest_digits(abs(value))
    return sign + _place_point(digits, exponent)


def _shortest_digits(value: float) -> tuple[str, int]:
    """Return (digits, n) such that value = 0.digits × 10^n."""
    mantissa, _, exponent_text = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    exponent = int(exponent_text or 0) + len(whole)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    exponent -= len(digits) - len(stripped)
    return stripped.rstrip("0"), exponent


def _place_point(digits: str, exponent: int) -> str:
    count = len(digits)
    if count <= exponent <= 21:
        return digits + "0" * (exponent - count)
    if 0 < exponent <= 21:
        return f"{digits[:exponent]}.{digits[exponent:]}"
    if -6 < exponent <= 0:
        return "0." + "0" * -exponent + digits
    fraction = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{fraction}e{exponent - 1:+d}"
