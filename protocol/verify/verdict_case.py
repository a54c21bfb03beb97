"""What the steps of a verdict's verification hand on to each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from protocol.documents.presentation import Presentation
from protocol.documents.proved_excerpt import Backed, ProvedExcerpt
from protocol.documents.verdict import Verdict
from protocol.encoding.wire import b64url
from protocol.recognition.question import Question
from protocol.recognition.says import DecisionChain
from protocol.recognition.sealed_entry import Sealed
from protocol.verify.checks import Case, established


@dataclass(slots=True)
class VerdictCase(Case):
    """A verdict's claims, and below them what has been established."""

    verdict: Verdict | None = None
    value: Mapping[str, Any] | None = None
    """The JSON value that its proof is over."""

    excerpts: Mapping[str, ProvedExcerpt] | None = None
    """By origin, once the excerpts of all logs are verified."""

    signer: bytes | None = None
    """The public key that the issuer's log lists."""

    asked: Question | None = None
    """The question, with what the awarding bodies' logs give of themselves and the achievements."""

    chains: Mapping[str, Sequence[DecisionChain]] | None = None
    """Decisions on the credential, opened, by the origin of the deciding institution's log."""

    presentation: Presentation | None = None


def under_tag(excerpt: ProvedExcerpt) -> Callable[[bytes], list[tuple[int, Sealed]] | None]:
    """Return what `protocol.recognition.follow` asks of a log: all entries under a tag, None where that isn't shown."""

    def under(tag: bytes) -> list[tuple[int, Sealed]] | None:
        found = excerpt.under(("tag", b64url(tag)))
        return None if found is None else [(one.leaf, one.entry) for one in found if isinstance(one.entry, Sealed)]

    return under


def seconds(instant: str) -> int:
    """Return an instant ``YYYY-MM-DDTHH:MM:SSZ`` in POSIX seconds."""
    return int(datetime.strptime(instant, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def backed(case: VerdictCase, excerpt: ProvedExcerpt) -> Backed:
    """Return who vouches for an excerpt's index, as of when the verdict was made and by the reader's limit."""
    begins = seconds(established(case.verdict, "readable").valid_from)
    return "claimed" if excerpt.index is None else excerpt.index.at(begins, limit=case.question.trust.freshness)
