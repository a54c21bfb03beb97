"""Since when it is known here that a log is larger than some size."""

import asyncpg


async def known_beyond(connection: asyncpg.Connection, log_id: int, size: int) -> int | None:
    """Return the POSIX seconds of the first checkpoint that was written down of the next larger size; None of none."""
    seconds: int | None = await connection.fetchval(
        "SELECT time FROM quorum_times WHERE log_id = $1 AND size > $2 ORDER BY size, time LIMIT 1", log_id, size
    )
    return seconds
