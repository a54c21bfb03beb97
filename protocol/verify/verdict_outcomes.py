"""The step of a verdict that answers anew: each institution's outcome from the entries of its own log.

The same functions run here and in the node that answered (`protocol.recognition.says`). What comes out is compared, and
it is what comes out that the report tells.
"""

from typing import Final

from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.documents.verdict import InstitutionTold
from protocol.documents.verdict_content import applies_told, blocked_by, name_of, others_told, rules_shown
from protocol.recognition.says import Says, says
from protocol.verify.checks import Check, established
from protocol.verify.report import Finding, Part, Result
from protocol.verify.verdict_case import VerdictCase, backed

SILENT: Final = ("unknown", "unreachable")
"""Outcomes that need no proof: nothing rests on them."""


def check_institutions(case: VerdictCase) -> Finding:
    """Answer anew for every institution, and compare."""
    subject = established(case.verdict, "readable").credential_subject
    question, chains = established(case.asked, "question"), established(case.chains, "openings")
    excerpts, blocked = established(case.excerpts, "logs"), blocked_by(subject.trusts, subject.standing)
    parts, outcomes = [], {}
    for told in subject.institutions:
        excerpt = excerpts.get(told.origin)
        if excerpt is None:
            parts.append(_unproved(told))
            continue
        found = says(question, rules_shown(question, excerpt), chains.get(told.origin, ()), blocked=blocked)
        parts.append(_compared(case, told, found, excerpt))
        outcomes[told.origin] = {"index": backed(case, excerpt), "outcome": found.judged.outcome}
    return Finding(
        "yes",
        "What each institution says was worked out anew from its own entries.",
        "the same rules as the answering node's",
        {"outcomes": outcomes},
        parts,
    )


def _unproved(told: InstitutionTold) -> Part:
    if told.outcome in SILENT and not told.applies:
        return Part("warning", f"{told.origin or told.institution}: {told.outcome}.", "nothing of its log is shown")
    return Part(
        "no", f"{told.origin or told.institution}: nothing shows what it says.", "no excerpt of its log is there"
    )


def _compared(case: VerdictCase, told: InstitutionTold, found: Says, excerpt: ProvedExcerpt) -> Part:
    who, judged = f"{name_of(excerpt)} ({excerpt.origin})", found.judged
    same = (told.outcome, bool(told.ground), told.applies, told.others)
    if same != (judged.outcome, bool(judged.ground), applies_told(found), others_told(found)):
        return Part(
            "no", f"{who}: its entries give {judged.outcome}, and the verdict says {told.outcome}.", judged.ground
        )
    result, why = _vouched(case, excerpt)
    if any(chain.documents for chain in told.chains):
        result, why = "warning", f"{why}; the scope, credits and basis of its decisions are by the signer's word"
    if judged.wins is None:
        return Part(result, f"{who}: {judged.outcome}: {judged.ground}.", why)
    kept = judged.wins.kept
    amount = f", {kept.credits.points} {kept.credits.system}" if kept.credits is not None else ""
    word = " on this credential" if kept.type == "decision" else ""
    if word and result == "yes":
        why = f"{why}; its scope and credits stand in its document, which isn't shown"
    return Part(result, f"{who}: {kept.outcome}{amount}, by {kept.type} {kept.name}{word}, leaf {kept.leaf}.", why)


def _vouched(case: VerdictCase, excerpt: ProvedExcerpt) -> tuple[Result, str]:
    match backed(case, excerpt):
        case "proved":
            return "yes", "all that could decide it is shown"
        case "stale":
            return "warning", "STALE: what it said since isn't known"
        case "claimed":
            return "warning", "that there is nothing else is claimed by its log alone"


CHECK: Final = Check(
    "institutions", check_institutions, "What an institution is said to say doesn't follow from its log.", may_warn=True
)
