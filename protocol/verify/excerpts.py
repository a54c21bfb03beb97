"""The step that verifies what logs show in excerpts, and what their indexes are worth to the relying party.

Each log's excerpt is verified by itself (`protocol.documents.proved_excerpt`) and told as a part. Entries count where
the policy's quorum cosigned the log's checkpoint (a warning where none is asked for); what an index says is absent, and
that a list is complete, counts as `worth` says::

    proved     a quorum cosigned the index note, and not longer ago than the limit
    stale      one did, but longer ago, or the relying party gave no moment to judge by
    claimed    by the log alone
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol.documents.excerpt import Excerpt
from protocol.documents.proved_excerpt import END_KEY, Backed, ProvedExcerpt, verify_excerpt
from protocol.errors import ProtocolError
from protocol.gossip.policy_text import NO_QUORUM
from protocol.verify.checks import Question
from protocol.verify.log_steps import LogCase
from protocol.verify.report import Finding, Part, instant


@dataclass(slots=True)
class ExcerptCase(LogCase):
    """The excerpts that a file holds, and below them what has been verified of them, by origin."""

    excerpts: Mapping[str, Excerpt] = field(default_factory=dict)
    proved: Mapping[str, ProvedExcerpt] | None = None


def read_excerpts(case: ExcerptCase) -> Finding:
    """Verify every excerpt."""
    if not case.excerpts:
        return Finding("not checked", "What the logs hold was not checked.", "nothing of any log is shown")
    proved: dict[str, ProvedExcerpt] = {}
    parts = [_part(case.question, origin, excerpt, proved) for origin, excerpt in sorted(case.excerpts.items())]
    if all(part.result in ("yes", "warning") for part in parts):
        case.proved = proved
    names = ", ".join(f"'{origin}'" for origin in sorted(case.excerpts))
    facts = {origin: _facts(case.question, one) for origin, one in proved.items()}
    return Finding("yes", f"What is shown of {names} stands in these logs.", facts={"logs": facts}, parts=parts)


def _part(question: Question, origin: str, excerpt: Excerpt, proved: dict[str, ProvedExcerpt]) -> Part:
    """Verify one excerpt, and put it among those proved if it is."""
    policy = question.trust.policy
    try:
        found = verify_excerpt(excerpt, policy)
    except ProtocolError as error:
        return Part("no", f"What is shown of '{origin}' is not shown to be so.", str(error))
    if found.log.time is None and policy.quorum != NO_QUORUM:
        return Part("no", f"Your partners have not confirmed what is shown of '{origin}'.", found.log.why)
    if found.index is not None and END_KEY not in found.leaves:
        return Part("no", f"Whether '{origin}' has ended is not shown: behind its end nothing would count.")
    proved[origin] = found
    said = f"'{found.origin}' signed what is shown of it, at {found.size:,} entries."
    if found.log.time is None:
        return Part("warning", f"{said} Nobody else vouches for it.", found.log.why)
    return Part("yes", said, f"its partners confirmed it by {instant(found.log.time)}; {told_index(question, found)}")


def worth(question: Question, proved: ProvedExcerpt) -> Backed:
    """Return what it is worth, when asked, that the log's index lists nothing else."""
    if proved.index is None or proved.index.time is None:
        return "claimed"
    return "stale" if question.at is None else proved.index.at(question.at, limit=question.trust.freshness)


def told_index(question: Question, proved: ProvedExcerpt) -> str:
    """Return in words who vouches for the log's index, and since when."""
    if proved.index is None:
        return "of its index nothing is shown"
    if proved.index.time is None:
        return f"its index is claimed by the log alone: {proved.index.why}"
    confirmed = f"its partners confirmed its index by {instant(proved.index.time)}"
    if worth(question, proved) == "proved":
        return confirmed
    if question.at is None:
        return f"{confirmed}; no moment was given by which that could be judged"
    hours = question.trust.freshness / 3600
    return f"{confirmed}, which at {instant(question.at)} is not within your limit of {hours:g} hours: stale"


def _facts(question: Question, proved: ProvedExcerpt) -> dict[str, object]:
    facts: dict[str, object] = {"size": proved.size, "index": worth(question, proved)}
    if proved.index is not None and proved.index.time is not None:
        facts["index_time"] = instant(proved.index.time)
    return facts
