"""What a verdict says of an institution, worked out from an excerpt: by whoever answers, and again by whoever verifies.

An excerpt that doesn't show all that could decide the question is no basis for an answer.
"""

from collections.abc import Sequence

from protocol.documents.dated_excerpt import DatedExcerpt, timed
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
from protocol.documents.verdict_sentences import later_told, times_told
from protocol.recognition.institution import Institution
from protocol.recognition.outcome import Judged
from protocol.recognition.published import newest
from protocol.recognition.question import Question
from protocol.recognition.rules_asked import FoundRule, TimedEntry, ending_terms, question_terms, rules_asked, speaking
from protocol.recognition.says import Applies, DecisionChain, Says, says

LEAVE_RULES_TO_COUNT = ("good", "not stated")
"""Words of a standing that leave an institution's rules to count."""


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


def rules_shown(question: Question, dated: DatedExcerpt) -> list[FoundRule]:
    """Return the rules of a log on a question, as they were known.

    Raises:
        BadProofError: The excerpt doesn't show all that could decide it, or when that was logged.
    """
    under = {term: timed(dated.shown, term) for term in question_terms(question)}
    if dated.known is not None:  # of what doesn't speak of the question nobody needs the time
        leaves = {one.leaf for one, _, _ in speaking(question, under)}
        under = {term: dated.there(one for one in found if one.leaf in leaves) for term, found in under.items()}
    speak = {rule.id: rule for _, rule, _ in speaking(question, under)}
    ending = {term: dated.under(term) for rule in speak.values() for term in ending_terms(rule)}
    return rules_asked(question, under | ending, dated.origin)


def deciding(question: Question, excerpt: ProvedExcerpt) -> list[TimedEntry]:
    """Return all rules that speak of a question and all that could have ended them, whenever they were logged.

    Raises:
        BadProofError: The excerpt doesn't show all that could decide it.
    """
    under = {term: timed(excerpt, term) for term in question_terms(question)}
    speak = [(one, rule) for one, rule, _ in speaking(question, under)]
    terms = {term for _, rule in speak for term in ending_terms(rule)}
    found = {
        one.leaf: one for one in [*(one for one, _ in speak), *(one for term in terms for one in timed(excerpt, term))]
    }
    return [found[leaf] for leaf in sorted(found)]


def logged_later(question: Question, dated: DatedExcerpt) -> list[TimedEntry]:
    """Return what decides a question now, and was logged only after the moment asked about.

    Raises:
        BadProofError: As `rules_shown`.
    """
    if dated.known is None:
        return []
    return [one for one in deciding(question, dated.shown) if dated.then(one.leaf) == "not yet"]


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
    return tuple(
        OtherTold(leaf=rule.leaf, name=rule.name, why=why, known="undetermined" if rule.then == "undetermined" else "")
        for rule, why in found.others
    )


def institution_says(dated: DatedExcerpt, question: Question, chains: Sequence[DecisionChain], *, blocked: str) -> Says:
    """Return what an institution says by what its log shows, as it was known (arguments as `institution_told`).

    Raises:
        BadProofError: The excerpt doesn't show all that could decide it, or when that was logged.
    """
    found = rules_shown(question, dated)
    return says(question, found, chains, blocked=blocked, retroactive=dated.retroactive)


def institution_told(
    dated: DatedExcerpt, question: Question, chains: Sequence[ChainTold], *, blocked: str
) -> InstitutionTold:
    """Return what an institution says, worked out from the excerpt of its log.

    Args:
        dated: The log's excerpt, with the times of its entries where these are asked for.
        question: What is asked.
        chains: Decisions on the credential in that log.
        blocked: Why nothing may be relied on for the credential; empty where it may.

    Raises:
        BadProofError: The excerpt doesn't show all that could decide it, or when that was logged.
    """
    opened = [opened_chain(dated.origin, chain, {dated.origin: dated}) for chain in chains]
    found = institution_says(dated, question, opened, blocked=blocked)
    name, judged = name_of(dated.shown), found.judged
    later = "; ".join(later_told(one, dated) for one in logged_later(question, dated))
    return InstitutionTold(
        institution=name,
        origin=dated.origin,
        outcome=judged.outcome,
        sentence=_sentence(name, judged, dated) + (f" By then it had not said: {later}." if later else ""),
        ground=judged.ground,
        applies=applies_told(found),
        others=others_told(found),
        chains=tuple(chains),
    )


def _sentence(name: str, judged: Judged[Applies], dated: DatedExcerpt) -> str:
    if judged.wins is None:
        return f"{name} has no statement that can be relied on: {judged.ground}. That is not a refusal."
    kept = judged.wins.kept
    amount = f" with {kept.credits.points} {kept.credits.system} credit points" if kept.credits is not None else ""
    when = "".join(f"; {one}" for one in times_told(kept, dated))
    return f"{name} gives the outcome '{kept.outcome}'{amount}, by {kept.type} {kept.name}{when}."


def _told(one: Applies) -> AppliesTold:
    return AppliesTold(
        type=one.type,
        leaf=one.leaf,
        name=one.name,
        outcome=one.outcome,
        credits=one.credits,
        basis=one.basis,
        limits=one.limits,
        retroactive=one.retroactive,
        known="undetermined" if one.known == "undetermined" else "",
    )
