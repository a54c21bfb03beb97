"""Change what stands of awards: revoke, suspend, reinstate; one or ten thousand at once, all or nothing.

Each change is the next link of its award's chain of statuses, a sealed entry like any other, and has a private record
for the desk. All entries of a request and their records are one transaction. Which change may follow which is
`node.recognition.standing.rules`'. What stands already is answered as it stands and not entered again.

===========================  =======================================================================================
if the process dies …        then
===========================  =======================================================================================
before the commit            nothing of the request stands
after it, before the answer  all of it stands: the same request finds it so, by its request key or by what stands
===========================  =======================================================================================

Two requests on one award at once: both make the same link, and the log takes a tag only once. The other one looks
again at what stands then, entries included that no checkpoint shows yet: it can never be entered behind a statement
that it didn't see.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from node.clock import Clock
from node.errors import ConflictError, InadmissibleError, NodeError, PushBackError
from node.log.submission import Sequenced
from node.recognition.awards.named import PART, FoundAward, Name, NamedAwards
from node.recognition.known_logs import KnownLog, OwnLog, known, reader_showing
from node.recognition.logs.entries import enter
from node.recognition.records.private_records import Draft, PrivateRecords
from node.recognition.standing.found import standings_of
from node.recognition.standing.history import History, history_of
from node.recognition.standing.record import KIND, StatusRecord, by_award, by_status_request
from node.recognition.standing.rules import StatusChange, check_may_follow, stands_already
from node.storage.database import Database
from protocol.encoding.nfc import is_nfc
from protocol.recognition.sealed import StatusStatement, seal_link
from protocol.recognition.standing import Standing

ATTEMPTS: Final = 4
"""Tries when other requests change what stands under our feet."""

MOST_AWARDS: Final = 10_000
"""Awards of one request: the log takes no more entries at once."""

MOST_FAULTS: Final = 100
"""Awards that an error names; the rest is counted."""

MOST_REFERENCE: Final = 128
"""Characters of a desk's own file number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is asked for."""

    status: StatusChange
    awards: tuple[Name, ...]
    by: str
    """The name of the token that it is asked with."""
    digest: bytes
    """SHA-256 of what was asked for: tells the same request from another under the same key."""
    reference: str = ""
    """The desk's own file number of it, kept in the private record alone."""
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """One award's change: where it stands, and whether it was entered now."""

    award: int
    leaf: int
    number: int
    new: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a request, award by award; `released` once a checkpoint shows all of it."""

    changes: tuple[Changed, ...]
    released: bool

    @property
    def new(self) -> bool:
        """Whether anything was entered now."""
        return any(one.new for one in self.changes)


class Statuses:
    """Changes the standing of one own log's awards."""

    def __init__(self, log: OwnLog, records: PrivateRecords, database: Database, clock: Clock) -> None:
        """Change the awards of this log."""
        self._log = log
        self._records = records
        self._database = database
        self._clock = clock

    async def change(self, asked: Change) -> Entered:
        """Enter a change of status for every award named, or none.

        Raises:
            NotFoundError: The only award named isn't one of this log.
            ConflictError: The change may not follow what stands of the only award named, or the request key was used
                for another request.
            InadmissibleError: Of several awards some can't be changed, with each of them; or one is named twice.
            PushBackError: It couldn't be entered just now, and nothing was.
        """
        _check(asked)
        log = known(self._log)
        failure: NodeError = PushBackError("other requests changed these awards again and again")
        for _ in range(ATTEMPTS):
            if (before := await self._entered_before(asked)) is not None:
                return before
            awards = _all_found(await NamedAwards(log, self._records, self._database).find(asked.awards))
            standings = await standings_of(self._database, log, awards)
            _check_all(asked.status, awards, standings)
            try:
                return await self._enter(asked, awards, standings)
            except ConflictError as error:
                if error.code != "duplicate-tag" or error.leaf is None:
                    raise
                # Whoever was first has entered what we haven't seen: look again once a checkpoint shows it.
                reader = await reader_showing(self._log, error.leaf, self._database)
                log = KnownLog(origin=log.origin, reader=reader, settings=log.settings)
            except PushBackError as error:
                if error.code == "held":
                    raise
                # The database's own words name look-ups. A request key that another request took meanwhile ends here.
                failure = PushBackError("the change couldn't be entered just now")
                if (before := await self._entered_before(asked)) is not None:
                    return before
                raise failure from None
        raise failure

    async def history(self, name: Name) -> History:
        """Return what was said of one award.

        Raises:
            NotFoundError: It isn't one of this log.
        """
        return await history_of(self._log, name, self._records, self._database)

    async def _entered_before(self, asked: Change) -> Entered | None:
        """Return what the same request entered under its request key.

        Raises:
            ConflictError: The key was used for another request.
        """
        if asked.request_key is None:
            return None
        for record in await self._records.find(by_status_request(asked.request_key)):
            first = StatusRecord.read(record)
            if first.digest != asked.digest:
                raise ConflictError(
                    "this request key was used for another request",
                    first.leaf,
                    code="request-key-reused",
                    mend="send each new request under a key of its own",
                )
            found = await self._records.at_each(KIND, range(first.leaf, first.leaf + first.count))
            each = [StatusRecord.read(found[leaf]) for leaf in sorted(found)]
            changes = tuple(Changed(one.award, one.leaf, one.number, new=False) for one in each)
            return Entered(changes, released=known(self._log).size >= first.leaf + first.count)
        return None

    async def _enter(self, asked: Change, awards: Sequence[FoundAward], standings: Sequence[Standing]) -> Entered:
        """Enter the links that don't stand yet, with their records, in one transaction."""
        origin = self._log.origin
        fresh = [at for at, one in enumerate(standings) if not stands_already(one, asked.status)]
        values, drafts = [], []
        for position, at in enumerate(fresh):
            number = len(standings[at].links) + 1
            statement = StatusStatement(number, asked.status, awards[at].tag)
            values.append(seal_link(awards[at].status_key, origin, statement))
            drafts.append(self._draft(asked, awards[at], position, number=number, count=len(fresh)))
            if position % PART == 0:
                await asyncio.sleep(0)  # the node's other work goes on
        sequenced: Sequenced | None = None
        if values:
            companion = await self._records.companion_of_many(KIND, drafts)
            sequenced = await enter(self._log, values, [companion])
        leaves = {at: sequenced.first_leaf + position for position, at in enumerate(fresh)} if sequenced else {}
        changes = tuple(
            Changed(award.leaf, leaves[at], len(one.links) + 1, new=True) if at in leaves
            else Changed(award.leaf, one.links[-1].leaf, one.links[-1].number, new=False)
            for at, (award, one) in enumerate(zip(awards, standings, strict=True))
        )  # fmt: skip
        return Entered(changes, released=sequenced is None or sequenced.published is not None)

    def _draft(self, asked: Change, award: FoundAward, position: int, *, number: int, count: int) -> Draft:
        record = StatusRecord(
            award=award.leaf,
            number=number,
            status=asked.status,
            by=asked.by,
            on=self._clock.today(),
            reference=asked.reference,
            digest=asked.digest,
            count=count,
        )
        lookups = [by_award(award.tag)]
        if position == 0 and asked.request_key is not None:
            lookups.append(by_status_request(asked.request_key))
        return Draft(position, record.content(), tuple(lookups))


def _check(asked: Change) -> None:
    """Check what can be checked without looking anything up."""
    if not 1 <= len(asked.awards) <= MOST_AWARDS:
        raise InadmissibleError(f"name 1 to {MOST_AWARDS:,} awards, not {len(asked.awards):,}")
    reference = asked.reference
    if len(reference) > MOST_REFERENCE or not is_nfc(reference) or not (reference.isprintable() or not reference):
        problem = ("reference", f"has at most {MOST_REFERENCE} printable characters, in Unicode form NFC")
        raise InadmissibleError(f"reference: {problem[1]}", [problem])


def _all_found(found: Sequence[FoundAward | NodeError]) -> list[FoundAward]:
    """Return the awards, each named once."""
    faults: list[tuple[int, NodeError]] = []
    awards: list[FoundAward] = []
    first: dict[int, int] = {}
    for at, one in enumerate(found):
        if isinstance(one, NodeError):
            faults.append((at, one))
        elif (other := first.setdefault(one.leaf, at)) != at:
            faults.append((at, ConflictError(f"is the same award as awards[{other}]", one.leaf)))
        else:
            awards.append(one)
    _refuse(faults, len(found))
    return awards


def _check_all(status: StatusChange, awards: Sequence[FoundAward], standings: Sequence[Standing]) -> None:
    """Check each award's change against what stands of it."""
    faults: list[tuple[int, NodeError]] = []
    for at, (award, standing) in enumerate(zip(awards, standings, strict=True)):
        try:
            if not stands_already(standing, status):
                check_may_follow(standing, status, award.leaf)
        except ConflictError as error:
            faults.append((at, error))
    _refuse(faults, len(awards))


def _refuse(faults: Sequence[tuple[int, NodeError]], count: int) -> None:
    """Refuse the whole request if any award of it is at fault: alone in its own words, among others by its place."""
    if not faults:
        return
    if count == 1:
        raise faults[0][1]
    told = [(f"awards[{at}]", str(error)) for at, error in faults[:MOST_FAULTS]]
    first = ": ".join(told[0])
    raise InadmissibleError(f"{len(faults):,} of {count:,} awards can't be changed, so none was: {first}", told)
