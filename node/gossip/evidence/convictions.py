"""Convictions: the logs that are known to have signed two histories, each by evidence that convinces anybody.

Whoever brings evidence, a partner, a stranger or this node's own comparison, it goes the same way: it is verified, the
log counts as convicted from that moment on, and the document is stored. Nothing else convicts a log.

If the process dies between verifying and storing, this node doesn't know the evidence any more; who told it tells it
again at the next round, since it isn't on the list that this node shows (`GET /gossip/evidence`), and what this node
found by itself it finds again. A document that the database doesn't take is kept in memory and stored later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from node.clock import Clock
from node.errors import InadmissibleError, NotFoundError
from node.storage.database import Database
from node.storage.evidence import MOST_OF_A_LOG, EvidenceRow, all_evidence, find_evidence, store_evidence
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import CONVICTED, event, warn
from protocol.documents.evidence import SplitView, evidence_id
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
        self._unstored: dict[str, bytes] = {}
        self._disbelieved: set[str] = set()
        self.on_convicted: list[Callable[[str], None]] = []
        """Told of each origin once, when it is convicted in this process; must not fail and must not wait."""

    def is_convicted(self, origin: str) -> bool:
        """Whether a log has been shown to have signed two histories."""
        return origin in self._first

    def evidence_of(self, origin: str) -> str:
        """Return the id of the evidence that convicted a log; "" of one that isn't."""
        return self._first.get(origin, "")

    def origins(self) -> list[str]:
        """Return the convicted logs."""
        return list(self._first)

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
            view = SplitView.parse(document)
            view.verify(self._keys(view.origin))
        except NoTrustedKeyError:
            return  # of a log that isn't known here, or not any more
        except ProtocolError as error:
            self._disbelieved.add(row.evidence_id)
            warn("stored_evidence_refused", log=row.origin, evidence=row.evidence_id, failure=str(error))
            return
        self._convict(row)

    async def take(self, document: bytes) -> Taken:
        """Verify evidence, convict its log and store it.

        Raises:
            MalformedError: It can't be read.
            NotFoundError: It is of a log that isn't known here, so nothing can be verified.
            InadmissibleError: It does not show two histories.
        """
        identity = evidence_id(document)
        if identity in self._rows:
            return Taken(identity, self._rows[identity].origin, is_new=False)
        view = SplitView.parse(document)
        keys = self._keys(view.origin)
        if not keys:
            raise NotFoundError("the log that this evidence speaks of isn't known here")
        try:
            view.verify(keys)
        except MalformedError:
            raise
        except ProtocolError as error:
            raise InadmissibleError(f"this does not show two histories of {view.origin}: {error}") from None
        if sum(row.origin == view.origin for row in self._rows.values()) >= MOST_OF_A_LOG:
            return Taken(self._first[view.origin], view.origin, is_new=False)
        row = EvidenceRow(identity, view.origin, self._clock.now())
        self._unstored[identity] = document
        self._convict(row)
        try:
            await self._store(row, document)
        except DATABASE_FAILURES as error:
            warn("evidence_not_stored", log=row.origin, evidence=identity, failure=str(error))
        return Taken(identity, view.origin, is_new=True)

    def _convict(self, row: EvidenceRow) -> None:
        self._rows[row.evidence_id] = row
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
