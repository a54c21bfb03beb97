"""A learning achievement that an institution awards (entry kind ``achievement``, version 1).

The members are the elements of annex I to the Council Recommendation of 16 June 2022 on micro-credentials
(2022/C 243/02) that belong to the achievement and not to one learner. Mandatory: title, awarding bodies with
countries, learning outcomes, notional workload (credit points with their system, hours, or both), type of
assessment, form of participation, quality assurance; EQF level and QF-EHEA cycle where there is one. Optional:
prerequisites, supervision and identity check, grading scheme, stackability, further information. Beside them:
ISCED-F 2013 fields, ESCO skills, languages of instruction.

``code`` is the awarding bodies' own code and finds the achievement; ``id`` and ``version`` name this
entry. Grades, dates and learners belong to an award, never here.
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, UnsetType, field

from protocol.recognition.bodies import AwardingBody, Body, range_problems
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import (
    Amount,
    Code,
    Date,
    EqfLevel,
    EscoSkill,
    Id,
    IscedF,
    Language,
    QualityReport,
    Text,
    Url,
    Version,
)
from protocol.recognition.shape import LIST, SET, Strict
from protocol.recognition.words import (
    AssessmentType,
    Cycle,
    Participation,
    QualityAssuranceKind,
    StackabilityKind,
    Supervision,
)


class Credits(Strict, frozen=True, kw_only=True):
    """Credit points and the system they belong to; ``ects`` is the European Credit Transfer System."""

    points: Amount
    system: Id


class Workload(Strict, frozen=True, kw_only=True):
    """Notional workload: credit points, expected hours, or both."""

    credits: Credits | UnsetType = UNSET
    hours: Amount | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell a workload that says nothing."""
        if self.credits is UNSET and self.hours is UNSET:
            yield Problem("", "give credits, hours, or both")


class Assessment(Strict, frozen=True, kw_only=True):
    """How the learning was assessed."""

    types: Annotated[tuple[AssessmentType, ...], SET]
    text: Text | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell an assessment of another type that isn't described."""
        if "other" in self.types and self.text is UNSET:
            yield Problem("text", "is missing: describe the assessment where its type is other")


class QualityAssurance(Strict, frozen=True, kw_only=True):
    """Quality assurance behind the achievement; ``deqar`` is a report's number or ``DEQARINST`` and digits."""

    kind: QualityAssuranceKind
    deqar: QualityReport | UnsetType = UNSET
    from_: Date | UnsetType = field(default=UNSET, name="from")
    until: Date | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell a range that ends before it begins."""
        yield from range_problems(self.from_, self.until, "until")


class AchievementCode(Strict, frozen=True, kw_only=True):
    """An achievement of any version, by its awarding body and the body's own code."""

    body: Body
    code: Code


class Stackability(Strict, frozen=True, kw_only=True):
    """Whether the achievement stands alone or builds towards others."""

    kind: StackabilityKind
    towards: Annotated[tuple[AchievementCode, ...], SET] | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell a stand-alone achievement that builds towards others."""
        if self.kind == "stand-alone" and self.towards is not UNSET:
            yield Problem("towards", "a stand-alone achievement builds towards nothing: leave it out")


class GradingScheme(Strict, frozen=True, kw_only=True):
    """The scale of grades used, and where it is explained."""

    title: Text
    url: Url | UnsetType = UNSET


class Achievement(Strict, frozen=True, kw_only=True, tag_field="kind", tag="achievement"):
    """A learning achievement type."""

    kind: ClassVar[str] = "achievement"
    v: Literal[1] = 1
    id: Id
    version: Version
    code: Code
    title: Text
    awarding_bodies: Annotated[tuple[AwardingBody, ...], SET]
    learning_outcomes: Annotated[tuple[Text, ...], LIST]
    workload: Workload
    assessment: Assessment
    participation: Annotated[tuple[Participation, ...], SET]
    quality_assurance: Annotated[tuple[QualityAssurance, ...], SET]
    eqf_level: EqfLevel | UnsetType = UNSET
    cycle: Cycle | UnsetType = UNSET
    prerequisites: Text | UnsetType = UNSET
    supervision: Supervision | UnsetType = UNSET
    grading_scheme: GradingScheme | UnsetType = UNSET
    stackability: Stackability | UnsetType = UNSET
    further_information: Url | UnsetType = UNSET
    isced_f: Annotated[tuple[IscedF, ...], SET] | UnsetType = UNSET
    skills: Annotated[tuple[EscoSkill, ...], SET] | UnsetType = UNSET
    languages: Annotated[tuple[Language, ...], SET] | UnsetType = UNSET

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Fill in kind, format and first version."""
        return {"kind": cls.kind, "v": 1, "version": 1} | value
