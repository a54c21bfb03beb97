"""Which of several answers counts: pure, and the same in whatever order they were found.

1. A binding agreement comes first.
2. What holds where recognition is wanted comes before what holds only in a part of it.
3. The more favourable to the learner: `full` before `conditional` before `partial` before `alternative` before
   `refused`; of equals, the one that grants more credits (ECTS; other systems don't compare).
4. A rule that lists the version comes before one for any version.
5. The highest leaf.

All that apply are shown; `why` tells what made the difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from protocol.recognition.achievement import Credits
from protocol.recognition.scalars import magnitude
from protocol.recognition.words import DecisionOutcome

FAVOURABLE: Final[dict[DecisionOutcome, int]] = {
    "full": 4,
    "conditional": 3,
    "partial": 2,
    "alternative": 1,
    "refused": 0,
}

Kept = TypeVar("Kept")

Rank = tuple[bool, bool, int, tuple[int, str, str], bool, int]

_REASONS: Final = (
    "it rests on a binding agreement",
    "it holds wherever recognition is wanted",
    "its outcome is more favourable to the learner",
    "it grants more credits",
    "it names the very version",
    "it was published last",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Generic[Kept]):
    """Something that would answer the question, with what it is ranked by."""

    kept: Kept
    outcome: DecisionOutcome
    credits: Credits | None = None
    binding: bool = False
    unlimited: bool = True
    """Whether its scope leaves nothing of the question open."""
    listed_version: bool = False
    leaf: int = 0


def rank(candidate: Candidate[Kept]) -> Rank:
    """Return what candidates are ordered by: the higher counts."""
    credits = candidate.credits
    amount = magnitude(credits.points) if credits is not None and credits.system == "ects" else (0, "", "")
    return (
        candidate.binding,
        candidate.unlimited,
        FAVOURABLE[candidate.outcome],
        amount,
        candidate.listed_version,
        candidate.leaf,
    )


def in_order(candidates: Sequence[Candidate[Kept]]) -> list[Candidate[Kept]]:
    """Return the candidates, what counts first."""
    return sorted(candidates, key=rank, reverse=True)


def why(first: Candidate[Kept], second: Candidate[Kept] | None) -> str:
    """Return what made the first count before the second."""
    if second is None:
        return "nothing else applies"
    differences = zip(rank(first), rank(second), _REASONS, strict=True)
    return next((reason for one, two, reason in differences if one != two), "nothing tells them apart")
