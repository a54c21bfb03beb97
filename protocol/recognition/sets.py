"""Arrays that are sets: sorted by their members' canonical bytes, each member once.

A type marks such an array by ``set`` in `msgspec.Meta.extra`. Both functions take a value whose form is right, beside
its type: `set_problems` tells where the order is not kept, `with_sorted_sets` puts it right.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import inspect

from protocol.encoding import canonical
from protocol.recognition.form import chosen, form_of
from protocol.recognition.problems import Problem, below


def set_problems(value: object, kind: Any) -> Iterator[Problem]:
    """Tell every set of a value that is out of order or holds a member twice."""
    return _problems(value, form_of(kind), "")


def with_sorted_sets(value: Any, kind: Any) -> Any:
    """Return the value with every set in order and without doubles."""
    return _sorted(value, form_of(kind))


def _is_set(form: inspect.Metadata) -> bool:
    return "set" in (form.extra or {})


def _problems(value: Any, form: inspect.Type, where: str) -> Iterator[Problem]:
    match form:
        case inspect.Metadata():
            yield from _problems(value, form.type, where)
            yield from _order_problems(value, where) if _is_set(form) else ()
        case inspect.StructType():
            for field in form.fields:
                if field.encode_name in value:
                    yield from _problems(value[field.encode_name], field.type, below(where, field.encode_name))
        case inspect.UnionType():
            yield from _problems(value, chosen(value, form), where)
        case inspect.VarTupleType():
            for position, member in enumerate(value):
                yield from _problems(member, form.item_type, f"{where}[{position}]")
        case _:
            return


def _order_problems(members: list[Any], where: str) -> Iterator[Problem]:
    keys = [canonical.encode(member) for member in members]
    for position in range(1, len(keys)):
        if keys[position - 1] == keys[position]:
            yield Problem(f"{where}[{position}]", "stands twice: a set holds each member once")
        elif keys[position - 1] > keys[position]:
            yield Problem(f"{where}[{position}]", "is out of order: sort a set by its members' canonical bytes")


def _sorted(value: Any, form: inspect.Type) -> Any:
    match form:
        case inspect.Metadata():
            inner = _sorted(value, form.type)
            return _in_order(inner) if _is_set(form) else inner
        case inspect.StructType():
            types = {field.encode_name: field.type for field in form.fields}
            return {name: _sorted(member, types[name]) if name in types else member for name, member in value.items()}
        case inspect.UnionType():
            return _sorted(value, chosen(value, form))
        case inspect.VarTupleType():
            return [_sorted(member, form.item_type) for member in value]
        case _:
            return value


def _in_order(members: list[Any]) -> list[Any]:
    by_bytes = {canonical.encode(member): member for member in members}
    return [by_bytes[key] for key in sorted(by_bytes)]
