"""The document of a decision on one person's credential (``{"kind":"decision","v":1,…}``).

It is in no log: the deciding institution keeps it and the learner gets it. The log holds a sealed entry whose
``document`` binds SHA-256 of its canonical JSON, and whose statement says its outcome and purpose again
(`protocol.recognition.sealed`). One document serves a group of credentials that count together.

It says who decided (the log's origin, unit and role; no person); when it was requested, the file complete, decided
and effective; on which credentials (by the file's hash and, where there is one, the award's tag; or by the data of
a paper); what was learned elsewhere and what is granted for it; basis, criteria, grounds, conditions and appeal; and
whether it binds or advises. Rules of form as in `protocol.recognition.grounds`.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, UnsetType

from protocol.encoding import canonical
from protocol.recognition.achievement import Credits
from protocol.recognition.arrange import from_plain
from protocol.recognition.bodies import Body
from protocol.recognition.effect import Basis, Effect, Scope
from protocol.recognition.grounds import Appeal, SevenCriteria, difference_problems, outcome_problems
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import Amount, Code, Date, Hash, Id, Line, Origin, Text
from protocol.recognition.shape import LIST, SET, Strict, build, members, plain
from protocol.recognition.words import DecisionOutcome, Difference, GradeMethod, LegalEffect, Purpose


class Dates(Strict, frozen=True, kw_only=True):
    """When it was asked for, when the file was complete, when decided, and from when it holds."""

    request: Date
    complete_file: Date | UnsetType = UNSET
    decision: Date
    effective: Date

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Let a decision take effect on its day."""
        return {"effective": value["decision"]} | value if "decision" in value else value

    def problems(self) -> Iterator[Problem]:
        """Tell dates in an impossible order; a decision may take effect before or after it is made."""
        complete = self.request if isinstance(self.complete_file, UnsetType) else self.complete_file
        if complete < self.request:
            yield Problem("completeFile", f"is {complete}, before the request of {self.request}")
        if self.decision < max(complete, self.request):
            yield Problem("decision", f"is {self.decision}, before the request or the complete file")


class AwardTag(Strict, frozen=True, kw_only=True):
    """Where the award of the credential stands: its log and its tag."""

    origin: Origin
    tag: Hash


class Paper(Strict, frozen=True, kw_only=True):
    """What a credential on paper, or from an issuer without a node, says."""

    body: Body
    title: Text
    code: Code | UnsetType = UNSET
    awarded: Date | UnsetType = UNSET
    number: Line | UnsetType = UNSET
    holder: Line | UnsetType = UNSET


class Credential(Strict, frozen=True, kw_only=True):
    """One credential decided on: by its file's SHA-256 and, where it has one, its award; or by its paper's data."""

    file: Hash | UnsetType = UNSET
    award: AwardTag | UnsetType = UNSET
    paper: Paper | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell a credential that isn't identified, or in two ways."""
        if (self.file is UNSET) == (self.paper is UNSET):
            yield Problem("", "identify a credential by file or by paper, one of them")
        if self.award is not UNSET and self.file is UNSET:
            yield Problem("award", "stands beside the hash of the awarded file: give file")


class Grade(Strict, frozen=True, kw_only=True):
    """A grade on its scale."""

    value: Line
    scheme: Line


class ConvertedGrade(Strict, frozen=True, kw_only=True):
    """The grade given here, and how it was found; with method ``none`` there is none."""

    method: GradeMethod
    value: Line | UnsetType = UNSET
    scheme: Line | UnsetType = UNSET
    table: Line | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell a grade without its scale, and a table without its version."""
        converted = self.method != "none"
        for name in ("value", "scheme"):
            if converted == (getattr(self, name) is UNSET):
                what = (
                    f"is missing: method '{self.method}' gives one" if converted else "has no place with method 'none'"
                )
                yield Problem(name, what)
        if (self.method == "table") == (self.table is UNSET):
            yield Problem("table", "name the table and its version with method 'table', and only then")


class Learned(Strict, frozen=True, kw_only=True):
    """Something learned elsewhere, as the credential says it."""

    title: Text
    body: Body | UnsetType = UNSET
    code: Code | UnsetType = UNSET
    credits: Credits | UnsetType = UNSET
    hours: Amount | UnsetType = UNSET
    grade: Grade | UnsetType = UNSET


class Granted(Effect, frozen=True, kw_only=True):
    """What is granted here for it."""

    grade: ConvertedGrade | UnsetType = UNSET


class Exchange(Strict, frozen=True, kw_only=True):
    """All of these for that: a set maps to a set; without `granted` nothing is given for them."""

    original: Annotated[tuple[Learned, ...], LIST]
    granted: Granted | UnsetType = UNSET


class SubstantialDifference(Strict, frozen=True, kw_only=True, tag_field="type", tag="substantial-difference"):
    """A substantial difference, shown by a criterion `not met`."""

    difference: Difference
    text: Text


class NotAuthentic(Strict, frozen=True, kw_only=True, tag_field="type", tag="not-authentic"):
    """The document is not what it claims to be."""

    text: Text | UnsetType = UNSET


class BodyNotRecognised(Strict, frozen=True, kw_only=True, tag_field="type", tag="awarding-body-not-recognised"):
    """The awarding body is not recognised where it is established."""

    text: Text | UnsetType = UNSET


class IncompleteAfterRequest(Strict, frozen=True, kw_only=True, tag_field="type", tag="incomplete-after-request"):
    """The file stayed incomplete after the learner was asked on this date."""

    date: Date
    text: Text | UnsetType = UNSET


Ground = SubstantialDifference | NotAuthentic | BodyNotRecognised | IncompleteAfterRequest


class Condition(Strict, frozen=True, kw_only=True):
    """Something to be fulfilled, by when."""

    text: Text
    deadline: Date | UnsetType = UNSET


class Decision(Strict, frozen=True, kw_only=True, tag_field="kind", tag="decision"):
    """A recognition decision on one person's credential, or on several that count together."""

    kind: ClassVar[str] = "decision"
    v: Literal[1] = 1
    id: Id
    file_number: Line
    origin: Origin
    unit: Text
    role: Text
    dates: Dates
    credentials: Annotated[tuple[Credential, ...], SET]
    outcome: DecisionOutcome
    purpose: Purpose
    mapping: Annotated[tuple[Exchange, ...], LIST]
    basis: Basis
    legal_effect: LegalEffect
    scope: Scope | UnsetType = UNSET
    criteria: SevenCriteria | UnsetType = UNSET
    grounds: Annotated[tuple[Ground, ...], LIST] | UnsetType = UNSET
    conditions: Annotated[tuple[Condition, ...], LIST] | UnsetType = UNSET
    appeal: Appeal | UnsetType = UNSET
    remarks: Text | UnsetType = UNSET

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Fill in kind and format."""
        return {"kind": cls.kind, "v": 1} | value

    def problems(self) -> Iterator[Problem]:
        """Tell everything that outcome and purpose ask for and that isn't there."""
        yield from outcome_problems(self.outcome, grounds=self.grounds, conditions=self.conditions, appeal=self.appeal)
        yield from difference_problems(self._differences(), self.criteria)
        yield from self._granting_problems()
        incomplete = any(isinstance(ground, IncompleteAfterRequest) for ground in members(self.grounds))
        if self.dates.complete_file is UNSET and not incomplete:
            yield Problem("dates.completeFile", "is missing: only a file that stayed incomplete has none")

    def _differences(self) -> Sequence[tuple[str, Difference]]:
        return [
            (f"grounds[{position}]", ground.difference)
            for position, ground in enumerate(members(self.grounds))
            if isinstance(ground, SubstantialDifference)
        ]

    def _granting_problems(self) -> Iterator[Problem]:
        granted = [one.granted for one in self.mapping if isinstance(one.granted, Granted)]
        if self.outcome == "refused":
            if granted:
                yield Problem("mapping", "a refusal grants nothing: leave 'granted' out, or choose 'partial'")
            return
        if self.purpose == "credit" and all(one.credits is UNSET for one in granted):
            yield Problem("mapping", "grants no credits: purpose 'credit' says how many, in which system")
        if self.purpose == "exemption" and all(one.courses is UNSET for one in granted):
            yield Problem("mapping", "grants no courses: purpose 'exemption' says from which courses")


def parse_decision(data: bytes) -> Decision:
    """Read a decision document.

    Raises:
        MalformedError: It is not one, not in canonical form, or breaks a rule.
    """
    return build(canonical.decode(data), Decision)


def render_decision(decision: Decision) -> bytes:
    """Return the canonical bytes whose SHA-256 the sealed entry binds."""
    return canonical.encode(plain(decision))


def decision_from_json(value: dict[str, Any]) -> Decision:
    """Return the decision that a builder's plain value means (`protocol.recognition.arrange`).

    Raises:
        InadmissibleError: With every problem.
    """
    return from_plain(value, Decision)
