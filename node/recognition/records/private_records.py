"""The private records of one own log: what explains its sealed entries, and is found by what it is about.

A record's body is canonical JSON::

    {"content":{…},"lookups":[["file",HASH,true],…]}

`content` is of the record's kind (`node.recognition.awards.record`, `node.recognition.decisions.record`). `lookups`
repeats what the record is found by, so that a new epoch of keys can make the blind look-ups anew for records of any
kind.

A record is written by a companion of its entries' submission: both are there or neither.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from node.recognition.records.vault import Vault
from node.storage.database import Connection
from node.storage.growth import Companion
from node.storage.record_batches import NewRecord, add_records, records_at, sole_records
from node.storage.records import (
    LookupRow,
    RecordRow,
    add_lookups,
    add_record,
    record_at,
    records_found,
    yield_lookups,
)
from protocol.encoding import canonical
from protocol.encoding.wire import b64url, parse_b64url32


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a record is found by: a purpose and 32 bytes; `sole` where it finds one record only."""

    purpose: str
    value: bytes
    sole: bool = True

    @classmethod
    def of_text(cls, purpose: str, text: str, *, sole: bool = True) -> "Lookup":
        """Return the look-up of a text."""
        return cls(purpose, hashlib.sha256(text.encode()).digest(), sole)


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to be written for one of a submission's entries."""

    position: int
    """Of its entry in the submission."""
    content: Mapping[str, Any]
    lookups: tuple[Lookup, ...]


@dataclass(frozen=True, slots=True)
class PrivateRecord:
    """A record in clear: in memory only."""

    record_id: UUID
    kind: str
    leaf: int
    content: Mapping[str, Any]
    lookups: tuple[Lookup, ...]
    leaving: bool = False
    """Whether it goes with the next erasure."""


class PrivateRecords:
    """Writes and finds the private records of one log."""

    def __init__(self, vault: Vault, log_id: int, origin: str) -> None:
        """Keep the records of this log."""
        self._vault = vault
        self._log_id = log_id
        self._origin = origin

    async def companion(
        self,
        kind: str,
        content: Mapping[str, Any],
        lookups: Sequence[Lookup],
        *,
        instead_of: Sequence[UUID] = (),
    ) -> Companion:
        """Return what writes a new record in the transaction of its entries.

        `instead_of` names records that yield their sole look-ups to this one. Where yet another record has taken a
        sole look-up meanwhile, the database refuses the whole transaction, entries included.
        """
        row = await self._locked(kind, content, lookups)
        rows = self._rows(lookups)

        async def write(connection: Connection, first_leaf: int) -> None:
            for other in instead_of:
                await yield_lookups(connection, self._log_id, other, rows)
            await add_record(connection, row, first_leaf)
            await add_lookups(connection, self._log_id, row.record_id, rows)

        return write

    async def companion_of_many(self, kind: str, drafts: Sequence[Draft]) -> Companion:
        """Return what writes a record for each of many entries in their transaction, in two statements."""
        locked = [
            (await self._locked(kind, one.content, one.lookups), one.position, tuple(self._rows(one.lookups)))
            for one in drafts
        ]

        async def write(connection: Connection, first_leaf: int) -> None:
            records = [NewRecord(row, first_leaf + position, lookups) for row, position, lookups in locked]
            await add_records(connection, self._log_id, records)

        return write

    async def find(self, lookup: Lookup, *, leaving: bool = False) -> list[PrivateRecord]:
        """Return the records that are found by this, newest first; by a sole look-up at most one.

        Those that go with the next erasure are found with `leaving` only.
        """
        async with self._vault.reading() as connection:
            blind = self._vault.lookups(self._origin, lookup.purpose, lookup.value)
            rows = await records_found(connection, self._log_id, lookup.purpose, blind, sole=lookup.sole)
        return [self._record(row) for row in rows if leaving or not row.erase]

    async def at(self, kind: str, leaf: int, *, leaving: bool = False) -> PrivateRecord | None:
        """Return the record of a kind whose first entry stands at a leaf; one that goes, with `leaving` only."""
        async with self._vault.reading() as connection:
            row = await record_at(connection, self._log_id, kind, leaf)
        return None if row is None or (row.erase and not leaving) else self._record(row)

    async def at_each(self, kind: str, leaves: Sequence[int]) -> dict[int, PrivateRecord]:
        """Return the records of a kind whose first entries stand at these leaves, by leaf."""
        async with self._vault.reading() as connection:
            rows = await records_at(connection, self._log_id, kind, leaves)
        return {record.leaf: record for record in map(self._record, rows)}

    async def find_sole(self, lookups: Sequence[Lookup]) -> dict[Lookup, PrivateRecord]:
        """Return the one record of each of these sole look-ups that finds any."""
        found: dict[Lookup, PrivateRecord] = {}
        for purpose in {one.purpose for one in lookups}:
            async with self._vault.reading() as connection:
                blind = {
                    value: one
                    for one in lookups
                    if one.purpose == purpose
                    for value in self._vault.lookups(self._origin, purpose, one.value)
                }
                rows = await sole_records(connection, self._log_id, purpose, list(blind))
            found |= {blind[value]: self._record(row) for value, row in rows}
        return found

    async def _locked(self, kind: str, content: Mapping[str, Any], lookups: Sequence[Lookup]) -> RecordRow:
        """Return a new record, encrypted."""
        listed = [[one.purpose, b64url(one.value), one.sole] for one in lookups]
        body = canonical.encode({"content": dict(content), "lookups": listed})
        return await self._vault.lock(log_id=self._log_id, origin=self._origin, kind=kind, body=body)

    def _rows(self, lookups: Sequence[Lookup]) -> list[LookupRow]:
        return [
            LookupRow(one.purpose, blind, one.sole, epoch)
            for one in lookups
            for epoch, blind in self._vault.written(self._origin, one.purpose, one.value)
        ]

    def _record(self, row: RecordRow) -> PrivateRecord:
        body = canonical.decode(self._vault.unlock(row, self._origin))
        lookups = tuple(Lookup(purpose, parse_b64url32(text), sole) for purpose, text, sole in body["lookups"])
        return PrivateRecord(row.record_id, row.kind, row.leaf or 0, body["content"], lookups, row.erase)
