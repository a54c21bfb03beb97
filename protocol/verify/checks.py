"""The machine of verification: a kind lists its steps by name, and a table says how each is checked.

It fails closed by construction:

1. The names of the steps stand apart from the table. A step whose check is missing comes out `not checked`, and the
   file is refused.
2. A check takes what it needs from the case, where only a check that came out well has put it. Where that did not
   happen, the later check comes out `not checked` too.
3. A step may be waived by what the relying party asked for (`Question`), never by the file. What a learner chooses not
   to show comes out `not checked` and leaves the rest standing, unless the relying party requires that step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from protocol.errors import NoTrustedKeyError, ProtocolError
from protocol.verify.report import Finding, Report, Result, Step, Verdict
from protocol.verify.trust import Trust

READABLE = "readable"
"""The name of every kind's first step; a file that fails it is `unreadable`."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """What the relying party asks: a file, whom it trusts, and the file that stands beside it, if it gave one."""

    data: bytes
    trust: Trust = field(default_factory=Trust)
    document: bytes | None = None
    at: int | None = None
    """POSIX seconds of the moment at which it asks; without it nothing is fresh."""
    required: frozenset[str] = frozenset()
    """Names of steps that have to come out well, whatever the file shows."""
    presentation: bytes | None = None
    """What the learner shows beside a verdict, if it was given."""


class NotReachedError(Exception):
    """A check needs what an earlier step did not establish."""


@dataclass(slots=True)
class Case:
    """One verification under way: the question, and in subclasses what the checks have established so far."""

    question: Question


C = TypeVar("C", bound=Case)
C_contra = TypeVar("C_contra", bound=Case, contravariant=True)


def established(value: T | None, step: str) -> T:
    """Return what the named step has put into the case.

    Raises:
        NotReachedError: It has not.
    """
    if value is None:
        raise NotReachedError(step)
    return value


def never(question: Question) -> Finding | None:
    """Waive nothing."""
    return None


@dataclass(frozen=True, slots=True)
class Check(Generic[C_contra]):
    """How one step is checked."""

    name: str
    run: Callable[[C_contra], Finding]
    """Returns what it found, or raises ProtocolError with the reason why it is not so."""

    failed: str = "It was found not to be so."
    """What to tell people where it raises."""

    waived: Callable[[Question], Finding | None] = never
    """Returns the line to show instead where the question leaves this step out."""

    may_warn: bool = False
    """Whether a warning is good enough."""


def left_out(name: str, text: str, why: str) -> Check[Case]:
    """Return a step that this kind of file can't show: it stands in the report, always `not checked`."""
    finding = Finding("not checked", text, why)
    return Check(name, lambda case: finding, waived=lambda question: finding)


@dataclass(frozen=True, slots=True)
class Kind(Generic[C]):
    """A kind of file that can be verified."""

    name: str
    steps: tuple[str, ...]
    checks: tuple[Check[C], ...]
    begin: Callable[[Question], C]
    detects: Callable[[bytes, Any], bool]
    """Whether bytes look like this kind, given them and their JSON value (None if they are not JSON)."""


def run(kind: Kind[C], question: Question) -> Report:
    """Check every step of a kind in turn and return the report."""
    case = kind.begin(question)
    checks = {check.name: check for check in kind.checks}
    steps, sound = [], True
    for number, name in enumerate(kind.steps, 1):
        try:
            finding, good = _check(checks.get(name), case)
        except NotReachedError as error:
            needed = kind.steps.index(str(error)) + 1
            finding, good = Finding("not checked", "This was not checked.", f"it builds on step {needed}"), False
        steps.append(Step.of(number, name, finding))
        sound = sound and good
    for name in sorted(question.required - set(kind.steps)):
        finding = Finding("not checked", "A file of this kind doesn't show this.", "it was required")
        steps.append(Step.of(len(steps) + 1, name, finding))
        sound = False
    return Report(kind.name, _verdict(steps, sound=sound), tuple(steps))


def _check(check: Check[C] | None, case: C) -> tuple[Finding, bool]:
    """Return what was found, and whether it lets the file stand."""
    if check is None:
        return Finding("not checked", "This was not checked.", "the check is missing from this program"), False
    if (instead := check.waived(case.question)) is not None:
        return instead, check.name not in case.question.required
    good: tuple[Result, ...] = ("yes", "warning") if check.may_warn else ("yes",)
    try:
        finding = check.run(case).sound()
    except NoTrustedKeyError as error:
        finding = Finding("not checked", f"{check.failed} ({error})", case.question.trust.source)
    except ProtocolError as error:
        finding = Finding("no", check.failed, str(error))
    return finding, finding.result in good


def _verdict(steps: list[Step], *, sound: bool) -> Verdict:
    if steps[0].name == READABLE and steps[0].result == "no":
        return "unreadable"
    return "verified" if sound else "refused"


def unreadable(why: str) -> Report:
    """Return the report on bytes that are no file of a known kind."""
    finding = Finding("no", "This is not a file that can be verified here.", why)
    return Report("unknown", "unreadable", (Step.of(1, READABLE, finding),))
