"""What one institution says of what is asked: its decisions, then its rules (steps 3, 5 and 6 of a query).

A decision on this credential, for this purpose and scope, comes before every rule; of the rules that apply, precedence
is `protocol.recognition.precedence`'s. All that apply are shown. Where the credential's standing isn't good or can't be
known, nothing is relied on, and what would apply is shown as advice.
"""

from dataclasses import dataclass

import msgspec

from node.recognition.answer import Applied, Contact, InstitutionAnswer, Other
from node.recognition.answers import sentences
from node.recognition.answers.applied import applied_decision, applied_rule, other_rule
from node.recognition.answers.rules_found import find_rules
from node.recognition.decisions.record import CaseRecord, by_credential_shown, by_key, identity_of, links_of
from node.recognition.institutions import Known
from node.recognition.logs.log_view import LogView
from node.recognition.records.private_records import PrivateRecords
from node.recognition.shown import Shown
from protocol.recognition.achievement import Credits
from protocol.recognition.decision import Decision, parse_decision
from protocol.recognition.match import covers
from protocol.recognition.outcome import Judged, is_overtaken, judge
from protocol.recognition.precedence import Candidate
from protocol.recognition.question import Question
from protocol.recognition.rules_asked import why_not
from protocol.recognition.standing import standing_decisions

Candidates = list[Candidate[Applied]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionQuery:
    """One institution, and what is asked of it."""

    institution: Known
    view: LogView
    question: Question
    shown: tuple[Shown, ...]
    """The credentials that are asked about."""
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
        not_applying = [(one.name, one.why) for one in others]
        judged = judge(decisions, rules, doubt=doubt, blocked=self.blocked, not_applying=not_applying)
        return self._told(judged, self._sentence(judged), others)

    def _sentence(self, judged: Judged[Applied]) -> str:
        name = self.institution.name
        if judged.wins is not None:
            return sentences.recognised(name, self.what, judged.wins.kept)
        tell = sentences.unknown if judged.outcome == "unknown" else sentences.none_found
        return tell(name, self.what, judged.ground)

    async def _decisions(self) -> tuple[Candidates, str]:
        """Return the decisions that stand on this credential, and why they can't be known, where they can't."""
        found: Candidates = []
        for key in await self.keys():
            chain = standing_decisions(await self.view.decisions(key))
            if chain.unknown:
                return [], f"its decisions on this credential can't be followed: {chain.unknown}"
            documents = await self.documents(key)
            for link in chain.decisions:
                decision = documents.get(link.number)
                holds = covers(decision.scope if decision else None, self.question.scope)
                if link.said is not None and link.said.purpose == self.question.purpose and holds.holds:
                    applied = await applied_decision(self.view, key, link, decision, at=self.question.dates.at)
                    found.append(_candidate(msgspec.structs.replace(applied, limits=holds.limits), leaf=link.leaf))
        return found, ""

    async def keys(self) -> list[bytes]:
        """Return the keys of decisions on this credential: as shown, and as this node's own records have them."""
        keys: dict[bytes, None] = {}
        for shown in self.shown:
            if key := shown.decisions_key(self.view.log.origin):
                keys[key] = None
            for lookup in by_credential_shown(shown) if self.records is not None else ():
                for record in await self.records.find(lookup) if self.records is not None else ():
                    links = CaseRecord.read(record).links
                    keys |= {link.key: None for link in links if link.credential == identity_of(shown)}
        return list(keys)

    async def documents(self, key: bytes) -> dict[int, Decision]:
        """Return the decision documents that this node keeps of a chain, by number.

        Raises:
            InadmissibleError: The chain is of another file than those asked about.
        """
        found: dict[int, Decision] = {}
        for record in await self.records.find(by_key(key)) if self.records is not None else ():
            case = CaseRecord.read(record)
            links = links_of(case, key, self.shown)
            if case.decision is not None:
                found |= {link.statement.number: parse_decision(case.decision) for link in links}
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

    def _told(self, judged: Judged[Applied], sentence: str, others: tuple[Other, ...]) -> InstitutionAnswer:
        first = judged.wins.kept if judged.wins is not None else None
        entry = self.institution.entry
        contact = None
        if entry is not None:
            contact = Contact(unit=entry.authority.unit, mailbox=entry.authority.mailbox, url=entry.authority.url)
        strange = [f"entry {leaf} isn't understood by this version" for leaf in sorted(self.view.not_understood)]
        return InstitutionAnswer(
            institution=self.institution.name,
            outcome=judged.outcome,
            sentence=sentence,
            origin=self.institution.origin,
            country=self.institution.country,
            purpose=self.question.purpose,
            credits=first.credits if first else None,
            basis=(first.basis or {}).get("kind") if first else None,
            ground=judged.ground,
            applies=_all_that_applies(judged),
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


def _all_that_applies(judged: Judged[Applied]) -> tuple[Applied, ...]:
    """Return all that applies, what counts first, and why it does; decisions before rules."""
    decisions = [
        msgspec.structs.replace(one.kept, reconsideration=is_overtaken(one, judged.rules)) for one in judged.decisions
    ]
    shown = [*decisions, *(one.kept for one in judged.rules)]
    if shown:
        shown[0] = msgspec.structs.replace(shown[0], wins=judged.wins is not None, why=judged.why)
    return tuple(shown)
