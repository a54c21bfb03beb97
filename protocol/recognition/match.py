"""Does a rule speak of what is asked? Pure: a rule, the achievements, and what is published of them.

A group counts only when all of it is asked about; of one that is in part, the answer says what is missing. A criterion
is met by the achievement's published elements alone: what isn't published is 'not shown', and not met.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from protocol.recognition.achievement import Achievement, Credits
from protocol.recognition.bodies import Reference
from protocol.recognition.effect import Scope
from protocol.recognition.question import AskedAchievement, AskedScope, Question
from protocol.recognition.rule import (
    AchievementGroup,
    CommonCriteria,
    CreditsRange,
    QualificationType,
    Rule,
    SubjectAchievement,
)
from protocol.recognition.scalars import magnitude
from protocol.recognition.shape import members

Matches = Literal["yes", "in part", "no"]


@dataclass(frozen=True, slots=True)
class Match:
    """Whether a rule speaks of what is asked."""

    matches: Matches
    missing: tuple[str, ...] = ()
    """What would have to be shown besides."""
    listed_version: bool = False
    """Whether it names the version, and not any."""


@dataclass(frozen=True, slots=True)
class Covers:
    """Whether a rule's scope holds where recognition is wanted."""

    holds: bool
    limits: tuple[str, ...] = ()
    """Limits that the question doesn't settle, in words."""


NO = Match("no")


def match(rule: Rule, question: Question) -> Match:
    """Return whether a rule's subject is what is asked about."""
    match rule.subject:
        case AchievementGroup():
            return _group(rule.subject, question.achievements)
        case QualificationType():
            asked = question.qualification
            return Match("yes") if asked == (rule.subject.country, rule.subject.code) else NO
        case CommonCriteria():  # pragma: no branch - the last type there is
            return _criteria(rule.subject, question.achievements)


def covers(scope: Scope | object, asked: AskedScope) -> Covers:
    """Return whether a scope holds where recognition is wanted; none holds in the whole institution."""
    if not isinstance(scope, Scope):
        return Covers(True)
    limits = []
    parts = (
        ("unit", members(scope.units), asked.unit),
        ("programme", members(scope.programmes), asked.programme),
        ("cycle", members(scope.cycles), asked.cycle or ""),
    )
    for name, allowed, wanted in parts:
        if not allowed:
            continue
        if wanted and wanted not in allowed:
            return Covers(False)
        if not wanted:
            limits.append(f"{name} {' or '.join(allowed)}")
    return Covers(True, tuple(limits))


def _group(subject: AchievementGroup, asked: Sequence[AskedAchievement]) -> Match:
    found = [next((one for one in asked if _is(wanted, one)), None) for wanted in subject.group]
    if not any(found):
        return NO
    missing = [_named(wanted) for wanted, one in zip(subject.group, found, strict=True) if one is None]
    for wanted, one in zip(subject.group, found, strict=True):
        if one is not None and (lacking := _lacking(wanted, one)):
            if lacking == "excluded":
                return NO
            missing.append(lacking)
    if missing:
        return Match("in part", tuple(missing))
    return Match("yes", listed_version=any(members(wanted.versions) for wanted in subject.group))


def _is(wanted: SubjectAchievement, asked: AskedAchievement) -> bool:
    return wanted.code == asked.code and wanted.body.identity in asked.identities


def _lacking(wanted: SubjectAchievement, asked: AskedAchievement) -> str:
    """Return what isn't shown of a version or an award date, "excluded" where it is another, "" where it fits."""
    if versions := members(wanted.versions):
        if not asked.versions:
            return f"the version of {asked.code}"
        return "" if asked.versions & set(versions) else "excluded"
    first = wanted.awarded_from if isinstance(wanted.awarded_from, str) else ""
    last = wanted.awarded_until if isinstance(wanted.awarded_until, str) else ""
    if not first and not last:
        return ""
    if not asked.awarded:
        return f"the award date of {asked.code}"
    return "" if first <= asked.awarded <= (last or asked.awarded) else "excluded"


def _named(wanted: SubjectAchievement) -> str:
    scheme, value = wanted.body.identity
    return f"{wanted.code} of {value.partition(':')[2] if scheme == 'name' else value}"


def _criteria(criteria: CommonCriteria, asked: Sequence[AskedAchievement]) -> Match:
    if not asked:
        return NO
    missing = []
    for one in asked:
        for name, finding in criteria_findings(criteria, one.entry):
            if finding == "not met":
                return NO
            if finding == "not shown":
                missing.append(f"{name} of {one.code or one.title}")
    return Match("in part", tuple(missing)) if missing else Match("yes")


def criteria_findings(criteria: CommonCriteria, entry: Achievement | None) -> Iterator[tuple[str, str]]:
    """Give (criterion, met / not met / not shown) for each criterion of a rule and an achievement's entry."""
    stated = _stated(entry)
    parts: tuple[tuple[str, tuple[Any, ...], Callable[[Any, Any], bool]], ...] = (
        ("the EQF level", members(criteria.eqf_levels), _equal),
        ("the cycle", members(criteria.cycles), _equal),
        ("the field", members(criteria.isced_f), _within),
        ("the quality assurance", members(criteria.quality_assurance), _equal),
    )
    for name, allowed, fits in parts:
        if allowed:
            found = stated[name]
            met = any(fits(one, wanted) for one in found for wanted in allowed)
            yield name, "met" if met else "not met" if found else "not shown"
    if isinstance(criteria.credits, CreditsRange):
        yield "the credits", _in_range(criteria.credits, entry)
    if isinstance(criteria.party_to, Reference):
        yield "the accession to the agreement", "not shown"


def _stated(entry: Achievement | None) -> dict[str, tuple[Any, ...]]:
    """Return what an entry states, by criterion."""
    if entry is None:
        return defaultdict(tuple)
    return {
        "the EQF level": (entry.eqf_level,) if isinstance(entry.eqf_level, int) else (),
        "the cycle": (entry.cycle,) if isinstance(entry.cycle, str) else (),
        "the field": members(entry.isced_f),
        "the quality assurance": tuple(one.kind for one in entry.quality_assurance),
    }


def _equal(found: Any, wanted: Any) -> bool:
    return bool(found == wanted)


def _within(found: str, wanted: str) -> bool:
    """Whether a field is this one or one of its narrow ones."""
    return found.startswith(wanted)


def _in_range(wanted: CreditsRange, entry: Achievement | None) -> str:
    credits = entry.workload.credits if entry is not None else None
    if not isinstance(credits, Credits) or credits.system != wanted.system:
        return "not shown"
    amount = magnitude(credits.points)
    least = magnitude(wanted.least) if isinstance(wanted.least, str) else amount
    most = magnitude(wanted.most) if isinstance(wanted.most, str) else amount
    return "met" if least <= amount <= most else "not met"
