"""The rules of one institution that speak of what is asked, each with its state: in force, or why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from node.recognition.in_force import InForce, in_force
from node.recognition.log_view import LogView, TimedEntry
from node.recognition.match import Match, match
from node.recognition.question import Question
from node.recognition.times import Then
from protocol.recognition.rule import Rule
from protocol.recognition.terms import Term, subject_term
from protocol.recognition.withdrawal import Withdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRule:
    """A rule that speaks of what is asked, wholly or in part."""

    rule: Rule
    leaf: int
    matches: Match
    state: InForce
    then: Then
    """Whether the rule, and nothing that might have ended it, is known to have been there."""


async def find_rules(view: LogView, question: Question) -> list[FoundRule]:
    """Return the rules of a log on what is asked, in the log's order."""
    found = []
    for timed in await view.under(_terms(question)):
        if not isinstance(timed.entry, Rule):
            continue
        matches = match(timed.entry, question)
        if matches.matches != "no" and await _counts(view, timed):
            found.append(await _found(view, timed, timed.entry, matches, question))
    return found


async def _counts(view: LogView, timed: TimedEntry) -> bool:
    """Whether this is the lowest leaf under its id and version: for one version the lowest counts."""
    assert isinstance(timed.entry, Rule)  # noqa: S101 - the caller has looked
    for other in await view.under([("rule", timed.entry.id)]):
        if isinstance(other.entry, Rule) and other.entry.version == timed.entry.version:
            return other.leaf == timed.leaf
    return True


async def _found(view: LogView, timed: TimedEntry, rule: Rule, matches: Match, question: Question) -> FoundRule:
    others, withdrawals, thens = await _ends(view, rule, timed)
    state = in_force(rule, question.dates, withdrawals=withdrawals, others=others)
    return FoundRule(
        rule=rule,
        leaf=timed.leaf,
        matches=matches,
        state=state,
        then="undetermined" if "undetermined" in thens else "already",
    )


async def _ends(view: LogView, rule: Rule, timed: TimedEntry) -> tuple[Sequence[Rule], Sequence[Withdrawal], set[Then]]:
    """Return the rules and withdrawals that may have ended a rule, and what is known of when all of it was there."""
    thens = {timed.then}
    others: list[Rule] = []
    withdrawals: list[Withdrawal] = []
    for one in await view.under([("target", Rule.kind, rule.id), ("rule", rule.id)]):
        match one.entry:
            case Withdrawal() if one.entry.target.kind == Rule.kind and one.entry.target.origin == view.log.origin:
                withdrawals.append(one.entry)
                thens.add(one.then)
            case Rule() if one.leaf != timed.leaf:
                others.append(one.entry)
                thens.add(one.then)
            case _:
                pass
    return others, withdrawals, thens


def _terms(question: Question) -> list[Term]:
    terms: set[Term] = {("criteria",)} if question.achievements else set()
    for asked in question.achievements:
        if asked.code:
            terms |= {subject_term(identity, asked.code) for identity in asked.identities}
    if question.qualification is not None:
        terms.add(("qualification", *question.qualification))
    return sorted(terms)
