"""The step of a verdict that answers anew: each institution's outcome from the entries of its own log.

The same functions run here and in the node that answered (`protocol.recognition.says`). What comes out is compared, and
it is what comes out that the report tells.
"""

from collections.abc import Iterator
from typing import Final

from protocol.documents.dated_excerpt import DatedExcerpt
from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.documents.verdict import InstitutionTold
from protocol.documents.verdict_content import (
    applies_told,
    blocked_by,
    institution_says,
    logged_later,
    name_of,
    others_told,
)
from protocol.documents.verdict_sentences import later_told, times_told
from protocol.recognition.question import Question
from protocol.recognition.says import Applies, Says
from protocol.verify.checks import Check, established
from protocol.verify.report import Finding, Part, Result
from protocol.verify.verdict_case import VerdictCase, backed

SILENT: Final = ("unknown", "unreachable")
"""Outcomes that need no proof: nothing rests on them."""


def check_institutions(case: VerdictCase) -> Finding:
    """Answer anew for every institution, and compare."""
    subject = established(case.verdict, "readable").credential_subject
    question, chains = established(case.asked, "question"), established(case.chains, "openings")
    excerpts, blocked = established(case.dated, "times"), blocked_by(subject.trusts, subject.standing)
    parts, outcomes = [], {}
    for told in subject.institutions:
        excerpt = excerpts.get(told.origin)
        if excerpt is None:
            parts.append(_unproved(told))
            continue
        found = institution_says(excerpt, question, chains.get(told.origin, ()), blocked=blocked)
        parts += [_compared(case, told, found, excerpt), *_when(found, question, excerpt)]
        outcomes[told.origin] = {"index": backed(case, excerpt.shown)} | _facts(found, excerpt)
    return Finding(
        "yes",
        "What each institution says was worked out anew from its own entries.",
        "by the same rules as the answering node's; what others say of the same (precedents) isn't looked at",
        {"outcomes": outcomes},
        parts,
    )


def _unproved(told: InstitutionTold) -> Part:
    if told.outcome in SILENT and not told.applies:
        return Part("warning", f"{told.origin or told.institution}: {told.outcome}.", "nothing of its log is shown")
    return Part(
        "no", f"{told.origin or told.institution}: nothing shows what it says.", "no excerpt of its log is there"
    )


def _compared(case: VerdictCase, told: InstitutionTold, found: Says, excerpt: DatedExcerpt) -> Part:
    who, judged = f"{name_of(excerpt.shown)} ({excerpt.origin})", found.judged
    same = (told.outcome, bool(told.ground), told.applies, told.others)
    if same != (judged.outcome, bool(judged.ground), applies_told(found), others_told(found)):
        gives = "another" if told.outcome == judged.outcome else judged.outcome
        return Part("no", f"{who}: its entries give {gives}, and the verdict says {told.outcome}.", judged.ground)
    result, why = _vouched(case, excerpt.shown)
    if not _is_dated(excerpt):
        result, why = "warning", f"{why}; when it was logged is told by the answering node's clock alone"
    if any(chain.documents for chain in told.chains) or (judged.wins is not None and _is_decision(judged.wins.kept)):
        # Nothing in a log ties a key of decisions to a file: the document does, which isn't shown.
        result = "warning"
        why += "; the scope, credits and basis of its decisions are by the signer's word, and that they are on it"
    if judged.wins is None:
        return Part(result, f"{who}: {judged.outcome}: {judged.ground}.", why)
    kept = judged.wins.kept
    amount = f", {kept.credits.points} {kept.credits.system}" if kept.credits is not None else ""
    word = " on this credential" if _is_decision(kept) else ""
    return Part(result, f"{who}: {kept.outcome}{amount}, by {kept.type} {kept.name}{word}, leaf {kept.leaf}.", why)


def _is_decision(kept: Applies) -> bool:
    return kept.type == "decision"


def _facts(found: Says, dated: DatedExcerpt) -> dict[str, object]:
    """Return the outcome for programs, with what is to be known of the time of what gives it."""
    judged = found.judged
    facts: dict[str, object] = {"outcome": judged.outcome}
    if judged.wins is not None and judged.wins.kept.retroactive:
        facts["retroactive"] = judged.wins.kept.retroactive
    doubts = [one.kept.known for one in (*judged.decisions, *judged.rules)] + [rule.then for rule, _ in found.others]
    if dated.times:
        facts["times"] = "proved" if _is_dated(dated) else "by the answering node's clock"
    return facts | ({"known": "undetermined"} if "undetermined" in doubts else {})


def _is_dated(dated: DatedExcerpt) -> bool:
    """Whether no time of an entry rests on the answering node's word: by such a time it could pass an entry over."""
    return all(one.proved for one in dated.times.values())


def _when(found: Says, question: Question, dated: DatedExcerpt) -> Iterator[Part]:
    """Give what is to be known of the times of all that speaks of the question."""
    origin, judged = dated.origin, found.judged
    for one in (found.kept for found in (*judged.decisions, *judged.rules)):
        plain = not one.retroactive and one.known == "already"
        for said in times_told(one, dated):
            yield Part(
                "yes" if plain and dated.times[one.leaf].proved else "warning",
                f"{origin}: {one.type} {one.name}: {said}.",
            )
    for rule, why in found.others:
        if rule.then == "undetermined":
            text = f"{origin}: rule {rule.name}: whether what decides it had been logged by then can't be determined."
            yield Part("warning", text, why)
    for later in logged_later(question, dated):
        word: Result = "yes" if dated.times[later.leaf].proved else "warning"
        yield Part(word, f"{origin}: {later_told(later, dated)}.")


def _vouched(case: VerdictCase, excerpt: ProvedExcerpt) -> tuple[Result, str]:
    match backed(case, excerpt):
        case "proved":
            about = established(case.verdict, "readable").credential_subject.asked.credential
            which = "" if about is None else ", of decisions those under the keys given"
            return "yes", f"all that could decide it is shown{which}"
        case "stale":
            return "warning", "STALE: what it said since isn't known"
        case "claimed":
            return "warning", "that there is nothing else is claimed by its log alone"


CHECK: Final = Check(
    "institutions", check_institutions, "What an institution is said to say doesn't follow from its log.", may_warn=True
)
