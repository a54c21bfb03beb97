"""The step of a verdict that makes its question anew, from what it names and the awarding bodies' own logs."""

from collections.abc import Mapping
from typing import Final

from protocol.documents.dated_excerpt import DatedExcerpt
from protocol.documents.verdict_asked import AchievementAsked, AskedTold, BodyAsked
from protocol.documents.verdict_content import institution_of
from protocol.recognition.achievement import Achievement
from protocol.recognition.bodies import Identity
from protocol.recognition.published import achievement_terms, newest
from protocol.recognition.question import AskedAchievement, AskedDates, AskedScope, Question
from protocol.verify.checks import Check, established
from protocol.verify.report import Finding, Part
from protocol.verify.verdict_case import VerdictCase


def check_question(case: VerdictCase) -> Finding:
    """Make the question anew."""
    told = established(case.verdict, "readable").credential_subject.asked
    excerpts = established(case.dated, "times")
    found = [achievement_shown(one, excerpts) for one in told.achievements]
    case.asked = question_of(told, tuple(achievement for achievement, _ in found))
    dates = told.dates
    return Finding(
        "yes",
        f"It answers for the purpose '{told.purpose}' by the law of {dates.at}{_as_known(dates.known)}.",
        "that this is what was asked is for you to see",
        {"asked": _facts(told)},
        [part for _, part in found],
    )


def _as_known(known: str) -> str:
    return f", as far as it had been logged by {known}" if known else ""


def _facts(told: AskedTold) -> dict[str, object]:
    facts: dict[str, object] = {
        "purpose": told.purpose,
        "at": told.dates.at,
        "codes": [one.code for one in told.achievements],
    }
    return facts | ({"known": told.dates.known} if told.dates.known else {})


def question_of(told: AskedTold, achievements: tuple[AskedAchievement, ...]) -> Question:
    """Return the question on these achievements."""
    dates, scope = told.dates, told.scope
    return Question(
        achievements=achievements,
        dates=AskedDates(
            at=dates.at, award=dates.award, learning_agreement=dates.learning_agreement, application=dates.application
        ),
        purpose=told.purpose,
        scope=AskedScope(unit=scope.unit, programme=scope.programme, cycle=scope.cycle),
        qualification=told.qualification,
        known=dates.known_at,
    )


def achievement_shown(told: AchievementAsked, excerpts: Mapping[str, DatedExcerpt]) -> tuple[AskedAchievement, Part]:
    """Return an achievement that is asked about, with what its bodies' logs show of it, and the line of a report.

    Raises:
        BadProofError: A log's excerpt doesn't show all that stands there on it.
    """
    identities: set[Identity] = set()
    by_word, logs = [], []
    for body in told.bodies:
        given, shown = identities_shown(body, excerpts)
        identities |= given
        if body.origin in excerpts:
            logs.append(excerpts[body.origin])
        if not shown:
            by_word.append(body.origin or "nobody's log")
    published, place = _published(identities, told.code, logs)
    asked = AskedAchievement(
        identities=frozenset(identities),
        code=told.code,
        title=told.title,
        awarded=told.awarded,
        versions=frozenset([told.version] if told.version else [published.version] if published else []),
        entry=published,
    )
    named = f"the achievement {told.code}" if told.code else "an achievement without a code"
    where = f"published in {place}" if place else "no log shown publishes it"
    if by_word:
        return asked, Part(
            "warning",
            f"{named}: {where}.",
            f"that {', '.join(by_word)} speaks for its body, under every name given, is the signer's word",
        )
    return asked, Part("yes", f"{named}: {where}.", "under all identities that its body's own log gives")


def identities_shown(body: BodyAsked, excerpts: Mapping[str, DatedExcerpt]) -> tuple[set[Identity], bool]:
    """Return a body's identities, and whether its own log gives all under which it was named.

    A name more is enough to let rules on another body's achievements apply.
    """
    named = {(scheme, value) for scheme, value in body.named}
    if not body.origin or body.origin not in excerpts:
        return named, False
    held = institution_of(excerpts[body.origin].shown)
    own = set(held[1].identities()) if held is not None else set()
    return named | own, bool(named) and named <= own


def _published(identities: set[Identity], code: str, logs: list[DatedExcerpt]) -> tuple[Achievement | None, str]:
    """Return what the body's logs publish of the achievement, and where: the highest version holds.

    Raises:
        BadProofError: A log's excerpt doesn't show all that stands there on it.
    """
    best: tuple[Achievement, str] | None = None
    for excerpt in logs:
        found = [one for term in achievement_terms(identities, code) for one in excerpt.under(term)]
        held = newest(found, Achievement)
        if held is not None and (best is None or held[1].version > best[0].version):
            best = held[1], f"{excerpt.origin}, leaf {held[0]}"
    return best if best is not None else (None, "")


CHECK: Final = Check("question", check_question, "What the answer rests on is not shown.", may_warn=True)
