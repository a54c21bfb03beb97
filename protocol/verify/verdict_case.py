"""What the steps of a verdict's verification hand on to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocol.documents.dated_excerpt import DatedExcerpt
from protocol.documents.presentation import Presentation
from protocol.documents.proved_excerpt import Backed, ProvedExcerpt
from protocol.documents.verdict import Verdict
from protocol.recognition.logged import moment
from protocol.recognition.question import Question
from protocol.recognition.says import DecisionChain
from protocol.verify.checks import Case, established


@dataclass(slots=True)
class VerdictCase(Case):
    """A verdict's claims, and below them what has been established."""

    verdict: Verdict | None = None
    value: Mapping[str, Any] | None = None
    """The JSON value that its proof is over."""

    excerpts: Mapping[str, ProvedExcerpt] | None = None
    """By origin, once the excerpts of all logs are verified."""

    dated: Mapping[str, DatedExcerpt] | None = None
    """The same with the times of their entries, as of the moment that is asked about."""

    signer: bytes | None = None
    """The public key that the issuer's log lists."""

    asked: Question | None = None
    """The question, with what the awarding bodies' logs give of themselves and the achievements."""

    chains: Mapping[str, Sequence[DecisionChain]] | None = None
    """Decisions on the credential, opened, by the origin of the deciding institution's log."""

    presentation: Presentation | None = None


def backed(case: VerdictCase, excerpt: ProvedExcerpt) -> Backed:
    """Return who vouches for an excerpt's index, as of when the verdict was made and by the reader's limit."""
    begins = moment(established(case.verdict, "readable").valid_from)
    return "claimed" if excerpt.index is None else excerpt.index.at(begins, limit=case.question.trust.freshness)
