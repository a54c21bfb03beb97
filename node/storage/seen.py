"""When this node saw which tree size of which log."""

import asyncpg


async def store_seen(connection: asyncpg.Connection, log_id: int, size: int, *, here: int, newest: int) -> None:
    """Write down when entries up to this size were here, and when no more were there (POSIX seconds)."""
    await connection.execute(
        "INSERT INTO seen_sizes (log_id, size, first_seen, last_seen) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (log_id, size) DO UPDATE SET first_seen = least(seen_sizes.first_seen, $3),"
        " last_seen = greatest(seen_sizes.last_seen, $4)",
        log_id,
        size,
        here,
        newest,
    )


async def seen_around(connection: asyncpg.Connection, log_id: int, leaf: int) -> tuple[int | None, int | None]:
    """Return (the last moment the log was seen without this leaf, the first moment it was seen with it)."""
    row = await connection.fetchrow(
        "SELECT (SELECT max(last_seen) FROM seen_sizes WHERE log_id = $1 AND size <= $2) AS without,"
        " (SELECT min(first_seen) FROM seen_sizes WHERE log_id = $1 AND size > $2) AS with",
        log_id,
        leaf,
    )
    return row["without"], row["with"]
