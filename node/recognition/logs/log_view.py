"""One log as a question sees it: what had been logged by the moment asked about, with the proofs of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from node.clock import instant
from node.recognition.answer import Moments, Source
from node.recognition.known_logs import KnownLog
from node.recognition.logs.chains import find_decisions, find_statuses, find_tag
from node.recognition.logs.kept_entries import KeptEntries
from node.recognition.logs.times import COSIGNERS, OWN, LoggedBy, logged
from node.storage.database import Database
from node.storage.lookups import find_text
from protocol.encoding.wire import parse_b64url32
from protocol.recognition.entry import Entry, NotUnderstood, parse_entry
from protocol.recognition.logged import Then
from protocol.recognition.rules_asked import TimedEntry
from protocol.recognition.sealed import DecisionStatement
from protocol.recognition.sealed_entry import Sealed
from protocol.recognition.standing import Link, Said
from protocol.recognition.terms import Term


@dataclass(slots=True)
class LogView:
    """Reads one log, leaving out what wasn't there yet at a moment; None for now."""

    database: Database
    log: KnownLog
    now: int
    """POSIX seconds."""
    known: int | None = None
    kept: KeptEntries = field(default_factory=KeptEntries)
    """Reads entries by term; one for all questions lets none be read twice."""
    _logged: dict[int, LoggedBy] = field(default_factory=dict)
    not_understood: set[int] = field(default_factory=set)
    """Leaves of entries under the terms asked for that this version doesn't understand."""

    async def under(self, terms: Iterable[Term]) -> list[TimedEntry]:
        """Return the entries under any of the terms, in the log's order, each once."""
        found: dict[int, Entry | NotUnderstood] = {}
        for term in terms:
            found |= await self.kept.under(self.database, self.log, term)
        timed = []
        for leaf in sorted(found):
            entry = found[leaf]
            if isinstance(entry, NotUnderstood):
                self.not_understood.add(leaf)
            elif (then := await self.then(leaf)) != "not yet":
                timed.append(TimedEntry(leaf, entry, then))
        return timed

    async def award(self, tag: bytes) -> tuple[int, Sealed] | None:
        """Return the award under a tag: the lowest leaf counts."""
        found = await find_tag(self.database, self.log, tag)
        return found[0] if found and await self.then(found[0][0]) != "not yet" else None

    async def statuses(self, key: bytes, award_tag: bytes) -> list[Link[str]]:
        """Return what is found of an award's chain of statuses."""
        return await self._there(await find_statuses(self.database, self.log, key, award_tag))

    async def decisions(self, key: bytes) -> list[Link[DecisionStatement]]:
        """Return what is found of a chain of decisions."""
        return await self._there(await find_decisions(self.database, self.log, key))

    async def _there(self, links: list[Link[Said]]) -> list[Link[Said]]:
        """Leave out links that weren't there yet; one of which that isn't known can't be relied on."""
        kept: list[Link[Said]] = []
        for link in links:
            then = await self.then(link.leaf)
            if then != "not yet":
                kept.append(link if then == "already" else Link(link.number, link.leaf, None))
        return kept

    async def logged(self, leaf: int) -> LoggedBy:
        """Return between which moments an entry was logged: what stands here now was logged by now."""
        if leaf not in self._logged:
            found = await logged(self.database, self.log, leaf)
            self._logged[leaf] = found if found.by is not None else LoggedBy(found.after, self.now, OWN)
        return self._logged[leaf]

    async def then(self, leaf: int) -> Then:
        """Return whether an entry was there at the moment asked about."""
        return "already" if self.known is None else (await self.logged(leaf)).at(self.known)

    async def source(self, leaf: int, *, opening: dict[str, Any] | None = None) -> Source:
        """Return an entry with its proof under the checkpoint that is relied on."""
        assert self.log.reader is not None  # noqa: S101 - something was found in it
        entry = await self.log.reader.entry(leaf)
        return Source(
            origin=self.log.origin,
            leaf=leaf,
            entry=msgspec.Raw(entry),
            log_proof=await self.log.reader.log_proof(leaf),
            logged=moments(await self.logged(leaf), self.log),
            opening=opening,
            texts=await self._texts(entry),
        )

    async def _texts(self, entry: bytes) -> msgspec.Raw | None:
        commitment = getattr(parse_entry(entry), "texts", None)
        if not isinstance(commitment, str):
            return None
        async with self.database.pool.acquire() as connection:
            found = await find_text(connection, parse_b64url32(commitment))
        return msgspec.Raw(found[0]) if found is not None and found[0] is not None else None


def moments(found: LoggedBy, log: KnownLog) -> Moments:
    """Return the moments as they are told."""
    return Moments(
        after="" if found.after is None else instant(found.after),
        by="" if found.by is None else instant(found.by),
        clock=found.clock,
        split_quorums=found.clock == COSIGNERS and log.split_quorums,
    )
