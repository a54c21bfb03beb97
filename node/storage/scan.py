"""Reads all of a log's rows as of one moment, page by page, for the integrity run.

A page is `PAGE_ENTRIES` leaves. Tags and terms are joined by the server, a page to a row, since nothing orders them by
leaf there: it sorts once, on its disk if it must, and memory here stays what one page needs.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from node.storage.database import Connection, Database
from node.storage.packing import unpack

PAGE_BITS: Final = 13
PAGE_ENTRIES: Final = 1 << PAGE_BITS
SORT_MEMORY: Final = "64MB"


@dataclass(frozen=True, slots=True)
class LeafPage:
    """What a table says of one page of leaves: their leaf indexes, u64be each, and 32 bytes for each of them."""

    page: int
    leaves: bytes
    values: bytes
    in_place: bool
    """Whether all rows bear the log's mark, own or mirrored."""


@dataclass(frozen=True, slots=True)
class StoredClear:
    """A row of clear entries."""

    leaf: int
    own: bool
    kind: str
    id: str | None
    version: int | None
    entry: bytes


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a log."""

    bundles: int
    tiles: int
    clear: int


@asynccontextmanager
async def one_moment(database: Database) -> AsyncIterator[Connection]:
    """Lend a connection of its own, which sees the database as it is now, and can't write."""
    connection = await database.connect(lambda _: None)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(f"SET LOCAL work_mem = '{SORT_MEMORY}'")
            yield connection
    finally:
        await connection.close()


async def count_rows(connection: Connection, log_id: int) -> Counts:
    """Return how many rows the log has."""
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM bundles WHERE log_id = $1) AS bundles,"
        " (SELECT count(*) FROM tiles WHERE log_id = $1) AS tiles,"
        " (SELECT count(*) FROM clear_entries WHERE log_id = $1) AS clear",
        log_id,
    )
    return Counts(**dict(row))


async def bundles_in(connection: Connection, log_id: int, first: int, end: int) -> dict[int, bytes]:
    """Return the full bundles from index `first` to before `end`, by their index."""
    rows = await connection.fetch(
        "SELECT index, data FROM bundles WHERE log_id = $1 AND index >= $2 AND index < $3", log_id, first, end
    )
    return {row["index"]: _unpacked(row["data"]) for row in rows}


def _unpacked(stored: bytes) -> bytes:
    """Return the bundle behind its stored form; nothing where that is damaged beyond reading."""
    try:
        return unpack(stored)
    except (TypeError, ValueError):
        return b""


async def tails_of(connection: Connection, log_id: int) -> list[tuple[int, bytes]]:
    """Return the pieces of the unfinished bundle, each with the leaf it begins at, in their order."""
    rows = await connection.fetch("SELECT first, data FROM tails WHERE log_id = $1 ORDER BY first", log_id)
    return [(row["first"], row["data"]) for row in rows]


async def tag_pages(connection: Connection, log_id: int, *, own: bool) -> AsyncGenerator[LeafPage, None]:
    """Yield the tags of a log, page by page; pages without any are left out."""
    query = (
        "SELECT leaf >> $3::int AS page, string_agg(int8send(leaf), ''::bytea ORDER BY leaf, tag) AS leaves,"
        " string_agg(tag, ''::bytea ORDER BY leaf, tag) AS values, bool_and(own = $2) AS in_place"
        " FROM tags WHERE log_id = $1 GROUP BY 1 ORDER BY 1"
    )
    async for row in connection.cursor(query, log_id, own, PAGE_BITS, prefetch=2):
        yield LeafPage(**dict(row))


async def term_pages(connection: Connection, log_id: int) -> AsyncGenerator[LeafPage, None]:
    """Yield the terms of a log's clear entries in the same way."""
    query = (
        "SELECT leaf >> $2::int AS page, string_agg(int8send(leaf), ''::bytea ORDER BY leaf, term) AS leaves,"
        " string_agg(term, ''::bytea ORDER BY leaf, term) AS values, true AS in_place"
        " FROM terms WHERE log_id = $1 GROUP BY 1 ORDER BY 1"
    )
    async for row in connection.cursor(query, log_id, PAGE_BITS, prefetch=2):
        yield LeafPage(**dict(row))


async def clear_in(connection: Connection, log_id: int, first: int, end: int) -> list[StoredClear]:
    """Return the clear entries from leaf `first` to before `end`, in their order."""
    rows = await connection.fetch(
        "SELECT leaf, own, kind, id, version, entry FROM clear_entries"
        " WHERE log_id = $1 AND leaf >= $2 AND leaf < $3 ORDER BY leaf",
        log_id,
        first,
        end,
    )
    return [StoredClear(**dict(row)) for row in rows]


async def strange_submissions(connection: Connection, log_id: int, size: int, limit: int) -> list[int]:
    """Return the first leaves of submissions that name leaves beyond the tree, or the leaves of another."""
    rows = await connection.fetch(
        "SELECT first_leaf FROM (SELECT first_leaf, count, lead(first_leaf) OVER (ORDER BY first_leaf) AS next"
        " FROM submissions WHERE log_id = $1) AS ordered"
        " WHERE first_leaf < 0 OR count < 1 OR first_leaf + count > coalesce(next, $2) ORDER BY first_leaf LIMIT $3",
        log_id,
        size,
        limit,
    )
    return [row["first_leaf"] for row in rows]


async def texts_behind(
    connection: asyncpg.Connection, log_id: int, after: bytes, limit: int
) -> list[tuple[bytes, bytes | None]]:
    """Return (commitment, document) in order of the commitments, from behind one of them."""
    rows = await connection.fetch(
        "SELECT commitment, document FROM texts WHERE log_id = $1 AND commitment > $2 ORDER BY commitment LIMIT $3",
        log_id,
        after,
        limit,
    )
    return [(row["commitment"], row["document"]) for row in rows]
