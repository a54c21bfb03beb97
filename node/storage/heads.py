"""The head of a log: where it stands, and the one statement that may move it.

`size`, `root` and `note` are *durable*: committed, but perhaps not yet free to leave the node. `released_size` and
`released_note` are what may be shown. The note of a partner's log may be ahead of its size: it waits for entries. The
epoch counts the barriers: a statement of an older connection that is still under way when a barrier commits can't apply
afterwards, because it names the epoch it moves from.
"""

from dataclasses import dataclass

import asyncpg

from node.errors import ConflictError
from protocol.log.merkle import EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Head:
    """One row of `logs`."""

    log_id: int
    origin: str
    own: bool
    verifier_key: str
    size: int
    root: bytes
    epoch: int
    note: bytes | None
    released_size: int | None
    released_note: bytes | None
    successor: str = ""
    """The origin that follows a closed log; empty while it takes entries."""


def _head(row: asyncpg.Record) -> Head:
    return Head(**dict(row))


async def create_log(connection: asyncpg.Connection, origin: str, verifier_key: str, *, own: bool) -> Head:
    """Add a log of size zero and return its head; one that is there already is returned as it stands."""
    await connection.execute(
        "INSERT INTO logs (origin, own, verifier_key, root) VALUES ($1, $2, $3, $4) ON CONFLICT (origin) DO NOTHING",
        origin,
        own,
        verifier_key,
        EMPTY_ROOT,
    )
    return _head(await connection.fetchrow("SELECT * FROM logs WHERE origin = $1", origin))


async def find_head(connection: asyncpg.Connection, origin: str) -> Head | None:
    """Return the head of a log, or None if this database doesn't hold it."""
    row = await connection.fetchrow("SELECT * FROM logs WHERE origin = $1", origin)
    return None if row is None else _head(row)


async def all_heads(connection: asyncpg.Connection) -> list[Head]:
    """Return the heads of all logs, own ones first."""
    return [_head(row) for row in await connection.fetch("SELECT * FROM logs ORDER BY own DESC, log_id")]


async def read_head(connection: asyncpg.Connection, log_id: int) -> Head:
    """Return the head as this server shows it; only a commit or barrier of one's own makes it safe to rely on."""
    return _head(await connection.fetchrow("SELECT * FROM logs WHERE log_id = $1", log_id))


async def pass_barrier(connection: asyncpg.Connection, log_id: int) -> Head:
    """Commit a new epoch, waiting for replication, and return the head behind it.

    What a read shows may not have reached the standby yet. WAL has one order: once this row is replicated, so is all
    that was committed before it.
    """
    row = await connection.fetchrow("UPDATE logs SET epoch = epoch + 1 WHERE log_id = $1 RETURNING *", log_id)
    return _head(row)


async def store_release(connection: asyncpg.Connection, log_id: int, size: int, note: bytes) -> None:
    """Say that this checkpoint may be shown; never goes back to a smaller one."""
    await connection.execute(
        "UPDATE logs SET released_size = $2, released_note = $3"
        " WHERE log_id = $1 AND (released_size IS NULL OR released_size <= $2)",
        log_id,
        size,
        note,
    )


async def store_pending(connection: asyncpg.Connection, head: Head, note: bytes) -> bool:
    """Keep the note of a tree that a mirror waits for the entries of; return False, with nothing written, if it moved.

    The epoch moves too: what was prepared to grow the mirror under an older note can't be committed over a newer one.
    """
    moved = await connection.fetchval(
        "UPDATE logs SET note = $5, epoch = epoch + 1"
        " WHERE log_id = $1 AND size = $2 AND root = $3 AND epoch = $4 RETURNING log_id",
        head.log_id,
        head.size,
        head.root,
        head.epoch,
        note,
    )
    return moved is not None


async def adopt_log(connection: asyncpg.Connection, log_id: int) -> bool:
    """Make a log that was followed to its end one of our own; return False if a growth of it is under way.

    Call it inside a transaction: until that commits, nobody takes the log for ours and signs upon it.

    Raises:
        ConflictError: It holds a tag or a version twice, which no log of ours does.
    """
    row = await connection.fetchrow(
        "UPDATE logs SET own = true WHERE log_id = $1 AND size = released_size RETURNING log_id", log_id
    )
    if row is None:
        return False
    try:
        await connection.execute("UPDATE tags SET own = true WHERE log_id = $1", log_id)
        await connection.execute("UPDATE clear_entries SET own = true WHERE log_id = $1", log_id)
    except asyncpg.UniqueViolationError as error:
        raise ConflictError(f"the log can't become ours: {error.detail}") from None
    await connection.execute("DELETE FROM mirrors WHERE log_id = $1", log_id)
    return True
