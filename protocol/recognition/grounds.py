"""Why less than full recognition: the seven criteria, grounds, and the way to appeal.

The Lisbon Recognition Convention lays the burden of proof on whoever does not recognise. So, here as a rule of form:

- `full` has no grounds and no conditions;
- anything else has at least one ground and an appeal; `conditional` also has conditions;
- `refused` has no conditions (only a decision can refuse);
- a ground `substantial-difference` has its criterion `not met`: what was merely `not shown` is never a ground.

A ground's or condition's text is not here: a rule keeps it in its texts (`protocol.recognition.texts`) under the
ground's or condition's id; a decision document, which is in no log, holds it.
"""

from collections.abc import Iterator, Sequence, Sized

from msgspec import UNSET, UnsetType

from protocol.recognition.problems import Problem
from protocol.recognition.scalars import Days, Text, Url
from protocol.recognition.shape import Strict
from protocol.recognition.words import CRITERION_OF, Criterion, DecisionOutcome, Difference, Finding


class SevenCriteria(Strict, frozen=True, kw_only=True):
    """What was found under each of the seven criteria."""

    quality: Finding
    verification: Finding
    level: Finding
    learning_outcomes: Finding
    workload: Finding
    assessment: Finding
    identification: Finding

    def finding(self, criterion: Criterion) -> Finding:
        """Return what was found under one criterion."""
        found: Finding = getattr(self, "learning_outcomes" if criterion == "learningOutcomes" else criterion)
        return found


class Appeal(Strict, frozen=True, kw_only=True):
    """Where and how to appeal, within how many days of being told."""

    body: Text
    within_days: Days
    how: Text
    url: Url | UnsetType = UNSET


def outcome_problems(
    outcome: DecisionOutcome, *, grounds: Sized | UnsetType, conditions: Sized | UnsetType, appeal: Appeal | UnsetType
) -> Iterator[Problem]:
    """Tell what an outcome needs and lacks, or has and may not have."""
    if outcome == "full":
        if grounds is not UNSET:
            yield Problem("grounds", "full recognition has none: leave them out, or choose another outcome")
        if conditions is not UNSET:
            yield Problem("conditions", "full recognition has none: leave them out, or choose 'conditional'")
        return
    if grounds is UNSET:
        yield Problem("grounds", f"are missing: outcome '{outcome}' says why it is less than full")
    if appeal is UNSET:
        yield Problem("appeal", f"is missing: outcome '{outcome}' says where and how to appeal")
    if outcome == "conditional" and conditions is UNSET:
        yield Problem("conditions", "are missing: outcome 'conditional' says what has to be fulfilled")
    if outcome == "refused" and conditions is not UNSET:
        yield Problem("conditions", "a refusal has none: choose 'conditional', or leave them out")


def difference_problems(
    differences: Sequence[tuple[str, Difference]], criteria: SevenCriteria | UnsetType
) -> Iterator[Problem]:
    """Tell a substantial difference (its path, what it is) whose criterion was not found `not met`."""
    for where, difference in differences:
        criterion = CRITERION_OF[difference]
        if isinstance(criteria, UnsetType):
            yield Problem("criteria", "are missing: a substantial difference has its criterion 'not met'")
            return
        if criteria.finding(criterion) != "not met":
            yield Problem(
                f"criteria.{criterion}",
                f"is '{criteria.finding(criterion)}', but {where} says a substantial difference in {difference}: "
                "that needs 'not met' here, or the ground has to go",
            )
