"""What stands where: sealed entries by tag, clear entries by term, submissions by request key, texts by commitment."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from node.storage.growth import SubmissionRow


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """A clear entry and where it stands."""

    leaf: int
    entry: bytes


async def leaves_of_tags(connection: asyncpg.Connection, log_id: int, tags: Sequence[bytes]) -> dict[bytes, list[int]]:
    """Return the leaf indexes under each tag that is in the log, lowest first: for one tag the lowest counts."""
    rows = await connection.fetch(
        "SELECT tag, array_agg(leaf ORDER BY leaf) AS leaves FROM tags"
        " WHERE tag = ANY($2::bytea[]) AND log_id = $1 AND own GROUP BY tag"
        " UNION ALL SELECT tag, array_agg(leaf ORDER BY leaf) FROM tags"
        " WHERE tag = ANY($2::bytea[]) AND log_id = $1 AND NOT own GROUP BY tag",
        log_id,
        tags,
    )
    return {row["tag"]: row["leaves"] for row in rows}


async def submissions_of(
    connection: asyncpg.Connection, log_id: int, request_keys: Sequence[str]
) -> dict[str, SubmissionRow]:
    """Return what was logged under each request key that was used."""
    rows = await connection.fetch(
        "SELECT request_key, digest, first_leaf, count FROM submissions WHERE log_id = $1 AND request_key = ANY($2)",
        log_id,
        request_keys,
    )
    return {row["request_key"]: SubmissionRow(**dict(row)) for row in rows}


async def entries_under(connection: asyncpg.Connection, log_id: int, term: bytes, size: int) -> list[FoundEntry]:
    """Return the clear entries under a term among the first `size` leaves, in their order."""
    rows = await connection.fetch(
        "SELECT leaf, entry FROM terms JOIN clear_entries USING (log_id, leaf)"
        " WHERE term = $2 AND log_id = $1 AND leaf < $3 ORDER BY leaf",
        log_id,
        term,
        size,
    )
    return [FoundEntry(row["leaf"], row["entry"]) for row in rows]


async def entries_of_kind(
    connection: asyncpg.Connection, log_id: int, kind: str, *, size: int, after: int = -1, limit: int = 1000
) -> list[FoundEntry]:
    """Return clear entries of one kind among the first `size` leaves, in their order, from behind leaf `after`."""
    rows = await connection.fetch(
        "SELECT leaf, entry FROM clear_entries"
        " WHERE log_id = $1 AND kind = $2 AND leaf > $3 AND leaf < $4 ORDER BY leaf LIMIT $5",
        log_id,
        kind,
        after,
        size,
        limit,
    )
    return [FoundEntry(row["leaf"], row["entry"]) for row in rows]


async def find_version(
    connection: asyncpg.Connection, log_id: int, kind: str, entry_id: str, version: int
) -> FoundEntry | None:
    """Return the entry that (kind, id, version) names: the one with the lowest leaf index."""
    row = await connection.fetchrow(
        "SELECT leaf, entry FROM clear_entries WHERE log_id = $1 AND kind = $2 AND id = $3 AND version = $4"
        " ORDER BY leaf LIMIT 1",
        log_id,
        kind,
        entry_id,
        version,
    )
    return None if row is None else FoundEntry(row["leaf"], row["entry"])


async def find_newest(connection: asyncpg.Connection, log_id: int, kind: str, entry_id: str) -> FoundEntry | None:
    """Return the entry of the highest version under a kind and id, its lowest leaf, or None if there is none."""
    row = await connection.fetchrow(
        "SELECT leaf, entry FROM clear_entries WHERE log_id = $1 AND kind = $2 AND id = $3"
        " ORDER BY version DESC, leaf LIMIT 1",
        log_id,
        kind,
        entry_id,
    )
    return None if row is None else FoundEntry(row["leaf"], row["entry"])


async def find_text(
    connection: asyncpg.Connection, commitment: bytes, log_id: int | None = None
) -> tuple[bytes | None, bool] | None:
    """Return (document, taken down) of a commitment, or None if it isn't known here, in one log or for None in any.

    Our own log's word goes first: a partner that says another took it down can't take ours down.
    """
    row = await connection.fetchrow(
        "SELECT document, taken_down FROM texts JOIN logs USING (log_id)"
        " WHERE commitment = $1 AND ($2::integer IS NULL OR log_id = $2)"
        " ORDER BY own DESC, taken_down DESC LIMIT 1",
        commitment,
        log_id,
    )
    return None if row is None else (row["document"], row["taken_down"])
