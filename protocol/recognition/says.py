"""What one institution says of a question, from its log's entries: one pure function for answerer and reader.

The decisions on the credential come as chains that were followed (`protocol.recognition.standing`), the rules as what
stands under the terms of `protocol.recognition.rules_asked`. Of a decision its entry says outcome and purpose; its
scope and credits stand in its document, which only some hold: whoever does passes them on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from protocol.recognition.achievement import Credits
from protocol.recognition.effect import Effect, Scope
from protocol.recognition.logged import Retroactive, Then
from protocol.recognition.match import covers
from protocol.recognition.outcome import Judged, judge
from protocol.recognition.precedence import Candidate
from protocol.recognition.question import Question
from protocol.recognition.rules_asked import FoundRule, why_not
from protocol.recognition.sealed import DecisionStatement
from protocol.recognition.standing import Link, StandingDecisions
from protocol.recognition.words import DecisionOutcome


@dataclass(frozen=True, slots=True)
class Applies:
    """A rule or decision that applies."""

    type: Literal["rule", "decision"]
    leaf: int
    name: str
    """Id and version of a rule, number of a decision."""
    outcome: DecisionOutcome
    credits: Credits | None = None
    basis: str = ""
    limits: tuple[str, ...] = ()
    """Limits of its scope that the question leaves open."""
    on: str = ""
    """The day that it is applied to."""
    since: str = ""
    """A rule's first day."""
    retroactive: Retroactive = ""
    """Whether it was logged after that day."""
    known: Then = "already"
    """Whether it was there at the moment asked about."""


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """What a decision's document says beyond its entry."""

    scope: Scope | None = None
    credits: Credits | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class DecisionChain:
    """The decisions that stand under one key, with what is known of their documents, by number."""

    stands: StandingDecisions
    documents: Mapping[int, DocumentPart]


@dataclass(frozen=True, slots=True)
class Says:
    """What an institution says."""

    judged: Judged[Applies]
    others: tuple[tuple[FoundRule, str], ...]
    """Rules that speak of this and don't apply, and why."""


RetroactiveOf = Callable[[int, str], Retroactive]
"""Returns whether the entry at a leaf was logged after a day that it is applied to."""


def _never(leaf: int, on: str) -> Retroactive:
    return ""


def says(
    question: Question,
    rules: Iterable[FoundRule],
    chains: Sequence[DecisionChain],
    *,
    blocked: str,
    retroactive: RetroactiveOf = _never,
) -> Says:
    """Return what an institution says.

    Args:
        question: What is asked.
        rules: The rules of its log on it.
        chains: Decisions on the credential in its log.
        blocked: Why nothing may be relied on for the credential; empty where it may, or where none is shown.
        retroactive: Tells of what applies whether it was logged later; by default nothing was.
    """
    applying: list[Candidate[Applies]] = []
    others = []
    for found in rules:
        holds = covers(found.rule.scope, question.scope)
        if reason := why_not(found, holds, question.purpose):
            others.append((found, reason))
        else:
            applying.append(_rule(found, holds.limits, retroactive))
    broken = next((chain.stands.unknown for chain in chains if chain.stands.unknown), "")
    judged = judge(
        [] if broken else [one for chain in chains for one in _decisions(chain, question, retroactive)],
        applying,
        doubt=broken and f"its decisions on this credential can't be followed: {broken}",
        blocked=blocked,
        not_applying=[(found.name, reason) for found, reason in others],
    )
    return Says(judged, tuple(others))


def _rule(found: FoundRule, limits: tuple[str, ...], retroactive: RetroactiveOf) -> Candidate[Applies]:
    rule = found.rule
    credits = rule.effect.credits if isinstance(rule.effect, Effect) else None
    applies = Applies(
        type="rule",
        leaf=found.leaf,
        name=found.name,
        outcome=rule.outcome,
        credits=credits if isinstance(credits, Credits) else None,
        basis=rule.basis.kind,
        limits=limits,
        on=found.state.on,
        since=rule.valid_from,
        retroactive=retroactive(found.leaf, found.state.on),
        known=found.then,
    )
    return _candidate(applies, listed_version=found.matches.listed_version)


def _decisions(chain: DecisionChain, question: Question, retroactive: RetroactiveOf) -> Iterable[Candidate[Applies]]:
    for link in chain.stands.decisions:
        document = chain.documents.get(link.number, DocumentPart())
        holds = covers(document.scope, question.scope)
        if link.said is not None and link.said.purpose == question.purpose and holds.holds:
            decision, on = _decision(link, link.said, document, holds.limits), question.dates.at
            yield _candidate(replace(decision, on=on, retroactive=retroactive(link.leaf, on)))


def _decision(
    link: Link[DecisionStatement], said: DecisionStatement, document: DocumentPart, limits: tuple[str, ...]
) -> Applies:
    return Applies(
        type="decision",
        leaf=link.leaf,
        name=str(said.number),
        outcome=cast(DecisionOutcome, said.outcome),
        credits=document.credits,
        basis=document.basis,
        limits=limits,
    )


def _candidate(applies: Applies, *, listed_version: bool = False) -> Candidate[Applies]:
    return Candidate(
        kept=applies,
        outcome=applies.outcome,
        credits=applies.credits,
        unlimited=not applies.limits,
        listed_version=listed_version,
        leaf=applies.leaf,
    )
