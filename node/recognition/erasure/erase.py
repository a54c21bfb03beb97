"""Erase: what this node keeps of a credential, or of a decision, is to go; the award is `closed` in the log before.

Everything that belongs together (`node.recognition.erasure.belonging`) is marked, in the transaction of the statuses
`closed`. From then on nothing finds it. The keys that could read it are destroyed by the next run
(`node.recognition.records.new_epoch`).

===========================  =========================================================================================
if the process dies …        then
===========================  =========================================================================================
before the commit            nothing is said and nothing is marked: the records are whole
after it, before the answer  the log says `closed`, all of it is marked; asking again finds it so, and says so
===========================  =========================================================================================

While a recorded duty to keep any of it runs, nothing is marked. A log that has ended takes no status any more; what it
keeps goes all the same.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from node.clock import Clock
from node.errors import ConflictError, NodeError, NotFoundError, PushBackError
from node.recognition.awards.record import KIND as AWARD
from node.recognition.awards.record import AwardRecord
from node.recognition.decisions.record import KIND as CASE
from node.recognition.decisions.record import by_decision
from node.recognition.erasure.belonging import belonging, lookups_of, lookups_of_shown
from node.recognition.erasure.retention import KIND as RETENTION
from node.recognition.erasure.retention import Duty, by_kept, holding
from node.recognition.known_logs import OwnLog, known
from node.recognition.logs.chains import find_statuses
from node.recognition.logs.entries import enter
from node.recognition.records.private_records import PrivateRecord, PrivateRecords
from node.recognition.shown import Shown
from node.storage.database import FAILURES, Connection, Database
from node.storage.erasing import holds_record, mark_for_erasure
from protocol.recognition.sealed import SealedValues, StatusStatement, seal_link

ATTEMPTS: Final = 4
"""Tries when a status is entered at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be erased: named by its leaf, a decision by its id too, or by a credential that is shown."""

    award: int | None = None
    decision: int | str | None = None
    shown: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What is to go, and what doesn't go with it."""

    awards: tuple[int, ...]
    """Leaves of the awards."""
    decisions: tuple[int, ...]
    """Leaves of the decisions and of acts on them."""
    records: int
    """How many private records go, in all."""
    closed_at: tuple[int, ...]
    """Leaves of the statuses `closed` that were entered now."""
    unstated: tuple[int, ...]
    """Leaves of awards on which nothing could be said any more, since the log has ended."""
    new: bool
    """Whether anything was marked now; otherwise all of it was to go already."""
    elsewhere: Mapping[str, int]
    """How many records other own logs of this node keep on the same credentials, by origin."""


class Erasures:
    """Lets what one own log's institution keeps of a person go."""

    def __init__(
        self,
        log: OwnLog,
        records: Mapping[str, PrivateRecords],
        database: Database,
        clock: Clock,
    ) -> None:
        """Erase in this log; `records` are those of every own log of the node, by origin."""
        self._log = log
        self._records = records[log.origin]
        self._others = {origin: one for origin, one in records.items() if origin != log.origin}
        self._database = database
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def erase(self, target: Target, *, preview: bool = False) -> Erased:
        """Close the awards of a target and mark all that belongs to it; with `preview` only say what that would be.

        Raises:
            NotFoundError: This log keeps nothing of it.
            ConflictError: A duty to keep some of it runs.
        """
        async with self._one_at_a_time:
            failure: NodeError = PushBackError("the award's status was changed again and again")
            for _ in range(ATTEMPTS):
                found = await belonging(self._records, self._log.origin, await self._seeds(target))
                if not found:
                    raise NotFoundError("this log keeps no private record of it")
                self._check_free(found)
                if preview:
                    return await self._told(found)
                try:
                    return await self._mark(found)
                except ConflictError as error:
                    failure = error
            raise failure

    async def keep(self, kind: str, leaf: int, duty: Duty) -> Duty:
        """Record a duty to keep the award, or the decision, at a leaf; the very same again records nothing.

        Raises:
            NotFoundError: This log keeps none there, or it is to go already.
        """
        async with self._one_at_a_time:
            kept = await self._records.at(kind, leaf)
            if kept is None:
                raise NotFoundError(f"this log keeps no {_SPOKEN[kind]} at leaf {leaf}")
            before = holding(await self._records.find(by_kept(kind, leaf))).get((kind, leaf))
            if before is not None and (before.until, before.basis) == (duty.until, duty.basis):
                return before
            number = 1 if before is None else before.number + 1
            recorded = replace(duty, number=number, recorded=self._clock.today())
            write = await self._records.companion(RETENTION, recorded.content(kind), [by_kept(kind, leaf)])
            async with self._database.writing() as connection:
                if not await holds_record(connection, kept.record_id):
                    raise NotFoundError(f"the {_SPOKEN[kind]} at leaf {leaf} is being erased")
                await write(connection, leaf)
            return recorded

    async def _seeds(self, target: Target) -> list[PrivateRecord]:
        records = self._records
        if target.award is not None:
            return _one(await records.at(AWARD, target.award, leaving=True))
        if isinstance(target.decision, int):
            return _one(await records.at(CASE, target.decision, leaving=True))
        if target.decision is not None:
            return await records.find(replace(by_decision(target.decision), sole=False), leaving=True)
        if target.shown is None:
            return []
        return [one for lookup in lookups_of_shown(target.shown) for one in await records.find(lookup, leaving=True)]

    def _check_free(self, found: Sequence[PrivateRecord]) -> None:
        """Let pass what nothing has to be kept of.

        Raises:
            ConflictError: A duty runs.
        """
        today = self._clock.today()
        for (kind, leaf), duty in holding(found).items():
            if duty.runs(today):
                raise ConflictError(
                    f"the {_SPOKEN[kind]} at leaf {leaf} is to be kept until {duty.until}: {duty.basis}",
                    leaf,
                    code="retained",
                    mend="erase it after that day, or record the duty that holds instead",
                )

    async def _mark(self, found: Sequence[PrivateRecord]) -> Erased:
        """Enter `closed` and mark, in one transaction."""
        staying = [one for one in found if not one.leaving]
        ids = [one.record_id for one in staying]
        closing = await self._closing([AwardRecord.read(one) for one in staying if one.kind == AWARD])
        closed_at: tuple[int, ...] = ()
        unstated: tuple[int, ...] = ()

        async def mark(connection: Connection, _: int) -> None:
            await mark_for_erasure(connection, ids)

        try:
            if closing:
                first = (await enter(self._log, list(closing.values()), [mark])).first_leaf
                closed_at = tuple(range(first, first + len(closing)))
        except ConflictError as error:
            if error.code != "closed":
                raise
            unstated = tuple(closing)
        if not closed_at and staying:
            try:
                async with self._database.writing() as connection:
                    await mark(connection, 0)
            except FAILURES:
                raise PushBackError("what is to be erased has changed just now") from None
        return await self._told(found, closed_at, unstated)

    async def _told(
        self, found: Sequence[PrivateRecord], closed_at: tuple[int, ...] = (), unstated: tuple[int, ...] = ()
    ) -> Erased:
        return Erased(
            awards=_leaves(found, AWARD),
            decisions=_leaves(found, CASE),
            records=len(found),
            closed_at=closed_at,
            unstated=unstated,
            new=any(not one.leaving for one in found),
            elsewhere=await self._elsewhere(found),
        )

    async def _closing(self, awards: Sequence[AwardRecord]) -> dict[int, SealedValues]:
        """Return the statuses that are to be entered, by their award's leaf."""
        origin, log = self._log.origin, known(self._log)
        closing = {}
        for award in awards:
            key, tag = award.status_key(origin), award.tag(origin)
            links = await find_statuses(self._database, log, key, tag)
            if all(link.said != "closed" for link in links):
                # Behind what was seen: where another status came meanwhile, its tag refuses this one; all is read anew.
                number = max((link.number for link in links), default=0) + 1
                closing[award.leaf] = seal_link(key, origin, StatusStatement(number, "closed", tag))
        return closing

    async def _elsewhere(self, found: Sequence[PrivateRecord]) -> dict[str, int]:
        """Count what other own logs keep on the same credentials: they are erased by a word of their own."""
        lookups = {lookup for one in found for lookup in lookups_of(one, self._log.origin)}
        shared = [one for one in lookups if one.purpose in _CREDENTIALS]
        counts = {}
        for origin, records in self._others.items():
            kept = {one.record_id for lookup in shared for one in await records.find(lookup)}
            if kept:
                counts[origin] = len(kept)
        return counts


_SPOKEN: Final = {AWARD: "award", CASE: "decision"}

_CREDENTIALS: Final = ("case-award", "case-file", "case-paper", "credential", "file")
"""Purposes of look-ups that are a credential's own, whichever log keeps it."""


def _one(record: PrivateRecord | None) -> list[PrivateRecord]:
    return [] if record is None else [record]


def _leaves(found: Sequence[PrivateRecord], kind: str) -> tuple[int, ...]:
    return tuple(one.leaf for one in found if one.kind == kind)
