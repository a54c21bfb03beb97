"""Friendly plain values for builders: forms, files and importers write less, the result is as strict.

`from_plain(value, kind)` takes what a builder writes. Strings are trimmed and brought to NFC; each type fills in what
can only mean one thing (`Strict.completed`: `kind`, `v`, `version`, ids of grounds and conditions, canonical
spellings of identifiers); then sets are sorted and lose doubles. Problems name places in the builder's own order.
"""

from contextlib import suppress
from typing import Any, TypeVar

from msgspec import inspect

from protocol.encoding.nfc import nfc
from protocol.errors import MalformedError
from protocol.recognition.form import chosen, form_of
from protocol.recognition.sets import with_sorted_sets
from protocol.recognition.shape import Strict, build, build_unordered

S = TypeVar("S", bound=Strict)


def from_plain(value: object, kind: type[S]) -> S:
    """Return the typed value of a builder's plain one.

    Raises:
        InadmissibleError: With every problem that is left.
    """
    filled = _filled(value, form_of(kind))
    build_unordered(filled, kind)
    return build(with_sorted_sets(filled, kind), kind)


def _filled(value: Any, form: inspect.Type) -> Any:
    match form, value:
        case inspect.Metadata(), _:
            return value if "foreign" in (form.extra or {}) else _filled(value, form.type)
        case inspect.StructType(), dict():
            types = {field.encode_name: field.type for field in form.fields}
            full = form.cls.completed(value) if issubclass(form.cls, Strict) else value
            return {name: _filled(member, types[name]) if name in types else member for name, member in full.items()}
        case inspect.UnionType(), dict():
            return _filled(value, chosen(value, form))
        case inspect.VarTupleType(), list() | tuple():
            return [_filled(member, form.item_type) for member in value]
        case inspect.DictType(), dict():
            return {name: _filled(member, form.value_type) for name, member in value.items()}
        case _, str():
            return _trimmed(value)
        case _:
            return value


def _trimmed(text: str) -> str:
    """Return the text trimmed and in NFC; one that can't be brought to it as it is, for the checks to tell."""
    trimmed = text.strip()
    with suppress(MalformedError):
        return nfc(trimmed)
    return trimmed
