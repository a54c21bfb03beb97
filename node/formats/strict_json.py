"""Read foreign JSON within limits, before anything looks inside.

Refused: more than 8 MiB, nesting deeper than 64, more than 100,000 values, a member named twice (two readers would see
two documents), NaN and infinities, numbers that no double holds, lone surrogates, anything but UTF-8. A byte order mark
is skipped, as RFC 8259 section 8.1 allows.
"""

import math
from typing import Any, Final

from protocol.encoding import jcs
from protocol.errors import MalformedError

MAX_BYTES: Final = 8 * 1024 * 1024
"""Largest document that is read: the limit of a request body."""

MAX_DEPTH: Final = jcs.MAX_DEPTH
"""Deepest nesting that is read; European Digital Credentials reach about 20."""

MAX_VALUES: Final = 100_000
"""Most values in one document: the largest credentials have some thousands, the rest of their size is pictures."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

JsonObject = dict[str, Any]


def parse(data: bytes) -> Any:
    """Return the JSON value that the bytes hold.

    Raises:
        MalformedError: It is too large, too deep, or not strict JSON.
    """
    check_size(data)
    value = jcs.decode(data.removeprefix(_BYTE_ORDER_MARK))
    _check_limits(value)
    return value


def check_size(data: bytes) -> None:
    """Raise MalformedError if there are more bytes than are read."""
    if len(data) > MAX_BYTES:
        raise MalformedError(f"the file has {len(data)} bytes; at most {MAX_BYTES} are read")


def string(holder: JsonObject, name: str) -> str:
    """Return a member that has to be a string, exactly as it stands.

    Raises:
        MalformedError: It is absent or something else.
    """
    value = holder.get(name)
    if not isinstance(value, str):
        raise MalformedError("is missing or not a string", name)
    return value


def _check_limits(value: Any) -> None:
    """Walk without recursion: depth is what is being checked."""
    level, count = [value], 1
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level for inner in _check_one(outer)]
        count += len(level)
        if count > MAX_VALUES:
            raise MalformedError(f"holds more than {MAX_VALUES} values")
        if not level:
            return
    raise MalformedError(f"nested deeper than {MAX_DEPTH}")


def _check_one(value: Any) -> list[Any]:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise MalformedError("holds a number beyond what JSON readers keep")
    elif isinstance(value, list):
        return value
    elif isinstance(value, dict):
        for name in value:
            _check_text(name)
        return list(value.values())
    return []


def _check_text(text: str) -> None:
    if not text.isascii() and any("\ud800" <= mark <= "\udfff" for mark in text):
        raise MalformedError("a string holds a lone surrogate")
