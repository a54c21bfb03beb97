"""What a verdict says of an institution, worked out from an excerpt: by whoever answers, and again by whoever verifies.

An excerpt that doesn't show all that could decide the question is no basis for an answer.
"""

from collections.abc import Sequence

from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.documents.verdict import (
    AppliesTold,
    ChainTold,
    InstitutionTold,
    OtherTold,
    StandingTold,
    TrustsTold,
)
from protocol.documents.verdict_openings import opened_chain
from protocol.errors import BadProofError
from protocol.recognition.entry import NotUnderstood
from protocol.recognition.institution import Institution
from protocol.recognition.outcome import Judged
from protocol.recognition.published import newest
from protocol.recognition.question import Question
from protocol.recognition.rules_asked import (
    FoundRule,
    TimedEntry,
    ending_terms,
    question_terms,
    rules_asked,
    speaking,
)
from protocol.recognition.says import Applies, Says, says
from protocol.recognition.terms import Term

LEAVE_RULES_TO_COUNT = ("good", "not stated")
"""Words of a standing that leave an institution's rules to count."""


def timed(excerpt: ProvedExcerpt, term: Term) -> list[TimedEntry]:
    """Return all entries under a term.

    Raises:
        BadProofError: The excerpt doesn't say which these are.
    """
    found = excerpt.under(term)
    if found is None:
        raise BadProofError(f"what stands in {excerpt.origin} under {' '.join(term)} is not shown")
    return [TimedEntry(one.leaf, one.entry) for one in found if not isinstance(one.entry, NotUnderstood)]


def institution_of(excerpt: ProvedExcerpt) -> tuple[int, Institution] | None:
    """Return the newest `institution` entry of a log with its leaf; None where there is none.

    Raises:
        BadProofError: The excerpt doesn't say whether there is one.
    """
    return newest(timed(excerpt, ("institution",)), Institution)


def name_of(excerpt: ProvedExcerpt) -> str:
    """Return what an institution calls itself in its own log; its log's origin where that isn't shown."""
    held = None if excerpt.under(("institution",)) is None else institution_of(excerpt)
    return excerpt.origin if held is None else held[1].name.get("en") or next(iter(held[1].name.values()))


def rules_shown(question: Question, excerpt: ProvedExcerpt) -> list[FoundRule]:
    """Return the rules of a log on a question.

    Raises:
        BadProofError: The excerpt doesn't show all that could decide it.
    """
    under: dict[Term, list[TimedEntry]] = {term: timed(excerpt, term) for term in question_terms(question)}
    speak = {rule.id: rule for _, rule, _ in speaking(question, under)}
    ending = {term: timed(excerpt, term) for rule in speak.values() for term in ending_terms(rule)}
    return rules_asked(question, under | ending, excerpt.origin)


def blocked_by(trusts: TrustsTold | None, standing: StandingTold | None) -> str:
    """Return why nothing may be relied on for the credential, by what is said of it; empty where it may."""
    if trusts is not None and trusts.authentic.result == "no":
        return f"the document is not authentic: {trusts.authentic.why}"
    if standing is not None and standing.standing not in LEAVE_RULES_TO_COUNT:
        return f"its standing is {standing.standing}: {standing.why}"
    return ""


def applies_told(found: Says) -> tuple[AppliesTold, ...]:
    """Return all that applies as a verdict tells it, what counts first."""
    return tuple(_told(one.kept) for one in (*found.judged.decisions, *found.judged.rules))


def others_told(found: Says) -> tuple[OtherTold, ...]:
    """Return the rules that don't apply as a verdict tells them."""
    return tuple(OtherTold(leaf=rule.leaf, name=rule.name, why=why) for rule, why in found.others)


def institution_told(
    excerpt: ProvedExcerpt, question: Question, chains: Sequence[ChainTold], *, blocked: str
) -> InstitutionTold:
    """Return what an institution says, worked out from the excerpt of its log.

    Args:
        excerpt: The log's.
        question: What is asked.
        chains: Decisions on the credential in that log.
        blocked: Why nothing may be relied on for the credential; empty where it may.

    Raises:
        BadProofError: The excerpt doesn't show all that could decide it.
    """
    opened = [opened_chain(excerpt.origin, chain, {excerpt.origin: excerpt}) for chain in chains]
    found = says(question, rules_shown(question, excerpt), opened, blocked=blocked)
    name, judged = name_of(excerpt), found.judged
    return InstitutionTold(
        institution=name,
        origin=excerpt.origin,
        outcome=judged.outcome,
        sentence=_sentence(name, judged),
        ground=judged.ground,
        applies=applies_told(found),
        others=others_told(found),
        chains=tuple(chains),
    )


def _sentence(name: str, judged: Judged[Applies]) -> str:
    if judged.wins is None:
        return f"{name} has no statement that can be relied on: {judged.ground}. That is not a refusal."
    kept = judged.wins.kept
    amount = f" with {kept.credits.points} {kept.credits.system} credit points" if kept.credits is not None else ""
    return f"{name} gives the outcome '{kept.outcome}'{amount}, by {kept.type} {kept.name}."


def _told(one: Applies) -> AppliesTold:
    return AppliesTold(
        type=one.type,
        leaf=one.leaf,
        name=one.name,
        outcome=one.outcome,
        credits=one.credits,
        basis=one.basis,
        limits=one.limits,
    )
