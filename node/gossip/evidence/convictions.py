"""Convictions: the logs that are known to have signed two histories, each by evidence that convinces anybody.

Whoever brings evidence, a partner, a stranger or this node's own comparison, it goes the same way: it is verified, the
log counts as convicted from that moment on, and the document is stored. Nothing else convicts a log. Evidence of a
wrong index goes that way too, and convicts that index alone (`node.gossip.evidence.kinds`).

If the process dies between verifying and storing, this node doesn't know the evidence any more; who told it tells it
again at the next round, since it isn't on the list that this node shows (`GET /gossip/evidence`), and what this node
found by itself it finds again. A document that the database doesn't take is kept in memory and stored later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from node.clock import Clock
from node.errors import InadmissibleError, NotFoundError
from node.gossip.evidence.kinds import SHOWS, Evidence, parse_evidence
from node.storage.database import Database
from node.storage.evidence import (
    MOST_OF_A_LOG,
    MOST_WRONG_INDEXES,
    EvidenceRow,
    all_evidence,
    find_evidence,
    store_evidence,
)
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import CONVICTED, event, warn
from protocol.documents.evidence import evidence_id
from protocol.documents.wrong_index import IndexEvidence
from protocol.encoding.keys import VerifierKey
from protocol.errors import MalformedError, NoTrustedKeyError, ProtocolError

LogKeys = Callable[[str], Sequence[VerifierKey]]
"""Gives the keys by which a log is known here; none of a log that isn't."""

ID_DIGITS: Final = 64


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of evidence that was brought."""

    evidence_id: str
    origin: str
    is_new: bool
    """Whether it wasn't known here."""


class Convictions:
    """The convicted logs, and the evidence."""

    def __init__(self, database: Database, keys: LogKeys, clock: Clock) -> None:
        """Know nobody as convicted; `load` reads what is stored."""
        self._database = database
        self._keys = keys
        self._clock = clock
        self._rows: dict[str, EvidenceRow] = {}
        """By id, in the order in which it became known here."""
        self._first: dict[str, str] = {}
        """By origin, the evidence that convicted it."""
        self._wrong: dict[str, list[str]] = {}
        """By origin, the evidence of wrong indexes of it, the first first."""
        self._unstored: dict[str, bytes] = {}
        self._disbelieved: set[str] = set()
        self.on_convicted: list[Callable[[str], None]] = []
        """Told of each origin once, when it is convicted in this process; must not fail and must not wait."""
        self.on_wrong_index: list[Callable[[str], None]] = []
        """Told of an origin when evidence of a wrong index of it is brought; the same holds."""

    def is_convicted(self, origin: str) -> bool:
        """Whether a log has been shown to have signed two histories."""
        return origin in self._first

    def evidence_of(self, origin: str) -> str:
        """Return the id of the evidence that convicted a log; "" of one that isn't."""
        return self._first.get(origin, "")

    def origins(self) -> list[str]:
        """Return the convicted logs."""
        return list(self._first)

    def wrong_index_of(self, origin: str) -> str:
        """Return the id of the first evidence that a log signed a wrong index; "" of one that hasn't."""
        return next(iter(self._wrong.get(origin, ())), "")

    def is_wrong_index(self, identity: str) -> bool:
        """Whether evidence that is here is of a wrong index."""
        row = self._rows.get(identity)
        return row is not None and identity in self._wrong.get(row.origin, ())

    def knows(self, identity: str) -> bool:
        """Whether this evidence is here."""
        return identity in self._rows

    def to_spread(self) -> list[EvidenceRow]:
        """Return what everybody should have: of each log what convicted it, and what shows its first wrong index."""
        first = [*self._first.values(), *(ids[0] for ids in self._wrong.values())]
        return [self._rows[identity] for identity in first]

    def listed(self) -> list[EvidenceRow]:
        """Return what evidence is here."""
        return list(self._rows.values())

    async def load(self) -> None:
        """Store what the database didn't take before, and read what is there, verified anew: a row proves nothing.

        Raises:
            DATABASE_FAILURES: It can't be read; what is in mind stays.
        """
        for identity, document in list(self._unstored.items()):
            await self._store(self._rows[identity], document)
        async with self._database.pool.acquire() as connection:
            rows = await all_evidence(connection)
        for row in rows:
            if row.evidence_id not in self._rows and row.evidence_id not in self._disbelieved:
                await self._believe(row)

    async def _believe(self, row: EvidenceRow) -> None:
        document = await self.document(row.evidence_id)
        try:
            shown = parse_evidence(document)
            shown.verify(self._keys(shown.origin))
        except NoTrustedKeyError:
            return  # of a log that isn't known here, or not any more
        except ProtocolError as error:
            self._disbelieved.add(row.evidence_id)
            warn("stored_evidence_refused", log=row.origin, evidence=row.evidence_id, failure=str(error))
            return
        self._convict(row, shown)

    async def take(self, document: bytes) -> Taken:
        """Verify evidence, convict its log and store it.

        Raises:
            MalformedError: It can't be read.
            NotFoundError: It is of a log that isn't known here, so nothing can be verified.
            InadmissibleError: It does not show what it says.
        """
        identity = evidence_id(document)
        if identity in self._rows:
            return Taken(identity, self._rows[identity].origin, is_new=False)
        shown = parse_evidence(document)
        origin, keys = shown.origin, self._keys(shown.origin)
        if not keys:
            raise NotFoundError("the log that this evidence speaks of isn't known here")
        try:
            shown.verify(keys)
        except MalformedError:
            raise
        except ProtocolError as error:
            raise InadmissibleError(f"this does not show {SHOWS[type(shown)]} {origin}: {error}") from None
        if (enough := self._enough(shown)) is not None:
            return Taken(enough, origin, is_new=False)
        row = EvidenceRow(identity, origin, self._clock.now())
        self._unstored[identity] = document
        self._convict(row, shown)
        if isinstance(shown, IndexEvidence):
            for tell in self.on_wrong_index:
                tell(origin)
        try:
            await self._store(row, document)
        except DATABASE_FAILURES as error:
            warn("evidence_not_stored", log=row.origin, evidence=identity, failure=str(error))
        return Taken(identity, origin, is_new=True)

    def _enough(self, shown: Evidence) -> str | None:
        """Return the first evidence of this kind against a log of which we have all that we want; None of others."""
        wrong = self._wrong.get(shown.origin, [])
        if isinstance(shown, IndexEvidence):
            return wrong[0] if len(wrong) >= MOST_WRONG_INDEXES else None
        here = sum(row.origin == shown.origin for row in self._rows.values()) - len(wrong)
        return self._first[shown.origin] if here >= MOST_OF_A_LOG else None

    def _convict(self, row: EvidenceRow, shown: Evidence) -> None:
        self._rows[row.evidence_id] = row
        if isinstance(shown, IndexEvidence):
            self._wrong.setdefault(row.origin, []).append(row.evidence_id)
            warn("wrong_index", log=row.origin, evidence=row.evidence_id)
            return
        if row.origin in self._first:
            return
        self._first[row.origin] = row.evidence_id
        CONVICTED.labels(row.origin).set(1)
        warn("split_view", log=row.origin, evidence=row.evidence_id)
        for tell in self.on_convicted:
            tell(row.origin)

    async def _store(self, row: EvidenceRow, document: bytes) -> None:
        async with self._database.writing() as connection:
            await store_evidence(connection, row.evidence_id, row.origin, document=document, now=row.stored_at)
        self._unstored.pop(row.evidence_id, None)
        event("evidence_stored", log=row.origin, evidence=row.evidence_id)

    async def document(self, identity: str) -> bytes:
        """Return the bytes of evidence.

        Raises:
            NotFoundError: It isn't here.
        """
        found = self._unstored.get(identity)
        if found is None and len(identity) == ID_DIGITS and set(identity) <= set("0123456789abcdef"):
            async with self._database.pool.acquire() as connection:
                found = await find_evidence(connection, identity)
        if found is None:
            raise NotFoundError("no such evidence is here")
        return found
