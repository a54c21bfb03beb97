"""Texts that were taken down: their commitment stays, and says so."""

from typing import Final

import asyncpg

MOST_TAKEN_DOWN: Final = 10_000
"""Commitments of one log that are told: texts are taken down one by one, by a person."""


async def take_down(connection: asyncpg.Connection, log_id: int, commitments: list[bytes]) -> list[bytes]:
    """Forget the texts behind these commitments, and return those that were here until now."""
    rows = await connection.fetch(
        "UPDATE texts SET document = NULL, taken_down = true"
        " WHERE log_id = $1 AND commitment = ANY($2::bytea[]) AND NOT taken_down RETURNING commitment",
        log_id,
        commitments,
    )
    return [row["commitment"] for row in rows]


async def taken_down(connection: asyncpg.Connection, log_id: int) -> list[bytes]:
    """Return the commitments of a log whose texts were taken down."""
    rows = await connection.fetch(
        "SELECT commitment FROM texts WHERE log_id = $1 AND taken_down ORDER BY commitment LIMIT $2",
        log_id,
        MOST_TAKEN_DOWN,
    )
    return [row["commitment"] for row in rows]
