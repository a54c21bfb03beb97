"""From plain JSON values to typed ones and back.

`Strict` is the base of every typed value. `build` takes a plain value through all checks: the form
(`protocol.recognition.form`), then the rules that types can't say, which each Struct tells in its method
`problems`, and the order of sets (`protocol.recognition.sets`). `plain` goes back.

An array is a set unless its type is `LIST`: its members stand in the order of their canonical bytes, each
once. Nothing is ever written empty: what is absent is left out.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Meta, Struct, UnsetType

from protocol.encoding import canonical
from protocol.recognition.form import form_problems
from protocol.recognition.problems import InadmissibleError, Problem, below, under
from protocol.recognition.sets import set_problems

SET: Final = Meta(min_length=1, extra={"set": True})
"""Marks an array that is a set."""

MOST_PROBLEMS: Final = 100
"""Problems that are told at once: more mend nothing, and a hostile value could have millions."""

LIST: Final = Meta(min_length=1)
"""Marks an array whose order is its author's."""


class Strict(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every typed value: frozen, unknown members refused, names in camelCase on the wire."""

    def problems(self) -> Iterable[Problem]:
        """Tell what breaks this type's rules beyond its members' types; paths start at this value."""
        return ()

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return a builder's plain value with all that can be filled in safely (see `arrange`)."""
        return value


class Open(Strict, frozen=True, forbid_unknown_fields=False):
    """Base of what we read of a document in a foreign vocabulary: its further members are none of our business."""


def foreign(kind: type[Open]) -> Meta:
    """Return the annotation of a JSON object that is kept as it is, member for member, and read by `kind`."""
    return Meta(extra={"foreign": kind})


S = TypeVar("S", bound=Strict)
T = TypeVar("T")


def build(value: object, kind: type[S]) -> S:
    """Return the typed value of plain JSON.

    Raises:
        InadmissibleError: With every problem of form; where the form is right, with every broken rule and set.
    """
    return _built(value, kind, ordered=True)


def build_unordered(value: object, kind: type[S]) -> S:
    """Return the typed value of a builder's plain one, whose sets may still be in any order; else as `build`."""
    return _built(value, kind, ordered=False)


def _built(value: object, kind: type[S], *, ordered: bool) -> S:
    if problems := list(islice(form_problems(value, kind), MOST_PROBLEMS)):
        raise InadmissibleError(problems)
    built = msgspec.convert(value, kind)
    broken = chain(rule_problems(built), set_problems(value, kind) if ordered else ())
    if problems := list(islice(broken, MOST_PROBLEMS)):
        raise InadmissibleError(problems)
    return built


def plain(value: Struct) -> dict[str, Any]:
    """Return the JSON value of a Struct; absent members are left out."""
    value_of: dict[str, Any] = msgspec.to_builtins(value)
    return value_of


def check(value: Strict) -> list[Problem]:
    """Return every problem of a value that a program put together itself."""
    written = plain(value)
    if problems := list(form_problems(written, type(value))):
        return problems
    return [*rule_problems(value), *set_problems(written, type(value))]


def sorted_set(values: Iterable[T]) -> tuple[T, ...]:
    """Return the members as a set is written: by their canonical bytes, each once."""
    by_bytes = {canonical.encode(msgspec.to_builtins(member)): member for member in values}
    return tuple(by_bytes[key] for key in sorted(by_bytes))


def members(value: tuple[T, ...] | UnsetType) -> tuple[T, ...]:
    """Return the members of an array that may be absent."""
    return () if isinstance(value, UnsetType) else value


def rule_problems(value: object, where: str = "") -> Iterator[Problem]:
    """Ask a typed value and all within it for broken rules."""
    if isinstance(value, tuple):
        for position, member in enumerate(value):
            yield from rule_problems(member, f"{where}[{position}]")
    if isinstance(value, Strict):
        yield from under(where, value.problems())
        for name, written in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            yield from rule_problems(getattr(value, name), below(where, written))
