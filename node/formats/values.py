"""Take values out of foreign JSON, whichever of its allowed shapes they have.

JSON-LD lets one thing stand for a list of one, a string for a language map, an object for its id. Each function here
takes any JSON value at all and returns one shape; what does not fit is left out, never an error, so that one odd
field does not hide the rest of a document. Text comes back in Unicode form NFC and without surrounding blanks.
"""

import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from node.formats.languages import UNDETERMINED, tag
from node.formats.strict_json import JsonObject

_CONTROLS: Final = {code: None for code in (*range(0x20), 0x7F) if code != ord("\n")}
_ANY_LANGUAGE: Final = frozenset({"@none", "none", ""})


def listed(value: Any) -> list[Any]:
    """Return a list as it is, nothing as an empty list, anything else as a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects(value: Any) -> list[JsonObject]:
    """Return the objects of a value that is one object or a list of them."""
    return [item for item in listed(value) if isinstance(item, dict)]


def first_object(value: Any) -> JsonObject:
    """Return the first object, or an empty one."""
    return next(iter(objects(value)), {})


def text(value: Any) -> str:
    """Return the first text of a value: a string, a number, ``@value``, or an element of a list."""
    for item in listed(value):
        if isinstance(item, str) and (clean := _clean(item)):
            return clean
        if isinstance(item, int | float) and not isinstance(item, bool):
            return decimal(item)
        if isinstance(item, dict) and (inner := item.get("@value")) is not None:
            return text(inner)
    return ""


def _clean(written: str) -> str:
    """Return text in NFC, with ordinary blanks and new lines and no control characters."""
    lines = unicodedata.normalize("NFC", written).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return lines.translate(_CONTROLS).strip()


def texts(value: Any) -> tuple[str, ...]:
    """Return every text of a value that is one string or a list of them."""
    return tuple(found for item in listed(value) if (found := text(item)))


def decimal(value: Any) -> str:
    """Return a number as decimal text without trailing zeros, such as ``7.5``; an empty string if it is none."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value) if 0 <= value <= 10**9 else ""
    if isinstance(value, float):
        return _trim(f"{value:.6f}") if 0 <= value <= 10**9 else ""
    if isinstance(value, str):
        return _decimal_text(value.strip())
    return ""


def _decimal_text(written: str) -> str:
    """Read a decimal that may be written with a comma, as much of Europe does."""
    candidate = written.replace(",", ".")
    whole, point, fraction = candidate.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(candidate) > 16:
        return ""
    if point and not (fraction.isascii() and fraction.isdigit()):
        return ""
    return _trim(f"{int(whole)}.{fraction}")


def _trim(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def by_language(value: Any, default: str = UNDETERMINED) -> dict[str, str]:
    """Return text by language from a string, a language map, ``@value`` objects, or a list of any of them.

    Args:
        value: What the document holds.
        default: The language of strings that state none.
    """
    found: dict[str, str] = {}
    for language, words in _spoken(value, default):
        if words and language not in found:
            found[language] = words
    return found


def _spoken(value: Any, default: str) -> Iterator[tuple[str, str]]:
    for item in listed(value):
        if isinstance(item, str):
            yield default, text(item)
        elif isinstance(item, dict) and "@value" in item:
            yield _language(item.get("@language"), default), text(item["@value"])
        elif isinstance(item, dict):
            for language, words in item.items():
                if isinstance(words, str | list) and (spoken := _language(language, default)):
                    yield spoken, "; ".join(texts(words))


def _language(code: Any, default: str) -> str:
    if not isinstance(code, str) or code in _ANY_LANGUAGE:
        return default
    return tag(code)


def types(value: JsonObject) -> frozenset[str]:
    """Return the types of an object, without any prefix or vocabulary address before the name."""
    names = (*texts(value.get("type")), *texts(value.get("@type")))
    return frozenset(last_part(name) for name in names)


def last_part(name: str) -> str:
    """Return what follows the last ``/``, ``#`` or ``:``."""
    for separator in ("/", "#", ":"):
        name = name.rsplit(separator, 1)[-1]
    return name


def identity(value: Any) -> str:
    """Return the id of an object, or the string that stands for it."""
    for item in listed(value):
        if isinstance(item, str):
            return text(item)
        if isinstance(item, dict):
            return text(item.get("id")) or text(item.get("@id"))
    return ""


def strings(value: Any) -> Iterator[str]:
    """Yield every string below a value, member names excepted."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())
