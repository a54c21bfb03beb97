"""What an erasure does to the rows of private records: mark those that go, move what stays, end the epochs before.

What is moved gets a page with another id, so a record that another process would still hang from the old page is
refused by its foreign key; an epoch that has ended takes no page any more. Thus nothing is written under a key that is
about to be destroyed, whoever writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from node.storage.records import EpochRow, LookupRow, RecordRow


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record to be moved, with its log's name and what it is found by now."""

    row: RecordRow
    origin: str
    sole: dict[bytes, bool]
    """Whether a blind look-up is the record's alone."""


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page of keys under the new epoch."""

    page_id: UUID
    epoch: int
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class MovedRecord:
    """A record that stays: its key under the new page's, and its look-ups under the new epoch's key."""

    record_id: UUID
    log_id: int
    page_id: UUID
    wrapped: bytes
    lookups: tuple[LookupRow, ...]


async def mark_for_erasure(connection: asyncpg.Connection, record_ids: Sequence[UUID]) -> None:
    """Let these records go with the next erasure; from now on others may have their look-ups.

    A duty to keep one of them that isn't among them was recorded meanwhile: then the whole transaction is refused, with
    a division by zero, which the log's writer takes for what it is, a statement that wrote nothing. Whoever records a
    duty holds the record's row (`holds_record`), so it is seen once the rows are ours.
    """
    await connection.execute("SELECT FROM records WHERE record_id = ANY($1::uuid[]) FOR UPDATE", record_ids)
    await connection.fetchval(
        "SELECT 1 / (count(*) = 0)::integer FROM records"
        " WHERE kind = 'retention' AND NOT erase AND NOT record_id = ANY($1::uuid[]) AND (log_id, leaf) IN"
        " (SELECT log_id, leaf FROM records WHERE record_id = ANY($1::uuid[]))",
        record_ids,
    )
    await connection.execute("UPDATE records SET erase = true WHERE record_id = ANY($1::uuid[])", record_ids)
    await connection.execute(
        "UPDATE record_lookups SET sole = false WHERE record_id = ANY($1::uuid[]) AND sole", record_ids
    )


async def holds_record(connection: asyncpg.Connection, record_id: UUID) -> bool:
    """Return whether a record is here and doesn't go; until the transaction ends, nobody marks it."""
    found = await connection.fetchval("SELECT NOT erase FROM records WHERE record_id = $1 FOR NO KEY UPDATE", record_id)
    return bool(found)


async def count_marked(connection: asyncpg.Connection) -> int:
    """Return how many records go with the next erasure."""
    return int(await connection.fetchval("SELECT count(*) FROM records WHERE erase"))


async def marked_hang_from(connection: asyncpg.Connection, epoch: int) -> bool:
    """Return whether a record that goes hangs from this epoch."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM records JOIN key_pages USING (page_id) WHERE erase AND epoch = $1)", epoch
        )
    )


async def unreleased_logs(connection: asyncpg.Connection, sizes: dict[str, int]) -> list[str]:
    """Return which of these own logs aren't released up to the size that is named for each."""
    rows = await connection.fetch(
        "SELECT origin FROM logs JOIN unnest($1::text[], $2::bigint[]) AS wanted (origin, size) USING (origin)"
        " WHERE coalesce(released_size, 0) < wanted.size",
        list(sizes),
        list(sizes.values()),
    )
    return [row["origin"] for row in rows]


async def sizes_of_marked_logs(connection: asyncpg.Connection) -> dict[str, int]:
    """Return the size of each log that has records which go, by origin."""
    rows = await connection.fetch(
        "SELECT origin, size FROM logs WHERE EXISTS (SELECT FROM records WHERE log_id = logs.log_id AND erase)"
    )
    return {row["origin"]: row["size"] for row in rows}


async def take_pages(connection: asyncpg.Connection, *, below: int, most: int) -> list[UUID]:
    """Return pages of earlier epochs, and let nobody hang a record from them until the transaction ends."""
    rows = await connection.fetch(
        "SELECT page_id FROM key_pages WHERE epoch < $1 ORDER BY page_id LIMIT $2 FOR UPDATE", below, most
    )
    return [row["page_id"] for row in rows]


async def records_on(connection: asyncpg.Connection, page_ids: Sequence[UUID]) -> list[StoredRecord]:
    """Return every record that hangs from these pages."""
    rows = await connection.fetch(
        "SELECT origin, records.record_id, records.log_id, kind, leaf, page_id, records.wrapped, body, erase,"
        " key_pages.epoch, key_pages.wrapped AS page_wrapped FROM records"
        " JOIN key_pages USING (page_id) JOIN logs USING (log_id) WHERE page_id = ANY($1::uuid[])",
        page_ids,
    )
    lookups = await connection.fetch(
        "SELECT record_id, lookup, sole FROM record_lookups WHERE record_id = ANY($1::uuid[])",
        [row["record_id"] for row in rows],
    )
    sole: dict[UUID, dict[bytes, bool]] = {row["record_id"]: {} for row in rows}
    for one in lookups:
        sole[one["record_id"]][one["lookup"]] = one["sole"]
    found = []
    for row in rows:
        columns = dict(row)
        origin = columns.pop("origin")
        found.append(StoredRecord(RecordRow(**columns), origin, sole[row["record_id"]]))
    return found


async def move(
    connection: asyncpg.Connection,
    *,
    pages: Sequence[NewPage],
    records: Sequence[MovedRecord],
    gone: Sequence[UUID],
    left: Sequence[UUID],
) -> None:
    """Hang records from new pages, remove those that go with their look-ups, and then the pages that are left empty."""
    await connection.execute("DELETE FROM records WHERE record_id = ANY($1::uuid[])", gone)
    await connection.execute(
        "INSERT INTO key_pages (page_id, epoch, wrapped) SELECT * FROM unnest($1::uuid[], $2::integer[], $3::bytea[])",
        [one.page_id for one in pages],
        [one.epoch for one in pages],
        [one.wrapped for one in pages],
    )
    await connection.execute(
        "UPDATE records SET page_id = moved.page_id, wrapped = moved.wrapped"
        " FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS moved (record_id, page_id, wrapped)"
        " WHERE records.record_id = moved.record_id",
        [one.record_id for one in records],
        [one.page_id for one in records],
        [one.wrapped for one in records],
    )
    await _add_lookups(connection, records)
    await connection.execute("DELETE FROM key_pages WHERE page_id = ANY($1::uuid[])", left)


async def _add_lookups(connection: asyncpg.Connection, records: Sequence[MovedRecord]) -> None:
    """Let moved records be found under the new epoch too.

    A writer that doesn't know of the epoch yet lets look-ups be taken over under the old one only: whoever has one
    alone there, has it alone.
    """
    rows = [(one.log_id, one.record_id, each) for one in records for each in one.lookups]
    sole = [one for one in rows if one[2].sole]
    await connection.execute(
        "UPDATE record_lookups SET sole = false"
        " FROM unnest($1::integer[], $2::uuid[], $3::text[], $4::bytea[]) AS new (log_id, record_id, purpose, lookup)"
        " WHERE record_lookups.log_id = new.log_id AND record_lookups.purpose = new.purpose AND sole"
        " AND record_lookups.lookup = new.lookup AND record_lookups.record_id <> new.record_id",
        [log_id for log_id, _, _ in sole],
        [record_id for _, record_id, _ in sole],
        [each.purpose for _, _, each in sole],
        [each.lookup for _, _, each in sole],
    )
    await connection.execute(
        "INSERT INTO record_lookups (log_id, record_id, purpose, lookup, sole, epoch)"
        " SELECT * FROM unnest($1::integer[], $2::uuid[], $3::text[], $4::bytea[], $5::boolean[], $6::integer[])"
        " ON CONFLICT (log_id, purpose, lookup, record_id) DO NOTHING",
        [log_id for log_id, _, _ in rows],
        [record_id for _, record_id, _ in rows],
        [each.purpose for _, _, each in rows],
        [each.lookup for _, _, each in rows],
        [each.sole for _, _, each in rows],
        [each.epoch for _, _, each in rows],
    )


async def end_epochs(connection: asyncpg.Connection, *, below: int, now: int) -> bool:
    """End the earlier epochs; return False, with nothing written, while pages hang from them.

    The caller's transaction takes the epochs' locks first, so that a page which is being added is seen.
    """
    await connection.execute(
        "SELECT FROM key_epochs WHERE epoch < $1 AND destroyed_at IS NULL ORDER BY epoch FOR UPDATE", below
    )
    if await connection.fetchval("SELECT EXISTS (SELECT FROM key_pages WHERE epoch < $1)", below):
        return False
    await connection.execute(
        "UPDATE key_epochs SET destroyed_at = $2 WHERE epoch < $1 AND destroyed_at IS NULL", below, now
    )
    return True


async def forget_lookups(connection: asyncpg.Connection, *, below: int, most: int) -> int:
    """Forget some look-ups of earlier epochs, which nobody looks under any more; return how many."""
    status = await connection.execute(
        "DELETE FROM record_lookups WHERE ctid = ANY(ARRAY(SELECT ctid FROM record_lookups WHERE epoch < $1 LIMIT $2))",
        below,
        most,
    )
    return int(status.split()[1])


async def ended_epochs(connection: asyncpg.Connection) -> list[EpochRow]:
    """Return the epochs that have ended: their key files are to be destroyed."""
    rows = await connection.fetch(
        "SELECT epoch, key_check FROM key_epochs WHERE destroyed_at IS NOT NULL ORDER BY epoch"
    )
    return [EpochRow(row["epoch"], row["key_check"]) for row in rows]
