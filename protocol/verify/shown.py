"""What a presentation's keys show in the excerpts that come with it: the award's standing, and institutions' decisions.

Standing is `good` only if it was followed to its end (`protocol.recognition.follow`) in an index that a quorum vouches
for and that is not stale. A change of standing that is found is told whatever the index is worth: it was entered.
"""

from dataclasses import dataclass
from typing import Any

from protocol.documents.presentation import Presentation
from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.encoding.wire import parse_b64url32
from protocol.errors import MalformedError
from protocol.gossip.policy_text import NO_QUORUM
from protocol.recognition.follow import AwardEntry, follow_decisions, follow_standing
from protocol.recognition.sealed import DecisionStatement
from protocol.recognition.snapshot import snapshot_standing
from protocol.recognition.standing import Link, Standing
from protocol.verify.checks import Question, established
from protocol.verify.excerpts import ExcerptCase, told_index, worth
from protocol.verify.report import Finding, Part

STANDING_NOT_SHOWN = Finding(
    "not checked",
    "Whether the award still stands was not checked.",
    "no proof of it is shown; with the key of its standing its log can be asked, such as by `nostra ask`",
)
DECISIONS_NOT_SHOWN = Finding(
    "not checked",
    "What institutions decided was not checked.",
    "no proof of it is shown; with their keys their logs can be asked, such as by `nostra ask`",
)
PROOFS_NOT_SHOWN = Finding("not checked", "No log shows anything here but the award.", "no further proof is shown")


@dataclass(slots=True)
class ShownCase(ExcerptCase):
    """A presentation, and the award once its entry is seen to say so."""

    presentation: Presentation | None = None
    awarded: AwardEntry | None = None


def check_standing(case: ShownCase) -> Finding:
    """Follow the award's standing in its log's excerpt."""
    award, presentation = established(case.awarded, "statement"), established(case.presentation, "readable")
    proved = established(case.proved, "proofs")[award.origin]
    sealed = proved.sealed_at(award.leaf)
    if sealed is not None and sealed != case.sealed():
        return Finding("no", f"'{award.origin}' has shown two entries at the award's leaf.")
    if presentation.snapshot is not None:
        found = snapshot_standing(award, presentation.snapshot, proved.under_tag, proved.sealed_at)
    else:
        key = established(presentation.status_key, "readable")
        found = follow_standing(award, key, proved.under_tag)
    return _told(case.question, proved, found, by_word=presentation.snapshot is not None)


def _told(question: Question, proved: ProvedExcerpt, found: Standing, *, by_word: bool) -> Finding:
    if found.standing == "unknown":
        return Finding("not checked", "Whether the award stands is unknown.", found.why)
    if found.standing != "good":
        return Finding("no", f"The award does not stand: it is {found.standing}.", found.why)
    backed, source = worth(question, proved), told_index(question, proved)
    if backed == "claimed" and question.trust.policy.quorum == NO_QUORUM:
        text = "That the award stands is claimed by the log alone; whether it does is unknown."
        return Finding("warning", text, source, {"claimed": "good", "standing": "unknown"})
    if backed != "proved":
        return Finding("not checked", f"Whether the award stands is unknown: what shows it is {backed}.", source)
    if by_word:
        text = "The award stands, by the word of whoever made this presentation that no later status is left out."
        return Finding("warning", text, source, {"standing": "good", "standing_by": "presenter"})
    return Finding("yes", f"The award stands: {found.why}.", source, {"standing": "good", "standing_by": "index"})


def check_decisions(case: ShownCase) -> Finding:
    """Follow what each institution decided whose key and whose log's excerpt are shown."""
    presentation, proved = established(case.presentation, "readable"), established(case.proved, "proofs")
    parts, facts = [], {}
    for origin, key in sorted(presentation.decisions.items()):
        if origin not in proved:
            parts.append(Part("warning", f"What '{origin}' decided was not checked.", "no proof of it is shown"))
            continue
        part, fact = _decided(case.question, proved[origin], key)
        parts.append(part)
        facts[origin] = fact
    text = "What these institutions decided was followed, as far as the keys shown reach."
    why = "that these keys are of this very credential is the presenter's word: a decision's receipt names it"
    return Finding("yes", text, why, facts={"decisions": facts}, parts=parts)


def _decided(question: Question, proved: ProvedExcerpt, key: bytes) -> tuple[Part, dict[str, Any]]:
    """Return what one institution decided, for people and for programs."""
    origin, backed, source = proved.origin, worth(question, proved), told_index(question, proved)
    found = follow_decisions(key, origin, proved.under_tag)
    if found.unknown:
        return Part("not checked", f"What '{origin}' decided is unknown.", found.unknown), {}
    said = "; ".join(map(_decision, found.decisions)) or "no decision stands under the key shown"
    fact = {"index": backed, "standing": [_fact(link) for link in found.decisions]}
    if backed == "claimed" and question.trust.policy.quorum == NO_QUORUM:
        return Part("warning", f"'{origin}': {said}; that this is all is claimed by the log alone.", source), fact
    if backed != "proved":
        return Part("not checked", f"Whether this is all that '{origin}' decided is unknown: {said}.", source), {}
    return Part("yes", f"'{origin}': {said}.", source), fact


def _decision(link: Link[DecisionStatement]) -> str:
    said = link.said
    assert said is not None  # noqa: S101 - a link that can't be read leaves the list unknown
    return f"decision no. {link.number}: {said.outcome} for {said.purpose}"


def _fact(link: Link[DecisionStatement]) -> dict[str, Any]:
    said = link.said
    assert said is not None  # noqa: S101 - a link that can't be read leaves the list unknown
    return {"leaf": link.leaf, "number": link.number, "outcome": said.outcome, "purpose": said.purpose}


def presented(question: Question) -> Presentation | None:
    """Return the presentation that is asked about; None where it can't be read."""
    try:
        return Presentation.parse(question.data)
    except MalformedError:
        return None


def without_proofs(question: Question) -> Finding | None:
    """Waive the excerpts where the learner shows none."""
    shown = presented(question)
    return PROOFS_NOT_SHOWN if shown is not None and not shown.proofs else None


def without_standing(question: Question) -> Finding | None:
    """Waive the standing where the learner doesn't show it, or its key alone."""
    shown = presented(question)
    if shown is None or shown.award is None:
        return None
    keyed = shown.status_key is not None or shown.snapshot is not None
    return None if keyed and shown.award.origin in shown.proofs else STANDING_NOT_SHOWN


def without_decisions(question: Question) -> Finding | None:
    """Waive decisions where the learner shows none, or their keys alone."""
    shown = presented(question)
    return None if shown is None or set(shown.decisions) & set(shown.proofs) else DECISIONS_NOT_SHOWN


def award_entry(case: ShownCase, origin: str, status_key_id: bytes) -> AwardEntry:
    """Return the award whose entry was led to the log's root and opened."""
    proof = established(case.proof, "readable")
    return AwardEntry(
        origin=origin, leaf=proof.index, tag=parse_b64url32(case.sealed().tag), status_key_id=status_key_id
    )
