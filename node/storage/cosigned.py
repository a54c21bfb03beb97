"""What this node's cosigners cosigned last of each log, and the one statement that may move it.

A row is of one log and one claim (*witness*, *mirror*). It moves only from exactly where the mover saw it, so of many
requests, in this process or another on the same database, one wins. A row that is suspended doesn't move.

A move whose outcome is unknown is sent again: then a row that holds this very note was moved by it, and is written
anew. That makes the statement its own barrier: once its commit is known, so is every commit before it. And one that the
server carries out late, after its answer was given up, either finds another state and does nothing, or moves to a state
that was verified and of which no cosignature has left this node.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import asyncpg

from protocol.log.merkle import EMPTY_ROOT

Claim = Literal["witness", "mirror"]


@dataclass(frozen=True, slots=True)
class Cosigned:
    """One row: where a cosigner stands with a log. Size zero without a note: it has cosigned nothing yet."""

    origin: str
    claim: Claim
    size: int
    root: bytes
    note: bytes | None
    """The checkpoint with its log's signature lines and our own."""
    time: int | None
    """POSIX seconds, as our lines state them."""
    suspended: bool


@dataclass(frozen=True, slots=True)
class Advance:
    """From which state a row is to move to which."""

    origin: str
    claim: Claim
    from_size: int
    from_root: bytes
    size: int
    root: bytes
    note: bytes
    time: int


# Rows are locked in one order before any is changed, so that two processes never wait for each other in a circle.
_ADVANCE = (
    "WITH wanted AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bytea[],"
    " $7::bytea[], $8::bigint[]) AS one(origin, claim, from_size, from_root, size, root, note, time)),"
    " movable AS (SELECT wanted.* FROM wanted JOIN cosigned AS held USING (origin, claim)"
    " WHERE NOT held.suspended"
    " AND (held.size = wanted.from_size AND held.root = wanted.from_root OR $9 AND held.note = wanted.note)"
    " ORDER BY held.origin, held.claim FOR UPDATE OF held)"
    " UPDATE cosigned SET size = movable.size, root = movable.root, note = movable.note, time = movable.time"
    " FROM movable WHERE cosigned.origin = movable.origin AND cosigned.claim = movable.claim"
    " RETURNING cosigned.origin, cosigned.claim"
)


async def advance_all(
    connection: asyncpg.Connection, wanted: Sequence[Advance], *, again: bool = False
) -> set[tuple[str, str]]:
    """Move rows, of each at most one, in one commit; return (origin, claim) of those that stood where they should.

    Args:
        connection: Whose outcome the caller watches.
        wanted: From where to where.
        again: The same was sent before, and it isn't known what became of it.
    """
    rows = [(w.origin, w.claim, w.from_size, w.from_root, w.size, w.root, w.note, w.time) for w in wanted]
    moved = await connection.fetch(_ADVANCE, *map(list, zip(*rows, strict=True)), again)
    return {(row[0], row[1]) for row in moved}


async def enrol(connection: asyncpg.Connection, claim: Claim, origins: Sequence[str]) -> None:
    """Begin a row for each log that has none: nothing of it is cosigned yet."""
    await connection.execute(
        "INSERT INTO cosigned (origin, claim, size, root) SELECT origin, $2, 0, $3 FROM unnest($1::text[]) AS origin"
        " ORDER BY origin ON CONFLICT (origin, claim) DO NOTHING",
        list(origins),
        claim,
        EMPTY_ROOT,
    )


async def confirm(connection: asyncpg.Connection, claim: Claim, origins: Sequence[str]) -> list[Cosigned]:
    """Write rows anew as they stand and return them, by origin: once this commit is known, they can't be lost."""
    rows = await connection.fetch(
        "WITH held AS (SELECT origin FROM cosigned WHERE claim = $2 AND origin = ANY($1::text[])"
        " ORDER BY origin FOR UPDATE)"
        " UPDATE cosigned SET confirmed = confirmed + 1 FROM held"
        " WHERE cosigned.origin = held.origin AND cosigned.claim = $2 RETURNING cosigned.*",
        list(origins),
        claim,
    )
    return sorted(map(_cosigned, rows), key=lambda row: row.origin)


async def find_cosigned(connection: asyncpg.Connection, claim: Claim, origin: str) -> Cosigned | None:
    """Return a row as this server shows it: enough to move from, not to show to anybody."""
    row = await connection.fetchrow("SELECT * FROM cosigned WHERE origin = $1 AND claim = $2", origin, claim)
    return None if row is None else _cosigned(row)


async def all_cosigned(connection: asyncpg.Connection, claim: Claim) -> list[Cosigned]:
    """Return all rows of a claim as this server shows them, by origin."""
    rows = await connection.fetch("SELECT * FROM cosigned WHERE claim = $1 ORDER BY origin", claim)
    return list(map(_cosigned, rows))


async def suspend_all(connection: asyncpg.Connection) -> int:
    """Let no row move until it is resumed, as after a restore; return how many there are."""
    rows = await connection.fetch("UPDATE cosigned SET suspended = true RETURNING origin")
    return len(rows)


async def resume(connection: asyncpg.Connection, found: Cosigned) -> None:
    """Let a row move again, from the newest state that bears this cosigner's own signature, or from where it stands.

    The row never goes back: a state smaller than the one that is here only ends the suspension.
    """
    await connection.execute(
        "INSERT INTO cosigned (origin, claim, size, root, note, time) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (origin, claim) DO UPDATE SET suspended = false,"
        " (size, root, note, time) = (SELECT * FROM (VALUES ($3, $4, $5, $6),"
        " (cosigned.size, cosigned.root, cosigned.note, cosigned.time)) AS one(size, root, note, time)"
        " ORDER BY size DESC, time DESC NULLS LAST LIMIT 1)",
        found.origin,
        found.claim,
        found.size,
        found.root,
        found.note,
        found.time,
    )


async def restate(connection: asyncpg.Connection, held: Cosigned, size: int, root: bytes) -> None:
    """Let a row go on from another state than it has, and from no note: what it cosigned counts no longer."""
    await connection.execute(
        "UPDATE cosigned SET size = $3, root = $4, note = NULL, time = NULL"
        " WHERE origin = $1 AND claim = $2 AND size = $5 AND root = $6",
        held.origin,
        held.claim,
        size,
        root,
        held.size,
        held.root,
    )


def _cosigned(row: asyncpg.Record) -> Cosigned:
    return Cosigned(
        row["origin"], row["claim"], row["size"], row["root"], row["note"], row["time"], suspended=row["suspended"]
    )
