"""Private records as the database holds them: encrypted bodies, wrapped keys, blind look-ups.

Nothing here can be read without the epoch's key, which lies outside the database (`node.recognition.records.vault`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True)
class EpochRow:
    """An epoch of keys that isn't destroyed."""

    epoch: int
    key_check: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One encrypted record, with its page's wrapped key where it was read."""

    record_id: UUID
    log_id: int
    kind: str
    leaf: int | None
    page_id: UUID
    wrapped: bytes
    body: bytes
    epoch: int = 0
    page_wrapped: bytes = b""
    erase: bool = False
    """Whether it goes with the next erasure."""


@dataclass(frozen=True, slots=True)
class LookupRow:
    """One blind look-up of a record; `sole`: no other record may be found by it."""

    purpose: str
    lookup: bytes
    sole: bool
    epoch: int


async def live_epochs(connection: asyncpg.Connection) -> list[EpochRow]:
    """Return the epochs whose keys exist, oldest first."""
    rows = await connection.fetch("SELECT epoch, key_check FROM key_epochs WHERE destroyed_at IS NULL ORDER BY epoch")
    return [EpochRow(row["epoch"], row["key_check"]) for row in rows]


async def begin_epoch(connection: asyncpg.Connection, epoch: int, key_check: bytes, at: int) -> None:
    """Begin an epoch; one that another process has begun stays as it is."""
    await connection.execute(
        "INSERT INTO key_epochs (epoch, key_check, began_at) VALUES ($1, $2, $3) ON CONFLICT (epoch) DO NOTHING",
        epoch,
        key_check,
        at,
    )


async def add_page(connection: asyncpg.Connection, page_id: UUID, epoch: int, wrapped: bytes) -> bool:
    """Add a page of record keys; return False, with nothing written, if its epoch has ended.

    Whoever ends the epoch waits for the lock that this takes, and sees the page then.
    """
    status = await connection.execute(
        "INSERT INTO key_pages (page_id, epoch, wrapped)"
        " SELECT $1, epoch, $3 FROM key_epochs WHERE epoch = $2 AND destroyed_at IS NULL FOR SHARE",
        page_id,
        epoch,
        wrapped,
    )
    return bool(status == "INSERT 0 1")


async def add_record(connection: asyncpg.Connection, row: RecordRow, leaf: int) -> None:
    """Add a record that explains the entry at this leaf."""
    await connection.execute(
        "INSERT INTO records (record_id, log_id, kind, leaf, page_id, wrapped, body)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        row.record_id,
        row.log_id,
        row.kind,
        leaf,
        row.page_id,
        row.wrapped,
        row.body,
    )


async def add_lookups(
    connection: asyncpg.Connection, log_id: int, record_id: UUID, lookups: Sequence[LookupRow]
) -> None:
    """Let a record be found; a sole look-up that another record has raises a unique violation."""
    await connection.execute(
        "INSERT INTO record_lookups (log_id, record_id, purpose, lookup, sole, epoch)"
        " SELECT $1, $2, new.* FROM unnest($3::text[], $4::bytea[], $5::boolean[], $6::integer[]) AS new",
        log_id,
        record_id,
        [one.purpose for one in lookups],
        [one.lookup for one in lookups],
        [one.sole for one in lookups],
        [one.epoch for one in lookups],
    )


async def yield_lookups(
    connection: asyncpg.Connection, log_id: int, record_id: UUID, lookups: Sequence[LookupRow]
) -> None:
    """Let another record have the sole look-ups that it shares with this one; it is still found by them."""
    await connection.execute(
        "UPDATE record_lookups SET sole = false FROM unnest($3::text[], $4::bytea[]) AS shared (purpose, lookup)"
        " WHERE record_lookups.log_id = $1 AND record_lookups.record_id = $2 AND sole"
        " AND record_lookups.purpose = shared.purpose AND record_lookups.lookup = shared.lookup",
        log_id,
        record_id,
        [one.purpose for one in lookups],
        [one.lookup for one in lookups],
    )


_COLUMNS = (
    "records.record_id, records.log_id, kind, leaf, page_id, records.wrapped, body,"
    " key_pages.epoch, key_pages.wrapped AS page_wrapped, erase"
)


async def records_found(
    connection: asyncpg.Connection, log_id: int, purpose: str, lookups: Sequence[bytes], *, sole: bool
) -> list[RecordRow]:
    """Return the records under any of the look-ups, newest first; with `sole` only the one that has it alone.

    While two epochs live, a record stands under both, and is returned once.
    """
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM records JOIN key_pages USING (page_id)"  # noqa: S608 - a constant
        " WHERE record_id IN (SELECT record_id FROM record_lookups"
        " WHERE log_id = $1 AND purpose = $2 AND lookup = ANY($3::bytea[]) AND (sole OR NOT $4)) ORDER BY leaf DESC",
        log_id,
        purpose,
        lookups,
        sole,
    )
    return [RecordRow(**dict(row)) for row in rows]


async def record_at(connection: asyncpg.Connection, log_id: int, kind: str, leaf: int) -> RecordRow | None:
    """Return the record of a kind whose first entry stands at a leaf."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM records JOIN key_pages USING (page_id)"  # noqa: S608 - a constant
        " WHERE log_id = $1 AND leaf = $3 AND kind = $2",
        log_id,
        kind,
        leaf,
    )
    return None if row is None else RecordRow(**dict(row))
