"""Is a rule in force on the date that it looks at? Pure: the rule, what its log says of its end, the dates.

A rule applies from its first to its last day, both inclusive. From the first day of a withdrawal it no longer does.
From the first day of a rule that supersedes it, by name or as a higher version of the same id, the other one speaks:
whether that rule still applies itself makes no difference.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from protocol.recognition.question import AskedDates
from protocol.recognition.rule import Rule
from protocol.recognition.shape import members
from protocol.recognition.withdrawal import Withdrawal

State = Literal["in force", "not yet", "ended", "withdrawn", "superseded"]


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule's state on the date that it looks at, and what brought its end."""

    state: State
    on: str
    """The date."""
    since: str = ""
    """First day of the state, where an entry gives it."""
    by: str = ""
    """Id and version of the entry that ended it."""


def in_force(rule: Rule, dates: AskedDates, *, withdrawals: Iterable[Withdrawal], others: Sequence[Rule]) -> InForce:
    """Return a rule's state.

    Args:
        rule: The rule.
        dates: The dates of the question.
        withdrawals: Withdrawals in its log that name a rule of this id.
        others: Rules of its log that have the same id or supersede one of this id.
    """
    on = dates.of(rule.applies_by)
    ending = [one for one in withdrawals if one.target.version == rule.version and one.from_ <= on]
    if ending:
        first = min(ending, key=lambda one: one.from_)
        return InForce("withdrawn", on, first.from_, f"{first.id} {first.version}")
    following = [one for one in others if _follows(one, rule) and one.valid_from <= dates.of(one.applies_by)]
    if following:
        last = max(following, key=lambda one: (one.valid_from, one.version))
        return InForce("superseded", on, last.valid_from, f"{last.id} {last.version}")
    if on < rule.valid_from:
        return InForce("not yet", on, rule.valid_from)
    if isinstance(rule.valid_until, str) and rule.valid_until < on:
        return InForce("ended", on, rule.valid_until)
    return InForce("in force", on, rule.valid_from)


def _follows(other: Rule, rule: Rule) -> bool:
    if (other.id, other.version) == (rule.id, rule.version):
        return False
    if other.id == rule.id and other.version > rule.version:
        return True
    return any((one.id, one.version) == (rule.id, rule.version) for one in members(other.supersedes))
