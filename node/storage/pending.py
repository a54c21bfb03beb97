"""Private records that explain no entry yet: what waits to be published.

One that is done with is marked, so that the next erasure destroys its key: what was refused may be about a person.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from node.storage.database import Connection
from node.storage.records import RecordRow

_COLUMNS: Final = (
    "records.record_id, records.log_id, kind, leaf, page_id, records.wrapped, body,"
    " key_pages.epoch, key_pages.wrapped AS page_wrapped"
)


async def add_pending(connection: Connection, row: RecordRow) -> bool:
    """Add a record without an entry; return False, with nothing written, if its page of keys was moved meanwhile."""
    try:
        await connection.execute(
            "INSERT INTO records (record_id, log_id, kind, page_id, wrapped, body) VALUES ($1, $2, $3, $4, $5, $6)",
            row.record_id,
            row.log_id,
            row.kind,
            row.page_id,
            row.wrapped,
            row.body,
        )
    except asyncpg.ForeignKeyViolationError:
        return False
    return True


async def pending_of(connection: Connection, log_id: int, kind: str) -> Sequence[RecordRow]:
    """Return the records of a kind that explain no entry and are not done with."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM records JOIN key_pages USING (page_id)"  # noqa: S608 - a constant
        " WHERE log_id = $1 AND kind = $2 AND leaf IS NULL AND NOT erase ORDER BY record_id",
        log_id,
        kind,
    )
    return [RecordRow(**dict(row)) for row in rows]


async def finish_pending(connection: Connection, log_id: int, record_id: UUID) -> None:
    """Mark a pending record as done with, in the transaction of whatever came of it.

    Where somebody else was first this fails with a plain error of the server (division by zero), and with it the whole
    transaction.
    """
    await connection.execute(
        "WITH done AS (UPDATE records SET erase = true"
        " WHERE log_id = $1 AND record_id = $2 AND leaf IS NULL AND NOT erase RETURNING 1)"
        " SELECT 1 / count(*) FROM done",
        log_id,
        record_id,
    )


async def drop_pending(connection: Connection, log_id: int, record_id: UUID) -> bool:
    """Mark a pending record as done with; return False if somebody else was first."""
    status = await connection.execute(
        "UPDATE records SET erase = true WHERE log_id = $1 AND record_id = $2 AND leaf IS NULL AND NOT erase",
        log_id,
        record_id,
    )
    return bool(status == "UPDATE 1")
