"""One verdict under way: what was asked, which logs it needs, and what they show."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from node.clock import instant
from node.errors import NodeError
from node.recognition.answers.asked import Ask, Understood
from node.recognition.answers.credential_trust import CredentialFound
from node.recognition.answers.institution_query import InstitutionQuery
from node.recognition.answers.query import Queries
from node.recognition.awards.found import FoundAward
from node.recognition.known_logs import KnownLog
from node.recognition.logs.log_view import LogView
from node.recognition.proofs.dating import Dating
from node.recognition.proofs.logs import Read, VerdictLogs
from node.recognition.proofs.terms import LogTerms
from node.recognition.proofs.told import asked_told, chain_shown, standing_shown, standing_told, trusts_told
from protocol.documents.dated_excerpt import DatedExcerpt
from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.documents.verdict import InstitutionTold, LogTold, StandingTold, Subject
from protocol.documents.verdict_content import blocked_by, name_of
from protocol.encoding.wire import parse_b64url32
from protocol.errors import ProtocolError
from protocol.recognition.decision import Decision
from protocol.recognition.published import achievement_terms
from protocol.recognition.question import Question
from protocol.recognition.terms import Term
from protocol.verify.verdict_question import achievement_shown, identities_shown, question_of

NO_PRECEDENTS: Final = "what others say of the same (precedents) was not looked at: an answer tells it"


@dataclass(frozen=True, slots=True)
class KnownChain:
    """A chain of decisions that this node can follow."""

    key: bytes
    shown: bool
    """Whether the asker gave its key."""
    documents: dict[int, Decision]


@dataclass(slots=True, kw_only=True)
class Making:
    """What one verdict is made from."""

    queries: Queries
    source: VerdictLogs
    ask: Ask
    understood: Understood
    credential: CredentialFound | None
    logs: Mapping[str, KnownLog]
    """Every log that this node knows, by origin."""
    views: Mapping[str, LogView]
    """Those that can be read and relied on."""
    asked: Sequence[str]
    """Origins of the logs whose institutions are asked."""
    own: str
    """The origin of the log in whose institution's name it answers."""
    now: int
    limit: int
    dating: Dating
    chains: dict[str, list[KnownChain]] = field(default_factory=dict)
    reads: dict[str, Read] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """Why nothing of a log is shown, by origin."""
    about: bytes = b""
    """What tells this question from others."""

    @property
    def proved(self) -> dict[str, ProvedExcerpt]:
        """What the logs show, by origin."""
        return {origin: read.proved for origin, read in self.reads.items()}

    @property
    def dated(self) -> dict[str, DatedExcerpt]:
        """The same, with the dates of entries as far as they are known."""
        return {origin: self.dating.excerpt(read.proved) for origin, read in self.reads.items()}

    async def read(self) -> Question:
        """Read all logs that the verdict needs, and return the question as they let it be understood."""
        for origin in self.asked:
            if origin in self.views and origin not in self.chains:
                self.chains[origin] = await self._chains(origin)
        told = asked_told(self.ask, self.understood)
        bodies = {body.origin for one in told.achievements for body in one.bodies if body.origin}
        terms: dict[str, list[Term]] = {origin: [] for origin in bodies}
        await self._read_all({origin: LogTerms(origin=origin) for origin in bodies})
        for one in told.achievements:
            identities = {each for body in one.bodies for each in identities_shown(body, self.dated)[0]}
            for body in one.bodies:
                terms.get(body.origin, []).extend(achievement_terms(identities, one.code))
        await self._read_all({origin: LogTerms(origin=origin, terms=terms[origin]) for origin in bodies})
        for origin in bodies & self.reads.keys():
            await self.dating.date(self.logs[origin], self.reads[origin].proved, None)
        question = question_of(told, tuple(achievement_shown(one, self.dated)[0] for one in told.achievements))
        # What a log is asked follows from the question, and that from what the bodies' logs showed.
        notes = [hashlib.sha256(self.reads[one].written).digest() for one in sorted(bodies) if one in self.reads]
        self.about = hashlib.sha256(msgspec.json.encode([told, notes])).digest()
        award = self._award()
        needed = dict.fromkeys([self.own, *self.asked, *bodies, *([award.view.log.origin] if award else [])])
        await self._read_all({origin: self._terms(origin, question, terms.get(origin, []), award) for origin in needed})
        for origin, read in self.reads.items():
            await self.dating.date(self.logs[origin], read.proved, question if origin in self.asked else None)
        return question

    def is_settled(self, question: Question) -> bool:
        """Whether the question is still the same by what was read last: an index may have gone on meanwhile."""
        told = asked_told(self.ask, self.understood)
        try:
            return question == question_of(
                told, tuple(achievement_shown(one, self.dated)[0] for one in told.achievements)
            )
        except ProtocolError:
            return False

    def _terms(self, origin: str, question: Question, terms: Sequence[Term], award: FoundAward | None) -> LogTerms:
        is_award = award is not None and award.view.log.origin == origin
        follows = [award.status_key] if award is not None and is_award and award.status_key is not None else []
        return LogTerms(
            origin=origin,
            question=question if origin in self.asked else None,
            terms=terms,
            tags=[award.tag] if award is not None and is_award else [],
            chains=[*follows, *(chain.key for chain in self.chains.get(origin, ()))],
            about=self.about if origin in self.asked else b"",
        )

    async def _read_all(self, wanted: Mapping[str, LogTerms]) -> None:
        for origin, terms in wanted.items():
            if origin not in self.views or origin in self.failures:
                continue
            try:
                self.reads[origin] = await self.source.read(self.views[origin].log, terms)
            except (NodeError, ProtocolError) as error:
                self.reads.pop(origin, None)
                self.failures[origin] = str(error)

    async def _chains(self, origin: str) -> list[KnownChain]:
        log = self.logs[origin]
        asking = InstitutionQuery(
            institution=await self.queries.institutions.of_log(log),
            view=self.views[origin],
            question=self.understood.question,
            shown=self.ask.shown,
            what=self.understood.what,
            records=self.queries.records.get(origin),
        )
        given = {shown.decisions_key(origin) for shown in self.ask.shown}
        return [KnownChain(key, key in given, await asking.documents(key)) for key in await asking.keys()]

    def _award(self) -> FoundAward | None:
        return self.credential.award if self.credential is not None else None

    def is_stale(self, origin: str) -> bool:
        """Whether the quorum's word on a log's index is too old by this node's policy."""
        index = self.reads[origin].proved.index if origin in self.reads else None
        return index is not None and index.at(self.now, limit=self.limit) == "stale"

    def is_latest(self, origin: str) -> bool:
        """Whether a quorum vouches, not too long ago, that nothing later is left out; if none is asked for, the log."""
        index = self.reads[origin].proved.index if origin in self.reads else None
        if index is None or not self.source.asks_for_quorum:
            return index is not None
        return index.at(self.now, limit=self.limit) == "proved"

    async def subject(self, question: Question) -> Subject:
        """Return all that the verdict says."""
        trusts = trusts_told(self.credential.trusts) if self.credential is not None else None
        standing = self._standing()
        blocked = blocked_by(trusts, standing)
        silent = dict.fromkeys(origin for origin in (*self.asked, *self.failures) if origin not in self.reads)
        shown = [*self.reads, *(origin for origin in silent if origin in self.logs)]
        institutions = [await self._institution(origin, question, blocked) for origin in self.asked]
        return Subject(
            asked=asked_told(self.ask, self.understood),
            legal_effect="information",
            institutions=tuple(institutions) or (self._nobody(),),
            logs=tuple([await self._log(origin) for origin in shown]),
            trusts=trusts,
            standing=standing,
            notes=(*self.understood.notes, *([NO_PRECEDENTS] if _are_silent(institutions) else [])),
        )

    def _standing(self) -> StandingTold | None:
        if self.credential is None:
            return None
        award, told = self._award(), self.credential.standing
        read = self.reads.get(award.view.log.origin) if award is not None else None
        if award is None or read is None or award.status_key is None or not self.credential.followed:
            return standing_told(told)
        if award.leaf not in read.proved.entries:
            return StandingTold(standing="unknown", why="the index of its log does not list it yet")
        opening = parse_b64url32(award.opening["key"]), parse_b64url32(award.opening["statusKeyId"])
        stale = self.is_stale(award.view.log.origin)
        shown = standing_shown(self.dating.excerpt(read.proved), award.leaf, award.status_key, opening, stale=stale)
        if shown.standing == "good" and not self.is_latest(award.view.log.origin):
            why = "that no change of it is left out is claimed by its log alone"
            return msgspec.structs.replace(shown, standing="unknown", why=why)
        return shown

    async def _institution(self, origin: str, question: Question, blocked: str) -> InstitutionTold:
        if origin in self.reads:
            return await self._shown(self.reads[origin], question, blocked)
        log = self.logs.get(origin)
        name = (await self.queries.institutions.of_log(log)).name if log is not None else origin
        if log is None:
            return _silent(name, "", "unknown", "this node follows no log of it")
        if log.convicted:
            return _silent(name, origin, "unknown", log.two_histories)
        if origin not in self.views:
            return _silent(name, origin, "unreachable", log.failure or "nothing of its log is kept here")
        return _silent(name, origin, "unknown", self.failures.get(origin, "its log shows no index"))

    async def _shown(self, read: Read, question: Question, blocked: str) -> InstitutionTold:
        """Return what an institution says, as its log shows it; what was worked out before is taken as it was."""
        origin = read.proved.origin
        chains = self.chains.get(origin, ())
        name = (self.about, blocked, *((hashlib.sha256(one.key).digest(), one.shown) for one in chains))
        # A document may be erased meanwhile; and what was known at a moment is seldom asked twice.
        lasting = self.dating.known is None and not any(one.documents for one in chains)
        said = read.told.get(name) if lasting else None
        if said is None or (said.until is not None and said.until <= self.now):
            dated = self.dating.excerpt(read.proved)
            told = [chain_shown(dated, one.key, one.documents, shown=one.shown) for one in chains]
            said = await self.dating.says(self.logs[origin], read.proved, question, told, blocked=blocked)
            if lasting:
                read.keep(name, said)
        self.dating.dates[origin] = dict(said.dates)
        return said.told

    def _nobody(self) -> InstitutionTold:
        if self.ask.institution is None:
            return _silent("Any institution", "", "unknown", "this node follows no other institution's log")
        return _silent(self.ask.institution[1], "", "unknown", "this node follows no log of it")

    async def _log(self, origin: str) -> LogTold:
        # Its excerpt is put in where the verdict is written: it is large, and written already.
        log, read = self.logs[origin], self.reads.get(origin)
        name = name_of(read.proved) if read is not None else (await self.queries.institutions.of_log(log)).name
        return LogTold(
            origin=origin,
            institution=name,
            read="own" if log.own else "mirror" if log.readable else "unreachable",
            seen=instant(self.now) if log.own else instant(log.seen_at) if log.seen_at is not None else "",
            stale=self.is_stale(origin),
            failure=log.failure or self.failures.get(origin, ""),
            convicted=log.convicted,
            times=self.dating.told(read.proved) if read is not None else (),
        )


def _are_silent(institutions: Iterable[InstitutionTold]) -> bool:
    return all(one.outcome in ("none-found", "unknown", "unreachable") for one in institutions)


def _silent(name: str, origin: str, outcome: Literal["unknown", "unreachable"], ground: str) -> InstitutionTold:
    """Return the answer of an institution of which nothing is shown."""
    sentence = f"What {name} says can't be known: {ground}."
    return InstitutionTold(institution=name, origin=origin, outcome=outcome, sentence=sentence, ground=ground)
