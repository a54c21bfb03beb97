"""Which outcome an institution's statements give: its decisions, then its rules, unless nothing may be relied on. Pure.

- What can't be followed is `unknown`, whatever the rules say.
- A decision on the credential comes before every rule; of several, `protocol.recognition.precedence` tells which.
- Where nothing may be built on the credential (its standing isn't good), and where nothing applies, there is
  `none-found`, with the ground. That is never a refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal

from protocol.recognition.precedence import FAVOURABLE, Candidate, Kept, in_order, why

Outcome = Literal["full", "partial", "conditional", "alternative", "refused", "none-found", "unknown", "unreachable"]
"""The outcomes of rules and decisions; nothing was found; it can't be known; nothing of the log could be read."""


@dataclass(frozen=True, slots=True)
class Judged(Generic[Kept]):
    """An outcome with what applies."""

    outcome: Outcome
    ground: str
    """Why nothing is relied on; empty where something is."""
    decisions: tuple[Candidate[Kept], ...]
    """Decisions that apply, what counts first."""
    rules: tuple[Candidate[Kept], ...]
    """Rules that apply, what counts first."""

    @property
    def wins(self) -> Candidate[Kept] | None:
        """What gives the outcome."""
        return None if self.ground else (*self.decisions, *self.rules)[0]

    @property
    def why(self) -> str:
        """What made it count before the next."""
        if self.decisions and len(self.decisions) == 1 and self.rules:
            return "a decision on this credential comes before every rule"
        first, second = (*self.decisions, *self.rules, None, None)[:2]
        return "" if first is None else why(first, second)


def judge(
    decisions: Sequence[Candidate[Kept]],
    rules: Sequence[Candidate[Kept]],
    *,
    doubt: str,
    blocked: str,
    not_applying: Sequence[tuple[str, str]],
) -> Judged[Kept]:
    """Return the outcome.

    Args:
        decisions: The standing decisions on the credential for this purpose and scope.
        rules: The rules that apply.
        doubt: Why the decisions can't be known; empty where they are.
        blocked: Why nothing may be relied on for the credential; empty where it may.
        not_applying: Name of each rule that speaks of this and doesn't apply, and why.
    """
    if doubt:
        return Judged("unknown", doubt, (), tuple(in_order(rules)))
    ordered = tuple(in_order(decisions)), tuple(in_order(rules))
    first = next((one for ranked in ordered for one in ranked), None)
    if first is None or blocked:
        return Judged("none-found", blocked or _nothing(not_applying), *ordered)
    return Judged(first.outcome, "", *ordered)


def is_overtaken(decision: Candidate[Kept], rules: Sequence[Candidate[Kept]]) -> bool:
    """Whether a more favourable rule was published after a decision: it stands, reconsideration is possible."""
    return any(FAVOURABLE[one.outcome] > FAVOURABLE[decision.outcome] and one.leaf > decision.leaf for one in rules)


def _nothing(not_applying: Sequence[tuple[str, str]]) -> str:
    if not not_applying:
        return "no rule speaks of it, and no decision on it is known under the keys shown"
    told = "; ".join(f"{name}: {reason}" for name, reason in not_applying)
    return f"of {len(not_applying)} that speak of it none applies: {told}"
