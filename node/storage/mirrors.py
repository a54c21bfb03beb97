"""How the mirrors of partners' logs fare: when each was last tried and last reached, and what it failed on."""

from dataclasses import dataclass

import asyncpg


@dataclass(frozen=True, slots=True)
class MirrorRow:
    """One mirror's latest attempts; times are POSIX seconds."""

    tried_at: int | None = None
    reached_at: int | None = None
    failure: str | None = None
    """What the latest attempt failed on; None after a good one."""


async def read_mirror(connection: asyncpg.Connection, log_id: int) -> MirrorRow:
    """Return how a mirror fares; all is None before the first attempt."""
    row = await connection.fetchrow("SELECT tried_at, reached_at, failure FROM mirrors WHERE log_id = $1", log_id)
    return MirrorRow() if row is None else MirrorRow(**dict(row))


async def store_mirror(connection: asyncpg.Connection, log_id: int, row: MirrorRow) -> None:
    """Write down how a mirror fares."""
    await connection.execute(
        "INSERT INTO mirrors (log_id, tried_at, reached_at, failure) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (log_id) DO UPDATE SET tried_at = $2, reached_at = $3, failure = $4",
        log_id,
        row.tried_at,
        row.reached_at,
        row.failure,
    )


async def store_text(connection: asyncpg.Connection, log_id: int, commitment: bytes, document: bytes | None) -> None:
    """Keep a texts document, or write down that the log has taken it down; what is taken down stays so."""
    await connection.execute(
        "INSERT INTO texts (log_id, commitment, document, taken_down) VALUES ($1, $2, $3::bytea, $3::bytea IS NULL)"
        " ON CONFLICT (log_id, commitment) DO NOTHING",
        log_id,
        commitment,
        document,
    )


async def known_texts(connection: asyncpg.Connection, log_id: int, commitments: list[bytes]) -> set[bytes]:
    """Return those of the commitments whose texts are here, or are known to be taken down."""
    rows = await connection.fetch(
        "SELECT commitment FROM texts WHERE log_id = $1 AND commitment = ANY($2::bytea[])", log_id, commitments
    )
    return {row["commitment"] for row in rows}
