"""What recognition gives here, where it holds, and on what basis: shared by rules and decisions.

- `Effect`: a group of local courses, or electives, with the credit points granted.
- `Scope`: the units, programmes and cycles in which it holds; absent, it is the whole institution.
- `Basis`: why, with the entry, the name or the address of the law or agreement it rests on.
"""

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import UNSET, UnsetType

from protocol.recognition.achievement import Credits
from protocol.recognition.bodies import Reference
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import Code, Text, Url
from protocol.recognition.shape import SET, Strict
from protocol.recognition.words import BasisKind, Cycle, Purpose

_RESTS_ON_A_TEXT: Final = ("automatic", "multilateral-agreement", "bilateral-agreement")
"""Bases that are nothing without the law or agreement they name."""


class Course(Strict, frozen=True, kw_only=True):
    """A course of the recognising institution, by its own code."""

    code: Code
    title: Text | UnsetType = UNSET


class Effect(Strict, frozen=True, kw_only=True):
    """What is granted: all of the courses as a group, or electives of a kind; with credit points."""

    courses: Annotated[tuple[Course, ...], SET] | UnsetType = UNSET
    electives: Text | UnsetType = UNSET
    credits: Credits | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell an effect that says nothing or two things."""
        if self.courses is not UNSET and self.electives is not UNSET:
            yield Problem("electives", "give courses or electives, not both: what differs is a second rule or mapping")
        if self.courses is UNSET and self.electives is UNSET and self.credits is UNSET:
            yield Problem("", "says nothing: give courses, electives or credits")


class Scope(Strict, frozen=True, kw_only=True):
    """Where recognition holds: in one of the units, and one of the programmes, and one of the cycles that are given."""

    units: Annotated[tuple[Code, ...], SET] | UnsetType = UNSET
    programmes: Annotated[tuple[Code, ...], SET] | UnsetType = UNSET
    cycles: Annotated[tuple[Cycle, ...], SET] | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell a scope that limits nothing."""
        if self.units is UNSET and self.programmes is UNSET and self.cycles is UNSET:
            yield Problem("", "limits nothing: leave it out where recognition holds in the whole institution")


class Basis(Strict, frozen=True, kw_only=True):
    """Why the institution recognises, and what that rests on: an entry, a name, an address."""

    kind: BasisKind
    entry: Reference | UnsetType = UNSET
    title: Text | UnsetType = UNSET
    url: Url | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell a law or agreement that isn't named."""
        named = self.entry is not UNSET or self.title is not UNSET or self.url is not UNSET
        if self.kind in _RESTS_ON_A_TEXT and not named:
            yield Problem("", f"'{self.kind}' rests on a text: name it by entry, title or url")


def effect_problems(purpose: Purpose, effect: Effect | UnsetType) -> Iterator[Problem]:
    """Tell an effect that its purpose asks for and that isn't there."""
    if isinstance(effect, UnsetType):
        if purpose in ("credit", "exemption"):
            yield Problem("effect", f"is missing: purpose '{purpose}' says what is granted")
        return
    if purpose == "credit" and effect.credits is UNSET:
        yield Problem("effect.credits", "is missing: purpose 'credit' says how many, in which system")
    if purpose == "exemption" and effect.courses is UNSET:
        yield Problem("effect.courses", "is missing: purpose 'exemption' says from which courses")
