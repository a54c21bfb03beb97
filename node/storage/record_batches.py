"""Many private records at once: written in two statements, found in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

from node.storage.records import LookupRow, RecordRow

_COLUMNS: Final = (
    "records.record_id, records.log_id, kind, leaf, page_id, records.wrapped, body,"
    " key_pages.epoch, key_pages.wrapped AS page_wrapped"
)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to be written, with what it is found by."""

    row: RecordRow
    leaf: int
    lookups: tuple[LookupRow, ...]


async def add_records(connection: asyncpg.Connection, log_id: int, records: Sequence[NewRecord]) -> None:
    """Add records with their look-ups; a sole look-up that another record has raises a unique violation."""
    rows = [
        (one.row.record_id, one.row.kind, one.leaf, one.row.page_id, one.row.wrapped, one.row.body) for one in records
    ]
    await connection.execute(
        "INSERT INTO records (log_id, record_id, kind, leaf, page_id, wrapped, body) SELECT $1, new.*"
        " FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::uuid[], $6::bytea[], $7::bytea[]) AS new",
        log_id,
        *_columns(rows, 6),
    )
    lookups = [
        (one.row.record_id, lookup.purpose, lookup.lookup, lookup.sole, lookup.epoch)
        for one in records
        for lookup in one.lookups
    ]
    await connection.execute(
        "INSERT INTO record_lookups (log_id, record_id, purpose, lookup, sole, epoch) SELECT $1, new.*"
        " FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::boolean[], $6::integer[]) AS new",
        log_id,
        *_columns(lookups, 5),
    )


async def records_at(connection: asyncpg.Connection, log_id: int, kind: str, leaves: Sequence[int]) -> list[RecordRow]:
    """Return the records of a kind whose first entries stand at any of these leaves; none that is to be erased."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM records JOIN key_pages USING (page_id)"  # noqa: S608 - a constant
        " WHERE log_id = $1 AND leaf = ANY($3::bigint[]) AND kind = $2 AND NOT erase ORDER BY leaf",
        log_id,
        kind,
        leaves,
    )
    return [RecordRow(**dict(row)) for row in rows]


async def sole_records(
    connection: asyncpg.Connection, log_id: int, purpose: str, lookups: Sequence[bytes]
) -> list[tuple[bytes, RecordRow]]:
    """Return (blind look-up, record) of each that a record has alone."""
    rows = await connection.fetch(
        f"SELECT lookup, {_COLUMNS} FROM record_lookups"  # noqa: S608 - a constant
        " JOIN records USING (record_id) JOIN key_pages USING (page_id)"
        " WHERE record_lookups.log_id = $1 AND purpose = $2 AND lookup = ANY($3::bytea[]) AND sole AND NOT erase",
        log_id,
        purpose,
        lookups,
    )
    found = [dict(row) for row in rows]
    return [(row.pop("lookup"), RecordRow(**row)) for row in found]


async def records_behind(
    connection: asyncpg.Connection, log_id: int, after: UUID | None, limit: int
) -> list[RecordRow]:
    """Return a log's records of any kind in the order of their ids, from behind one of them; none that is to go."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM records JOIN key_pages USING (page_id)"  # noqa: S608 - a constant
        " WHERE log_id = $1 AND ($2::uuid IS NULL OR record_id > $2) AND NOT erase ORDER BY record_id LIMIT $3",
        log_id,
        after,
        limit,
    )
    return [RecordRow(**dict(row)) for row in rows]


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(count)]
