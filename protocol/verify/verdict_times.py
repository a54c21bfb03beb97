"""The step of a verdict that dates entries: by checkpoints that partners cosigned, or by the signer's clock.

Verified are all times that the verdict gives. Whether it gives those that it needs is seen where they are needed: an
entry that would have to be dated and isn't fails the step that relies on it.
"""

from collections.abc import Iterator
from typing import Final

from protocol.documents.dated_excerpt import DatedExcerpt
from protocol.documents.verdict_times import verify_times
from protocol.errors import BadProofError
from protocol.recognition.logged import instant
from protocol.verify.checks import Check, established
from protocol.verify.report import Finding, Part
from protocol.verify.verdict_case import VerdictCase


def check_times(case: VerdictCase) -> Finding:
    """Verify when entries were logged."""
    verdict, excerpts = established(case.verdict, "readable"), established(case.excerpts, "logs")
    dates = verdict.credential_subject.asked.dates
    looks_back, known = dates.looks_back(verdict.valid_from), dates.known_at
    dated: dict[str, DatedExcerpt] = {}
    for log in verdict.credential_subject.logs:
        if log.origin in excerpts:
            excerpt = excerpts[log.origin]
            times = verify_times(log.times, excerpt, case.question.trust.policy)
            dated[log.origin] = DatedExcerpt(excerpt, known, times, looks_back)
        elif log.times:
            raise BadProofError(f"entries of {log.origin} are dated, and nothing of it is shown")
    case.dated = dated
    parts = [part for one in dated.values() for part in _told(one)]
    if known is not None:
        return Finding(
            "yes", f"It tells what was known at {instant(known)}, and nothing that was logged later.", parts=parts
        )
    why = "" if looks_back else "that what is not dated was logged by the day it is applied to is the signer's word"
    return Finding("yes", "It tells all that the logs show.", why, parts=parts)


def _told(dated: DatedExcerpt) -> Iterator[Part]:
    proved = [one for one in dated.times.values() if one.proved]
    if proved:
        yield Part(
            "yes", f"{dated.origin}: the partners you ask for show when {len(proved)} of its entries were logged."
        )
    if not all(one.overlapping for one in proved):
        why = "two quorums of what you trust need not share a partner"
        yield Part("warning", f"{dated.origin}: others may have seen these entries earlier.", why)
    if count := len(dated.times) - len(proved):
        text = f"{dated.origin}: when {count} of its entries were logged is told by the answering node's clock alone."
        yield Part("warning", text, "no quorum that you trust has dated them")


CHECK: Final = Check("times", check_times, "When entries were logged is not shown to be so.", may_warn=True)
