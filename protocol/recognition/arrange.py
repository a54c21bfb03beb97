"""Friendly plain values for builders: forms, files and importers write less, the result is as strict.

`from_plain(value, kind)` first arranges a copy of the value, then builds it: sets are sorted and lose doubles,
strings are trimmed and brought to NFC, and each type fills in what can only mean one thing
(`Strict.completed`: `kind`, `v`, `version`, ids of grounds and conditions, canonical spellings of identifiers).
"""

import unicodedata
from typing import Any, TypeVar

from msgspec import inspect

from protocol.encoding import canonical
from protocol.errors import MalformedError
from protocol.recognition.form import form_of
from protocol.recognition.shape import Strict, build

S = TypeVar("S", bound=Strict)


def from_plain(value: dict[str, Any], kind: type[S]) -> S:
    """Return the typed value of a builder's plain one.

    Raises:
        InadmissibleError: With every problem that is left.
    """
    return build(_arranged(value, form_of(kind)), kind)


def _arranged(value: Any, form: inspect.Type) -> Any:
    match form, value:
        case inspect.Metadata(), _:
            arranged = _arranged(value, form.type)
            return _as_set(arranged) if "set" in (form.extra or {}) and isinstance(arranged, list) else arranged
        case inspect.StructType(), dict():
            return _arranged_members(value, form)
        case inspect.UnionType(), dict():
            return _arranged(value, _chosen(value, form))
        case inspect.VarTupleType(), list() | tuple():
            return [_arranged(member, form.item_type) for member in value]
        case inspect.DictType(), dict():
            return {name: _arranged(member, form.value_type) for name, member in value.items()}
        case _, str():
            return unicodedata.normalize("NFC", value.strip())
        case _:
            return value


def _arranged_members(value: dict[str, Any], form: inspect.StructType) -> dict[str, Any]:
    types = {field.encode_name: field.type for field in form.fields}
    full = form.cls.completed(value) if issubclass(form.cls, Strict) else value
    return {name: _arranged(member, types[name]) if name in types else member for name, member in full.items()}


def _chosen(value: dict[str, Any], form: inspect.UnionType) -> inspect.Type:
    """Return the choice that the value's tag names; any, where it names none (building then tells)."""
    choices = [choice for choice in form.types if isinstance(choice, inspect.StructType)]
    return next((choice for choice in choices if value.get(choice.tag_field or "") == choice.tag), choices[0])


def _as_set(members: list[Any]) -> list[Any]:
    try:
        by_bytes = {canonical.encode(member): member for member in members}
    except MalformedError:
        return members  # building tells what is wrong with the member
    return [by_bytes[key] for key in sorted(by_bytes)]
