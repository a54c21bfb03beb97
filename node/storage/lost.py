"""What only this node's database ever held of a log, counted: it doesn't come back with the log's entries."""

from dataclasses import dataclass

import asyncpg


@dataclass(frozen=True, slots=True)
class Held:
    """Counts of what is here."""

    sealed: int
    """Sealed entries."""
    unexplained: int
    """Those of them at whose leaf no private record begins."""
    unkeyed: int
    """Entries from a given leaf on whose request key isn't known."""
    taken_down: int
    """Texts that are known to be taken down."""
    tokens: int
    """Tokens that may be used."""


async def count_held(connection: asyncpg.Connection, log_id: int, *, since: int) -> Held:
    """Return what is here of a log, request keys looked for from leaf `since` on, and the node's tokens."""
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM tags WHERE log_id = $1) AS sealed,"
        " (SELECT count(*) FROM tags WHERE log_id = $1 AND NOT EXISTS"
        " (SELECT FROM records WHERE records.log_id = tags.log_id AND records.leaf = tags.leaf)) AS unexplained,"
        " (SELECT size FROM logs WHERE log_id = $1) - $2 - (SELECT coalesce(sum(count), 0)::bigint"
        " FROM submissions WHERE log_id = $1 AND first_leaf >= $2) AS unkeyed,"
        " (SELECT count(*) FROM texts WHERE log_id = $1 AND taken_down) AS taken_down,"
        " (SELECT count(*) FROM tokens WHERE NOT revoked AND (expires_at IS NULL OR expires_at > now())) AS tokens",
        log_id,
        since,
    )
    return Held(**dict(row))
