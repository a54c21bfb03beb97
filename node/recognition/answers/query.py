"""Answer a question from all the logs that this node knows: own ones and mirrors.

For the credential or achievements asked about:

1. the trusts that concern the credential;
2. its standing: not good or unknown means that nobody's rules are relied on for it;
3. – 6. each institution asked: decisions, rules, or none found (`node.recognition.answers.institution_query`).

An answer tells 'none found', 'refused', 'unknown' and 'unreachable' apart, and of each log how it was read and how
fresh it is. Nothing rests on a log that has shown two histories: what its institution says is 'unknown'. What others
say of the same is shown as precedent: advice, never a reason by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from node.clock import Clock, instant
from node.recognition.answer import (
    Answer,
    Asked,
    Described,
    InstitutionAnswer,
    LogUsed,
    Precedent,
    ScopeTold,
)
from node.recognition.answers import sentences
from node.recognition.answers.asked import Ask, Understood, understand
from node.recognition.answers.credential_trust import CredentialCase, CredentialFound
from node.recognition.answers.elements import elements_of
from node.recognition.answers.institution_query import InstitutionQuery
from node.recognition.awards.found import find_award
from node.recognition.institutions import Institutions, Known
from node.recognition.known_logs import KnownLog
from node.recognition.logs.log_view import LogView
from node.recognition.records.private_records import PrivateRecords
from node.storage.database import Database
from protocol.recognition.bodies import Body
from protocol.recognition.logged import moment
from protocol.recognition.question import AskedAchievement


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """Answers questions for one node."""

    database: Database
    institutions: Institutions
    records: Mapping[str, PrivateRecords]
    """Private records of own logs, by origin."""
    clock: Clock
    freshness_seconds: int
    """How old a partner's checkpoint may be before it is called stale."""

    async def ask(self, ask: Ask) -> Answer:
        """Return the answer.

        Raises:
            MalformedError: A date or moment isn't one.
            InadmissibleError: Nothing is asked about, or a document isn't a credential.
        """
        now = self.clock.now()
        known = moment(ask.known) if ask.known else None
        logs = list(self.institutions.logs())
        kept = self.institutions.kept
        views = {log.origin: LogView(self.database, log, now, known, kept) for log in logs if log.reliable}
        understood = await understand(ask, self.institutions, views, today=self.clock.today())
        credential = await self.credential(ask, understood, views)
        found = {log.origin: await self._institution(log, ask, understood, views, credential) for log in logs}
        asked = await self.asked(ask, understood)
        told = [found[origin] for origin in found if origin in asked]
        return Answer(
            asked=await _told(ask, understood, views, now),
            institutions=tuple(told) or (_nobody(ask, understood),),
            logs=tuple([await self._used(log, now) for log in logs]),
            answered_at=instant(now),
            answered_by=next((log.origin for log in logs if log.own), ""),
            trusts=credential.trusts if credential else None,
            standing=credential.standing if credential else None,
            precedents=_precedents(found, asked) if all(_is_silent(one) for one in told) else (),
            notes=understood.notes,
        )

    async def asked(self, ask: Ask, understood: Understood) -> set[str]:
        """Return the origins of the logs whose institutions are asked: all but the awarding body's if none is named."""
        if ask.institution is None:
            own = understood.party.known.origin if understood.party.known is not None else ""
            return {log.origin for log in self.institutions.logs()} - {own}
        scheme, value = ask.institution
        if scheme == "origin":
            return {value}
        party = await self.institutions.party([Body.of(ask.institution).identity])
        return {party.known.origin} if party.known is not None else set()

    async def credential(
        self, ask: Ask, understood: Understood, views: Mapping[str, LogView], *, follows: bool = True
    ) -> CredentialFound | None:
        """Return trusts and standing of the credential that is mainly asked about, where one is shown.

        Args:
            ask: The question as it was put.
            understood: What it means.
            views: The logs that can be read, by origin.
            follows: Whether the award's standing is looked up; else it is unknown here, for the caller to follow.
        """
        question = understood.question
        if not ask.shown:
            return None
        shown, now = ask.shown[0], self.clock.now()
        award, without = await find_award(shown, views, self.records)
        if award is None and shown.award is not None:
            without = self._two_histories(shown.award.origin) or without
        stale = ""
        if award is not None and (age := _age(award.view.log, now)) > self.freshness_seconds:
            stale = f"this node's copy of {award.view.log.origin} is {age} seconds old"
        origin = understood.party.known.origin if understood.party.known is not None else ""
        case = CredentialCase(
            shown=shown,
            reading=understood.reading,
            asked=question.achievements[0] if question.achievements else NOT_NAMED,
            party=understood.party,
            award=award,
            without_award=without,
            body_log=views[origin].log if origin in views else None,
            today=self.clock.today(),
            stale=stale,
            follows=follows,
        )
        return await case.check()

    async def _institution(
        self,
        log: KnownLog,
        ask: Ask,
        understood: Understood,
        views: Mapping[str, LogView],
        credential: CredentialFound | None,
    ) -> InstitutionAnswer:
        institution = await self.institutions.of_log(log)
        if log.convicted:
            return _convicted(institution, log, understood.what)
        if log.origin not in views:
            told = sentences.unreachable(institution.name, log.failure)
            return InstitutionAnswer(
                institution=institution.name,
                origin=log.origin,
                outcome="unreachable",
                sentence=told,
                ground=log.failure,
            )
        query = InstitutionQuery(
            institution=institution,
            view=views[log.origin],
            question=understood.question,
            shown=ask.shown,
            what=understood.what,
            blocked=credential.blocked if credential is not None else "",
            records=self.records.get(log.origin),
        )
        answer = await query.answer()
        age = _age(log, self.clock.now())
        if age <= self.freshness_seconds:
            return answer
        stale = f"read from a copy of its log that is {age} seconds old: what it said since isn't known"
        return msgspec.structs.replace(answer, notes=(*answer.notes, stale))

    async def _used(self, log: KnownLog, now: int) -> LogUsed:
        institution = await self.institutions.of_log(log)
        age = _age(log, now)
        return LogUsed(
            origin=log.origin,
            institution=institution.name,
            read="own" if log.own else "mirror" if log.readable else "unreachable",
            size=log.size,
            seen=instant(now) if log.own else instant(log.seen_at) if log.seen_at is not None else "",
            age_seconds=age if log.own or log.seen_at is not None else None,
            stale=age > self.freshness_seconds,
            failure=log.failure,
            convicted=log.convicted,
            successor="" if log.ended is None else log.ended.successor,
        )

    def _two_histories(self, origin: str) -> str:
        """Return why nothing rests on a log, where it has shown two histories."""
        log = next((one for one in self.institutions.logs() if one.origin == origin), None)
        return f"its award is said to stand in {origin}: {log.two_histories}" if log and log.convicted else ""


NOT_NAMED: Final = AskedAchievement(identities=frozenset(), code="")
"""Stands for the achievement where a credential is shown that doesn't say what it is about, as a receipt alone."""

_NEVER_SEEN: Final = 1 << 40


def _age(log: KnownLog, now: int) -> int:
    """Return how long ago a log was seen, in seconds."""
    return 0 if log.own else max(0, now - log.seen_at) if log.seen_at is not None else _NEVER_SEEN


async def _told(ask: Ask, understood: Understood, views: Mapping[str, LogView], now: int) -> Asked:
    question = understood.question
    return Asked(
        achievements=tuple([await _described(one, views) for one in question.achievements]),
        purpose=question.purpose,
        at=question.dates.at,
        known=ask.known or instant(now),
        scope=ScopeTold(unit=question.scope.unit, programme=question.scope.programme, cycle=question.scope.cycle),
        award_date=question.dates.award,
        learning_agreement_date=question.dates.learning_agreement,
        application_date=question.dates.application,
    )


async def _described(one: AskedAchievement, views: Mapping[str, LogView]) -> Described:
    view = views.get(one.origin)
    return Described(
        body=one.body,
        code=one.code,
        title=one.title,
        awarded=one.awarded,
        published=await view.source(one.leaf) if view is not None and one.leaf is not None else None,
        elements=elements_of(one.entry),
    )


def _convicted(institution: Known, log: KnownLog, what: str) -> InstitutionAnswer:
    """Return the answer of an institution whose log can't be relied on."""
    return InstitutionAnswer(
        institution=institution.name,
        origin=log.origin,
        outcome="unknown",
        sentence=sentences.unknown(institution.name, what, log.two_histories),
        ground=log.two_histories,
    )


def _nobody(ask: Ask, understood: Understood) -> InstitutionAnswer:
    """Return the answer where no log is followed of whoever was asked."""
    if ask.institution is None:
        name, ground = "Any institution", "this node follows no other institution's log"
    else:
        name, ground = ask.institution[1], "this node follows no log of it"
    told = sentences.unknown(name, understood.what, ground)
    return InstitutionAnswer(institution=name, outcome="unknown", sentence=told, ground=ground)


def _is_silent(answer: InstitutionAnswer) -> bool:
    return answer.outcome in ("none-found", "unknown", "unreachable")


def _precedents(found: Mapping[str, InstitutionAnswer], asked: set[str]) -> tuple[Precedent, ...]:
    """Return what the rules of institutions say that weren't asked; never a decision, which concerns a person."""
    precedents = []
    for origin, answer in found.items():
        for one in answer.applies if origin not in asked else ():
            if one.type == "rule" and one.source is not None:
                precedents.append(
                    Precedent(
                        institution=answer.institution,
                        origin=origin,
                        name=one.name,
                        outcome=one.outcome,
                        credits=one.credits,
                        leaf=one.source.leaf,
                    )
                )
    return tuple(precedents)
