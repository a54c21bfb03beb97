"""What one institution says of what is asked: its decisions, then its rules (steps 3, 5 and 6 of a query).

A decision on this credential, for this purpose and scope, comes before every rule; of the rules that apply, precedence
is `node.recognition.precedence`'s. All that apply are shown. Where the credential's standing isn't good or can't be
known, nothing is relied on, and what would apply is shown as advice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from node.recognition import sentences
from node.recognition.answer import Applied, Contact, InstitutionAnswer, Other, Outcome
from node.recognition.applied import applied_decision, applied_rule, other_rule, why_not
from node.recognition.case_record import CaseRecord, by_credential_shown, by_key, identity_of
from node.recognition.institutions import Known
from node.recognition.log_view import LogView
from node.recognition.match import covers
from node.recognition.precedence import FAVOURABLE, Candidate, in_order, why
from node.recognition.private_records import PrivateRecords
from node.recognition.question import Question
from node.recognition.rules_found import find_rules
from protocol.recognition.achievement import Credits
from protocol.recognition.decision import Decision, parse_decision
from protocol.recognition.standing import standing_decisions

Candidates = list[Candidate[Applied]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionQuery:
    """One institution, and what is asked of it."""

    institution: Known
    view: LogView
    question: Question
    what: str
    """What is asked about, for sentences."""
    blocked: str = ""
    """Why nothing may be relied on for this credential."""
    records: PrivateRecords | None = None
    """Private records, where the log is our own."""

    async def answer(self) -> InstitutionAnswer:
        """Return what the institution says."""
        decisions, doubt = await self._decisions()
        rules, others = await self._rules()
        name = self.institution.name
        if doubt:
            told = sentences.unknown(name, self.what, doubt)
            return self._told("unknown", told, ground=doubt, applies=_ranked([], rules), others=others)
        applies = _ranked(decisions, rules)
        if ground := self.blocked or ("" if applies else _nothing(others)):
            told = sentences.none_found(name, self.what, ground)
            advice = tuple(msgspec.structs.replace(one, wins=False) for one in applies)
            return self._told("none-found", told, ground=ground, applies=advice, others=others)
        told = sentences.recognised(name, self.what, applies[0])
        return self._told(applies[0].outcome, told, applies=applies, others=others)

    async def _decisions(self) -> tuple[Candidates, str]:
        """Return the decisions that stand on this credential, and why they can't be known, where they can't."""
        found: Candidates = []
        for key in await self._keys():
            chain = standing_decisions(await self.view.decisions(key))
            if chain.unknown:
                return [], f"its decisions on this credential can't be followed: {chain.unknown}"
            documents = await self._documents(key)
            for link in chain.decisions:
                decision = documents.get(link.number)
                holds = covers(decision.scope if decision else None, self.question.scope)
                if link.said is not None and link.said.purpose == self.question.purpose and holds.holds:
                    applied = await applied_decision(self.view, key, link, decision)
                    found.append(_candidate(msgspec.structs.replace(applied, limits=holds.limits), leaf=link.leaf))
        return found, ""

    async def _keys(self) -> list[bytes]:
        """Return the keys of decisions on this credential: as shown, and as this node's own records have them."""
        keys: dict[bytes, None] = {}
        for shown in self.question.shown:
            if key := shown.decisions_key(self.view.log.origin):
                keys[key] = None
            for lookup in by_credential_shown(shown) if self.records is not None else ():
                for record in await self.records.find(lookup) if self.records is not None else ():
                    links = CaseRecord.read(record).links
                    keys |= {link.key: None for link in links if link.credential == identity_of(shown)}
        return list(keys)

    async def _documents(self, key: bytes) -> dict[int, Decision]:
        """Return the decision documents that this node keeps of a chain, by number."""
        found: dict[int, Decision] = {}
        for record in await self.records.find(by_key(key)) if self.records is not None else ():
            case = CaseRecord.read(record)
            numbers = [link.statement.number for link in case.links if link.key == key]
            if case.decision is not None:
                found |= {number: parse_decision(case.decision) for number in numbers}
        return found

    async def _rules(self) -> tuple[Candidates, tuple[Other, ...]]:
        """Return the rules that apply, and those that speak of this and don't."""
        purpose = self.question.purpose
        found: Candidates = []
        others = []
        for rule in await find_rules(self.view, self.question):
            holds = covers(rule.rule.scope, self.question.scope)
            if reason := why_not(rule, holds, purpose):
                others.append(other_rule(rule, reason))
                continue
            applied = await applied_rule(self.view, rule, holds, purpose)
            found.append(_candidate(applied, leaf=rule.leaf, listed_version=rule.matches.listed_version))
        return found, tuple(others)

    def _told(
        self,
        outcome: Outcome,
        sentence: str,
        *,
        applies: Sequence[Applied],
        others: tuple[Other, ...],
        ground: str = "",
    ) -> InstitutionAnswer:
        first = applies[0] if applies and not ground else None
        entry = self.institution.entry
        contact = None
        if entry is not None:
            contact = Contact(unit=entry.authority.unit, mailbox=entry.authority.mailbox, url=entry.authority.url)
        strange = [f"entry {leaf} isn't understood by this version" for leaf in sorted(self.view.not_understood)]
        return InstitutionAnswer(
            institution=self.institution.name,
            outcome=outcome,
            sentence=sentence,
            origin=self.institution.origin,
            country=self.institution.country,
            purpose=self.question.purpose,
            credits=first.credits if first else None,
            basis=(first.basis or {}).get("kind") if first else None,
            ground=ground,
            applies=tuple(applies),
            others=others,
            notes=tuple(strange),
            contact=contact,
        )


def _candidate(applied: Applied, *, leaf: int, listed_version: bool = False) -> Candidate[Applied]:
    credits = applied.credits
    return Candidate(
        kept=applied,
        outcome=applied.outcome,
        credits=Credits(points=credits.points, system=credits.system) if credits else None,
        unlimited=not applied.limits,
        listed_version=listed_version,
        leaf=leaf,
    )


def _ranked(decisions: Candidates, rules: Candidates) -> tuple[Applied, ...]:
    """Return all that applies, what counts first, and why it does; decisions before rules."""
    ordered = [*in_order(decisions), *in_order(rules)]
    shown = []
    for position, one in enumerate(ordered):
        applied = one.kept
        if applied.type == "decision":
            better = any(FAVOURABLE[rule.outcome] > FAVOURABLE[one.outcome] and rule.leaf > one.leaf for rule in rules)
            applied = msgspec.structs.replace(applied, reconsideration=better)
        if position == 0:
            following = ordered[1] if len(ordered) > 1 else None
            applied = msgspec.structs.replace(applied, wins=True, why=_why(one, following))
        shown.append(applied)
    return tuple(shown)


def _why(first: Candidate[Applied], second: Candidate[Applied] | None) -> str:
    if second is not None and first.kept.type != second.kept.type:
        return "a decision on this credential comes before every rule"
    return why(first, second)


def _nothing(others: tuple[Other, ...]) -> str:
    if not others:
        return "no rule speaks of it, and no decision on it is known under the keys shown"
    return f"of {len(others)} that speak of it none applies: {'; '.join(f'{one.name}: {one.why}' for one in others)}"
