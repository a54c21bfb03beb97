"""A standing recognition decision on learning achievements (entry kind ``rule``, version 1).

A rule says: whoever was awarded this, there, is granted that, here. It concerns achievements and never a person,
so it stands in clear. It is never `refused`: whoever gets less than full by rule may ask for a decision.

``subject`` is one of three, told by its ``type``:

- ``achievements``: a group, all of which together give the effect; each by body and code, of any version, of
  some versions, or awarded between two dates;
- ``qualification``: a national qualification type, by country and code;
- ``criteria``: whatever meets all the criteria that are given.

Grounds and conditions stand here by id, without their text: ``texts`` is the commitment to that
(`protocol.recognition.texts`). ``supersedes`` names rules of the same log. Without ``scope`` it holds in the
whole institution, without ``validUntil`` until further notice.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, UnsetType

from protocol.recognition.bodies import Body, Reference, range_problems
from protocol.recognition.effect import Basis, Effect, Scope, effect_problems
from protocol.recognition.grounds import Appeal, SevenCriteria, difference_problems, outcome_problems
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import (
    Amount,
    Code,
    Country,
    Date,
    EqfLevel,
    Hash,
    Id,
    IscedF,
    Text,
    Version,
    magnitude,
)
from protocol.recognition.shape import SET, Strict, members
from protocol.recognition.words import AppliesBy, Cycle, Difference, Outcome, Purpose, QualityAssuranceKind


class SubjectAchievement(Strict, frozen=True, kw_only=True):
    """One achievement of a group: of any version, of some, or awarded between two dates."""

    body: Body
    code: Code
    versions: Annotated[tuple[Version, ...], SET] | UnsetType = UNSET
    awarded_from: Date | UnsetType = UNSET
    awarded_until: Date | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell versions beside dates, and a range that ends before it begins."""
        if self.versions is not UNSET and not (self.awarded_from is UNSET and self.awarded_until is UNSET):
            yield Problem("versions", "give versions or a range of award dates, not both")
        yield from range_problems(self.awarded_from, self.awarded_until, "awardedUntil")


class AchievementGroup(Strict, frozen=True, kw_only=True, tag_field="type", tag="achievements"):
    """Achievements that together give the effect."""

    group: Annotated[tuple[SubjectAchievement, ...], SET]


class QualificationType(Strict, frozen=True, kw_only=True, tag_field="type", tag="qualification"):
    """A national qualification type, such as a school-leaving certificate."""

    country: Country
    code: Code
    title: Text | UnsetType = UNSET


class CreditsRange(Strict, frozen=True, kw_only=True):
    """Credit points of one system, both ends inclusive."""

    system: Id
    least: Amount | UnsetType = UNSET
    most: Amount | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell a range without ends, or with its ends the wrong way round."""
        match self.least, self.most:
            case UnsetType(), UnsetType():
                yield Problem("", "give least, most, or both")
            case str(least), str(most) if magnitude(most) < magnitude(least):
                yield Problem("most", f"is {most}, less than the least, {least}")


class CommonCriteria(Strict, frozen=True, kw_only=True, tag_field="type", tag="criteria"):
    """Whatever meets every criterion that is given; within one, any of its values."""

    eqf_levels: Annotated[tuple[EqfLevel, ...], SET] | UnsetType = UNSET
    cycles: Annotated[tuple[Cycle, ...], SET] | UnsetType = UNSET
    credits: CreditsRange | UnsetType = UNSET
    isced_f: Annotated[tuple[IscedF, ...], SET] | UnsetType = UNSET
    quality_assurance: Annotated[tuple[QualityAssuranceKind, ...], SET] | UnsetType = UNSET
    party_to: Reference | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell criteria that everything would meet, and a party to what is no agreement."""
        if all(getattr(self, name) is UNSET for name in self.__struct_fields__):
            yield Problem("", "gives no criterion: everything would meet it")
        if isinstance(self.party_to, Reference) and self.party_to.kind != "agreement":
            yield Problem("partyTo.kind", f"is '{self.party_to.kind}', must be agreement")


Subject = AchievementGroup | QualificationType | CommonCriteria


class DifferenceGround(Strict, frozen=True, kw_only=True, tag_field="type", tag="substantial-difference"):
    """A substantial difference, shown by a criterion `not met`; its text stands in the texts."""

    id: Id
    difference: Difference


class BodyGround(Strict, frozen=True, kw_only=True, tag_field="type", tag="awarding-body-not-recognised"):
    """The awarding body is not recognised where it is established."""

    id: Id


RuleGround = DifferenceGround | BodyGround
"""Grounds of a rule. `not-authentic` and `incomplete-after-request` concern one person's file: decisions only."""


class RuleCondition(Strict, frozen=True, kw_only=True):
    """Something to be fulfilled; what it is stands in the texts."""

    id: Id
    deadline: Date | UnsetType = UNSET


class Rule(Strict, frozen=True, kw_only=True, tag_field="kind", tag="rule"):
    """A standing recognition decision on learning achievements."""

    kind: ClassVar[str] = "rule"
    v: Literal[1] = 1
    id: Id
    version: Version
    subject: Subject
    outcome: Outcome
    purposes: Annotated[tuple[Purpose, ...], SET]
    basis: Basis
    criteria: SevenCriteria
    valid_from: Date
    applies_by: AppliesBy
    valid_until: Date | UnsetType = UNSET
    effect: Effect | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET
    grounds: Annotated[tuple[RuleGround, ...], SET] | UnsetType = UNSET
    conditions: Annotated[tuple[RuleCondition, ...], SET] | UnsetType = UNSET
    appeal: Appeal | UnsetType = UNSET
    supersedes: Annotated[tuple[Reference, ...], SET] | UnsetType = UNSET
    texts: Hash | UnsetType = UNSET

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Fill in kind, format, first version, and ids for grounds and conditions that have none."""
        full = {"kind": cls.kind, "v": 1, "version": 1} | value
        for name, letter in (("grounds", "g"), ("conditions", "c")):
            if isinstance(parts := full.get(name), list):
                full[name] = [
                    {"id": f"{letter}{number}"} | part if isinstance(part, dict) else part
                    for number, part in enumerate(parts, 1)
                ]
        return full

    def problems(self) -> Iterator[Problem]:
        """Tell everything that the rule's outcome, purposes and dates ask for and that isn't there."""
        yield from outcome_problems(self.outcome, grounds=self.grounds, conditions=self.conditions, appeal=self.appeal)
        yield from difference_problems(self._differences(), self.criteria)
        for purpose in self.purposes:
            yield from effect_problems(purpose, self.effect)
        yield from range_problems(self.valid_from, self.valid_until, "validUntil")
        yield from self._text_problems()
        yield from self._superseding_problems()

    def _differences(self) -> Sequence[tuple[str, Difference]]:
        return [
            (f"grounds[{position}]", ground.difference)
            for position, ground in enumerate(members(self.grounds))
            if isinstance(ground, DifferenceGround)
        ]

    def _text_problems(self) -> Iterator[Problem]:
        places = [(f"grounds[{position}].id", ground.id) for position, ground in enumerate(members(self.grounds))]
        places += [(f"conditions[{position}].id", part.id) for position, part in enumerate(members(self.conditions))]
        taken = set()
        for where, name in places:
            if name in taken:
                yield Problem(where, f"'{name}' is taken: texts are found by id, so each has its own")
            taken.add(name)
        if taken and self.texts is UNSET:
            yield Problem("texts", "is missing: commit to the text of every ground and condition")

    def _superseding_problems(self) -> Iterator[Problem]:
        for position, reference in enumerate(members(self.supersedes)):
            if reference.kind != "rule":
                yield Problem(f"supersedes[{position}].kind", f"is '{reference.kind}': a rule supersedes rules only")
            elif (reference.id, reference.version) == (self.id, self.version):
                yield Problem(f"supersedes[{position}]", "is this very rule: name the version before")
