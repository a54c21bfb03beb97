"""Take values out of foreign JSON, whichever of its allowed shapes they have.

JSON-LD lets one thing stand for a list of one, a string for a language map, an object for its id. Each function here
takes any JSON value at all and returns one shape; what does not fit is left out, never an error, so that one odd
field does not hide the rest of a document. Text comes back as entries may hold it: in Unicode form NFC, without
surrounding blanks, without control characters or marks that turn the writing.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from node.formats.languages import UNDETERMINED, tag
from node.formats.strict_json import JsonObject
from protocol.encoding.nfc import nfc
from protocol.errors import MalformedError
from protocol.recognition.scalars import CONTROLS

MOST_LANGUAGES: Final = 100
"""Languages of one text that are read; the European Union has 24."""

_LINE_ENDS: Final = {"\r": "\n", "\u2028": "\n", "\u2029": "\n", "\t": " "}
_LINES: Final = str.maketrans(_LINE_ENDS)
_ANY_LANGUAGE: Final = frozenset({"@none", "none", ""})


_OBJECT_MEMBERS: Final = frozenset({"id", "type"})
"""Members of an object with a type; elsewhere ``id`` is Indonesian."""

_THOUSANDS: Final = re.compile(r"[0-9]+,[0-9]{3}")


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
    return next((item for item in listed(value) if isinstance(item, dict)), {})


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
    """Return text in NFC, with ordinary blanks and new lines and no control characters; nothing where it has no NFC."""
    lines = written.replace("\r\n", "\n").translate(_LINES)
    try:
        return nfc(CONTROLS.sub("", lines).strip())
    except MalformedError:
        return ""


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
    """Read a decimal that may be written with a comma, as much of Europe does.

    ``1,500`` is a thousand and a half in one country and one and a half in the next, so it is not read at all.
    """
    if _THOUSANDS.fullmatch(written):
        return ""
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
        if words and language and language not in found:
            found[language] = words
        if len(found) == MOST_LANGUAGES:
            break
    return found


def _spoken(value: Any, default: str) -> Iterator[tuple[str, str]]:
    for item in listed(value):
        if isinstance(item, str):
            yield default, text(item)
        elif isinstance(item, dict) and "@value" in item:
            yield _language(item.get("@language"), default) or default, text(item["@value"])
        elif isinstance(item, dict):
            object_members = _OBJECT_MEMBERS if "type" in item or "@type" in item else frozenset()
            for language, words in item.items():
                if isinstance(words, str | list) and language not in object_members:
                    yield _language(language, default), "; ".join(texts(words))


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


def strings(value: Any, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield every string below a value, member names excepted, and what stands under the members named."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(inner for name, inner in item.items() if name not in without)
