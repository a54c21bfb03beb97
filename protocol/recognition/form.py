"""Every fault of form in a plain JSON value, told in one pass beside its type.

The schema is the msgspec types themselves. msgspec stops at the first fault, in words for programmers;
`form_problems` walks the value beside the type and tells all faults in words that mend. A value without a problem
converts (held by a property test).

A type may carry in `msgspec.Meta.extra` ``check``, a function of its value that raises MalformedError, or ``foreign``,
the type by which an object is read that itself is kept whole.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from protocol.errors import MalformedError
from protocol.recognition.problems import Problem, below

_MOST_SHOWN: Final = 60
"""Characters of a foreign name in a path."""


def form_problems(value: object, kind: Any) -> Iterator[Problem]:
    """Walk a plain value beside its type and tell every fault of form."""
    return _problems(value, form_of(kind), "")


@cache
def form_of(kind: Any) -> inspect.Type:
    """Return msgspec's description of a type."""
    return inspect.type_info(kind)


def chosen(value: dict[str, Any], form: inspect.UnionType) -> inspect.StructType:
    """Return the choice that a value's tag names, or any where it names none."""
    choices = _choices(form)
    return next((choice for choice in choices if value.get(choice.tag_field or "") == choice.tag), choices[0])


def _choices(form: inspect.UnionType) -> list[inspect.StructType]:
    return [choice for choice in form.types if isinstance(choice, inspect.StructType)]


def _problems(value: Any, form: inspect.Type, where: str) -> Iterator[Problem]:
    match form:
        case inspect.Metadata():
            yield from _marked_problems(value, form, where)
        case inspect.StructType():
            yield from _struct_problems(value, form, where)
        case inspect.UnionType():
            yield from _choice_problems(value, form, where)
        case inspect.VarTupleType():
            yield from _array_problems(value, form, where)
        case inspect.DictType():
            yield from _map_problems(value, form, where)
        case _:
            yield from _scalar_problems(value, form, where)


def _marked_problems(value: Any, form: inspect.Metadata, where: str) -> Iterator[Problem]:
    marks = form.extra or {}
    sound = True
    for problem in _problems(value, form_of(marks["foreign"]) if "foreign" in marks else form.type, where):
        sound = False
        yield problem
    if sound and "check" in marks:
        try:
            marks["check"](value)
        except MalformedError as error:
            yield Problem(where, error.what)


def _struct_problems(value: Any, form: inspect.StructType, where: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(where, f"is {_name_of(value)}, must be an object")
        return
    known = {field.encode_name: field for field in form.fields}
    if form.tag_field is not None and value.get(form.tag_field) != form.tag:
        yield Problem(below(where, form.tag_field), f"must be '{form.tag}'")
    for name in value if form.cls.__struct_config__.forbid_unknown_fields else ():
        if name not in known and name != form.tag_field:
            yield Problem(
                below(where, str(name)[:_MOST_SHOWN]), f"is not known here; known are {', '.join(sorted(known))}"
            )
    for name, field in known.items():
        if name in value:
            yield from _problems(value[name], field.type, below(where, name))
        elif field.required or field.default is not msgspec.NODEFAULT:  # v is written even where code may omit it
            yield Problem(below(where, name), "is missing: add it")


def _choice_problems(value: Any, form: inspect.UnionType, where: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(where, f"is {_name_of(value)}, must be an object")
        return
    choice = chosen(value, form)
    if value.get(choice.tag_field or "") == choice.tag:
        yield from _struct_problems(value, choice, where)
    else:
        tags = sorted(str(other.tag) for other in _choices(form))
        yield Problem(below(where, choice.tag_field or ""), f"must be one of {', '.join(tags)}")


def _array_problems(value: Any, form: inspect.VarTupleType, where: str) -> Iterator[Problem]:
    if not isinstance(value, list | tuple):
        yield Problem(where, f"is {_name_of(value)}, must be an array")
    elif form.min_length and len(value) < form.min_length:
        yield Problem(where, "is empty: give at least one, or leave the member out where it may be absent")
    else:
        for position, member in enumerate(value):
            yield from _problems(member, form.item_type, f"{where}[{position}]")


def _map_problems(value: Any, form: inspect.DictType, where: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(where, f'is {_name_of(value)}, must be text by language, such as {{"en": "…"}}')
    elif form.min_length and len(value) < form.min_length:
        yield Problem(where, "is empty: give at least one, or leave the member out where it may be absent")
    else:
        for name, member in value.items():
            path = below(where, str(name)[:_MOST_SHOWN])  # a path is written for each member, so it stays short
            yield from _problems(name, form.key_type, path)
            yield from _problems(member, form.value_type, path)


def _scalar_problems(value: Any, form: inspect.Type, where: str) -> Iterator[Problem]:
    match form:
        case inspect.LiteralType(values=words):
            if not any(type(value) is type(word) and value == word for word in words):
                yield Problem(where, f"is {_name_of(value)}, must be {_any_of(words)}")
        case inspect.IntType(ge=least, le=most):
            if type(value) is not int:
                yield Problem(where, f"is {_name_of(value)}, must be an integer")
            elif (least is not None and value < least) or (most is not None and value > most):
                yield Problem(where, f"is {value}, must be {_range(least, most)}")
        case inspect.StrType():
            if type(value) is not str:
                yield Problem(where, f"is {_name_of(value)}, must be a string")
        case inspect.AnyType():
            return
        case _:  # pragma: no cover - a schema of ours uses no other type
            raise TypeError(f"no rule for {form}")


def _name_of(value: Any) -> str:
    match value:
        case str():
            return f"'{value[:40]}'"
        case bool() | int():
            return str(value).lower()
        case dict():
            return "an object"
        case list() | tuple():
            return "an array"
        case _:
            return {"NoneType": "null", "float": "a float"}.get(type(value).__name__, "no JSON value of ours")


def _any_of(words: tuple[Any, ...]) -> str:
    spelt = [str(word) for word in words]
    return spelt[0] if len(spelt) == 1 else f"one of {', '.join(spelt)}"


def _range(least: int | None, most: int | None) -> str:
    return f"at least {least}" if most is None else f"from {least} to {most}"
