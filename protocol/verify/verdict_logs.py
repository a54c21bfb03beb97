"""The steps of a verdict on its logs, its issuer and its time: excerpts, whose signature it bears, until when."""

from collections.abc import Iterator
from typing import Final

from protocol.documents.excerpt import Excerpt
from protocol.documents.proved_excerpt import MAX_AHEAD, Backed, Backing, ProvedExcerpt, verify_excerpt
from protocol.documents.verdict import LogTold
from protocol.documents.verdict_content import institution_of, name_of
from protocol.encoding.data_integrity import proof_method, verify_proof_by
from protocol.encoding.did_web import origin_of, parse_web_method
from protocol.encoding.multibase import multikey
from protocol.errors import BadProofError
from protocol.gossip.policy_text import NO_QUORUM
from protocol.recognition.logged import moment
from protocol.recognition.published import lists_key
from protocol.verify.checks import Check, established
from protocol.verify.report import Finding, Part, Result, instant
from protocol.verify.verdict_case import VerdictCase, backed

END: Final = ("succession",)
"""The term under which a log says that it has ended: what stands behind that counts for nothing."""

_BACKED: Final[dict[Backed, tuple[Result, str]]] = {
    "proved": ("yes", "the partners you ask for vouch for it and its index, by {time}"),
    "stale": ("warning", "STALE: the partners you ask for last vouched for its index at {time}"),
    "claimed": ("warning", "its entries are there; that there are no others is claimed by the log alone"),
}


def check_logs(case: VerdictCase) -> Finding:
    """Verify every excerpt with the keys that the relying party trusts."""
    verdict = established(case.verdict, "readable")
    proved: dict[str, ProvedExcerpt] = {}
    parts = []
    for log in verdict.credential_subject.logs:
        if log.excerpt is None:
            parts.append(Part("warning", f"{log.origin}: nothing of it is shown.", _not_shown(log)))
            continue
        excerpt = verify_excerpt(Excerpt.read(log.excerpt), case.question.trust.policy)
        if excerpt.origin != log.origin:
            raise BadProofError(f"the excerpt given for {log.origin} is of {excerpt.origin}")
        if excerpt.index is not None and excerpt.under(END) is None:
            raise BadProofError(f"whether {log.origin} has ended is not shown")
        proved[log.origin] = excerpt
        parts.append(_log_part(case, excerpt))
    case.excerpts = proved
    return Finding(
        "yes",
        f"{len(proved)} logs show what this rests on, each signed by a key of its own that you trust.",
        f"keys and quorum {case.question.trust.source}",
        {"logs": {origin: excerpt.size for origin, excerpt in proved.items()}},
        parts,
    )


def _log_part(case: VerdictCase, excerpt: ProvedExcerpt) -> Part:
    index = excerpt.index if excerpt.index is not None else Backing(why="it shows no index")
    if not excerpt.is_confirmed and case.question.trust.policy.quorum != NO_QUORUM:
        text = f"Your partners have confirmed nothing of what is shown of {excerpt.origin}."
        return Part("no", text, excerpt.log.why)
    result, text = _BACKED[backed(case, excerpt)]
    told = text.format(time="" if index.time is None else instant(index.time))
    return Part(result, f"{excerpt.origin}, {excerpt.size:,} entries: {told}.", index.why)


def _not_shown(log: LogTold) -> str:
    if log.convicted:
        return "by the signer's word: it has shown two histories"
    return "by the signer's word: it could not be reached" if log.read == "unreachable" else "by the signer's word"


def check_issuer(case: VerdictCase) -> Finding:
    """Find the key that the proof names in the issuer's own log."""
    verdict, value = established(case.verdict, "readable"), established(case.value, "readable")
    excerpts = established(case.excerpts, "logs")
    origin, key = parse_web_method(proof_method(value))
    if origin_of(verdict.issuer.id) != origin:
        return Finding("no", "The proof is by a key of somebody else than the issuer.")
    if origin not in excerpts:
        return Finding("no", f"Nothing shows whose key it is: no excerpt of {origin} is there.")
    held = institution_of(excerpts[origin])
    if held is None or not lists_key(held[1], multikey(key), verdict.valid_from[:10]):
        return Finding("no", f"The institution of {origin} doesn't list the key of this verdict.")
    result, latest = _latest(case, excerpts[origin])
    if result == "no":
        return Finding("no", f"Whether {origin} still lists the key of this verdict is not shown.", latest)
    case.signer = key
    return Finding(
        result,
        f"It is issued by {name_of(excerpts[origin])} ({origin}).",
        f"its `institution` entry, leaf {held[0]}, lists the key {multikey(key)}{latest}",
        {"issuer": origin},
    )


def _latest(case: VerdictCase, excerpt: ProvedExcerpt) -> tuple[Result, str]:
    """Return what it is worth that no later entry takes the key back: who holds a lost one shows an old index."""
    match backed(case, excerpt):
        case "proved":
            return "yes", ""
        case "claimed" if case.question.trust.policy.quorum == NO_QUORUM:
            return "warning", "; that no later entry takes it back is claimed by the log alone"
        case other:
            return "no", "its index is " + ("STALE" if other == "stale" else "claimed by the log alone")


def check_signature(case: VerdictCase) -> Finding:
    """Verify the proof with that key."""
    proved = verify_proof_by(established(case.value, "readable"), established(case.signer, "issuer"))
    return Finding("yes", "The issuer signed this very verdict.", f"a Data Integrity proof of {proved.created}")


def check_limit(case: VerdictCase) -> Finding:
    """Check that the verdict doesn't hold longer than what it rests on is fresh."""
    verdict, limit = established(case.verdict, "readable"), case.question.trust.freshness
    begins, ends = moment(verdict.valid_from), moment(verdict.valid_until)
    times = list(_fresh_times(case))
    last = min([begins, *times]) + limit
    if ends > last:
        return Finding(
            "no", f"It claims to hold until {verdict.valid_until}, and its logs are fresh until {instant(last)}."
        )
    return Finding("yes", f"It holds until {verdict.valid_until}.", "no longer than its logs are fresh by your limit")


def _fresh_times(case: VerdictCase) -> Iterator[int]:
    for excerpt in established(case.excerpts, "logs").values():
        if excerpt.index is not None and excerpt.index.time is not None and backed(case, excerpt) == "proved":
            yield excerpt.index.time


def check_now(case: VerdictCase) -> Finding:
    """Check that the verdict holds at the moment at which the relying party asks."""
    verdict, now = established(case.verdict, "readable"), case.question.at
    if now is None:
        return Finding("not checked", "Whether it still holds was not checked.", "no moment was given")
    if now > moment(verdict.valid_until):
        return Finding("no", f"It held until {verdict.valid_until}: ask anew.")
    if now + MAX_AHEAD < moment(verdict.valid_from):
        return Finding("no", f"It begins to hold at {verdict.valid_from}.")
    return Finding("yes", f"It holds now, at {instant(now)}.")


CHECKS: Final = (
    Check("logs", check_logs, "What the logs show can't be relied on.", may_warn=True),
    Check("issuer", check_issuer, "Who issued it is not shown.", may_warn=True),
    Check("signature", check_signature, "The issuer did not sign this verdict."),
    Check("limit", check_limit),
    Check("now", check_now),
)
