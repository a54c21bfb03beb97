"""The rules of one institution that speak of what is asked, each with its state: in force, or why not. Pure.

Whoever answers looks up, in the institution's own log, what stands under `question_terms`, then under the
`ending_terms` of every rule that speaks of the question, and passes all of it to `rules_asked`. A node finds the
entries in its database, a verifier in an excerpt whose lists are proved to be complete; both get the same rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from protocol.recognition.entry import Entry
from protocol.recognition.in_force import InForce, in_force
from protocol.recognition.logged import Then
from protocol.recognition.match import Covers, Match, match
from protocol.recognition.question import Question
from protocol.recognition.rule import Rule
from protocol.recognition.terms import Term, subject_term
from protocol.recognition.withdrawal import Withdrawal


@dataclass(frozen=True, slots=True)
class TimedEntry:
    """A clear entry, and whether it is known to have been there."""

    leaf: int
    entry: Entry
    then: Then = "already"


Under = Mapping[Term, Sequence[TimedEntry]]
"""What stands under terms, without what wasn't there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRule:
    """A rule that speaks of what is asked, wholly or in part."""

    rule: Rule
    leaf: int
    matches: Match
    state: InForce
    then: Then
    """Whether the rule, and nothing that might have ended it, is known to have been there."""

    @property
    def name(self) -> str:
        """Its id and version, as people call it."""
        return f"{self.rule.id} {self.rule.version}"


def question_terms(question: Question) -> list[Term]:
    """Return the terms under which any rule stands that could speak of the question, sorted."""
    terms: set[Term] = {("criteria",)} if question.achievements else set()
    for asked in question.achievements:
        if asked.code:
            terms |= {subject_term(identity, asked.code) for identity in asked.identities}
    if question.qualification is not None:
        terms.add(("qualification", *question.qualification))
    return sorted(terms)


def ending_terms(rule: Rule) -> tuple[Term, Term]:
    """Return the terms under which anything stands that could end a rule, or stand for its version before it."""
    return ("rule", rule.id), ("target", Rule.kind, rule.id)


def speaking(question: Question, under: Under) -> Iterator[tuple[TimedEntry, Rule, Match]]:
    """Give the rules found that speak of the question, in the log's order, each once."""
    for timed in _all_under(question_terms(question), under):
        if isinstance(timed.entry, Rule):
            matches = match(timed.entry, question)
            if matches.matches != "no":
                yield timed, timed.entry, matches


def rules_asked(question: Question, under: Under, origin: str) -> list[FoundRule]:
    """Return the rules of the log of that origin on what is asked, in the log's order.

    Args:
        question: What is asked.
        under: What stands under the question's terms and every speaking rule's ending terms; what is left out counts
            as empty, so the caller makes sure of it.
        origin: The log's.
    """
    found = []
    for timed, rule, matches in speaking(question, under):
        around = _all_under(ending_terms(rule), under)
        if _counts(timed, rule, around):
            found.append(_found(timed, rule, matches, around, question=question, origin=origin))
    return found


def why_not(found: FoundRule, covers: Covers, purpose: str) -> str:
    """Return why a rule doesn't apply, "" where it does."""
    rule, state = found.rule, found.state
    match state.state:
        case "not yet":
            return f"it begins on {state.since}"
        case "ended":
            return f"it ended on {state.since}"
        case "withdrawn" | "superseded":
            return f"{state.state} from {state.since} by {state.by}"
        case _:
            pass
    if purpose not in rule.purposes:
        return f"it is for {' and '.join(rule.purposes)}"
    if not covers.holds:
        return "its scope is another"
    if found.matches.matches != "yes":
        return f"it also needs {' and '.join(found.matches.missing)}"
    return ""


def _all_under(terms: Sequence[Term], under: Under) -> list[TimedEntry]:
    found = {timed.leaf: timed for term in terms for timed in under.get(term, ())}
    return [found[leaf] for leaf in sorted(found)]


def _counts(timed: TimedEntry, rule: Rule, around: Sequence[TimedEntry]) -> bool:
    """Whether this is the lowest leaf under its id and version: for one version the lowest counts."""
    return not any(
        isinstance(other.entry, Rule)
        and (other.entry.id, other.entry.version) == (rule.id, rule.version)
        and other.leaf < timed.leaf
        for other in around
    )


def _found(
    timed: TimedEntry, rule: Rule, matches: Match, around: Sequence[TimedEntry], *, question: Question, origin: str
) -> FoundRule:
    others = [(one.entry, one.then) for one in around if isinstance(one.entry, Rule) and one.leaf != timed.leaf]
    ends = [
        (one.entry, one.then)
        for one in around
        if isinstance(one.entry, Withdrawal) and (one.entry.target.kind, one.entry.target.origin) == (Rule.kind, origin)
    ]
    state = in_force(rule, question.dates, withdrawals=[one for one, _ in ends], others=[one for one, _ in others])
    thens = {timed.then} | {then for _, then in others} | {then for _, then in ends}
    return FoundRule(
        rule=rule,
        leaf=timed.leaf,
        matches=matches,
        state=state,
        then="undetermined" if "undetermined" in thens else "already",
    )
