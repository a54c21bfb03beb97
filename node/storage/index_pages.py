"""The stored index of a log: its head, its pages, and the lists of keys with several leaves.

The head moves from exactly (size, trie root), and all other rows are written only `FROM head`, in the same statement.
So of two processes that grow one index the second writes nothing. What is in a page is not known here
(`node.log.index`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from protocol.log.merkle import EMPTY_ROOT
from protocol.log.trie import EMPTY


@dataclass(frozen=True, slots=True)
class IndexRow:
    """Where the index of a log stands: over how many entries, and under which roots."""

    log_id: int
    size: int = 0
    log_root: bytes = EMPTY_ROOT
    trie_root: bytes = EMPTY
    note: bytes | None = None
    """The index note under which it is shown; None while it catches up, or has never been shown."""


@dataclass(frozen=True, slots=True)
class IndexStep:
    """From where to where an index moves, and what is written with it."""

    before: IndexRow
    after: IndexRow
    pages: Sequence[tuple[bytes, bytes]] = ()
    """Region and bytes of pages that are new or have changed."""
    parts: Sequence[tuple[bytes, int, bytes]] = field(default=())
    """Key, number and leaf indexes of parts of lists that are new or have changed."""


_MOVE = """
WITH head AS (
    UPDATE index_heads SET size = $4, log_root = $5, trie_root = $6, note = $7
    WHERE log_id = $1 AND size = $2 AND trie_root = $3 RETURNING log_id
), new_pages AS (
    INSERT INTO index_pages (log_id, region, data)
    SELECT log_id, new.* FROM head, unnest($8::bytea[], $9::bytea[]) AS new
    ON CONFLICT (log_id, region) DO UPDATE SET data = excluded.data
), new_parts AS (
    INSERT INTO index_lists (log_id, key, part, leaves)
    SELECT log_id, new.* FROM head, unnest($10::bytea[], $11::integer[], $12::bytea[]) AS new
    ON CONFLICT (log_id, key, part) DO UPDATE SET leaves = excluded.leaves
)
SELECT count(*) FROM head"""


async def begin_index(connection: asyncpg.Connection, log_id: int) -> IndexRow:
    """Return where the index of a log stands; one that was never begun begins over no entries."""
    row = await read_index(connection, log_id)
    if row is None:
        await connection.execute(
            "INSERT INTO index_heads (log_id, size, log_root, trie_root) VALUES ($1, 0, $2, $3)"
            " ON CONFLICT (log_id) DO NOTHING",
            log_id,
            EMPTY_ROOT,
            EMPTY,
        )
        row = await read_index(connection, log_id)
    return row or IndexRow(log_id)


async def read_index(connection: asyncpg.Connection, log_id: int) -> IndexRow | None:
    """Return where the index of a log stands, or None if it was never begun."""
    row = await connection.fetchrow(
        "SELECT log_id, size, log_root, trie_root, note FROM index_heads WHERE log_id = $1", log_id
    )
    return None if row is None else IndexRow(**dict(row))


async def move_index(connection: asyncpg.Connection, step: IndexStep) -> bool:
    """Move an index; return False, with nothing written, if it isn't where the step begins.

    If the process or the server dies inside, all of it is in the database or none, and either is an index of the log.
    """
    before, after = step.before, step.after
    moved = await connection.fetchval(
        _MOVE,
        *(before.log_id, before.size, before.trie_root),
        *(after.size, after.log_root, after.trie_root, after.note),
        [region for region, _ in step.pages],
        [page for _, page in step.pages],
        [key for key, _, _ in step.parts],
        [part for _, part, _ in step.parts],
        [leaves for _, _, leaves in step.parts],
    )
    return bool(moved)


async def read_pages(connection: asyncpg.Connection, log_id: int, regions: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return those of the pages that are stored, by region."""
    rows = await connection.fetch(
        "SELECT region, data FROM index_pages WHERE log_id = $1 AND region = ANY($2::bytea[])", log_id, regions
    )
    return {row[0]: row[1] for row in rows}


async def read_parts(
    connection: asyncpg.Connection, log_id: int, wanted: Sequence[tuple[bytes, int]]
) -> dict[bytes, list[bytes]]:
    """Return the first parts of lists, in their order, as many of each key as is asked for."""
    rows = await connection.fetch(
        "SELECT key, leaves FROM index_lists JOIN unnest($2::bytea[], $3::integer[]) AS wanted (key, parts) USING (key)"
        " WHERE log_id = $1 AND part < parts ORDER BY key, part",
        log_id,
        [key for key, _ in wanted],
        [parts for _, parts in wanted],
    )
    found: dict[bytes, list[bytes]] = {key: [] for key, _ in wanted}
    for key, leaves in rows:
        found[key].append(leaves)
    return found


async def count_index(connection: asyncpg.Connection, log_id: int) -> tuple[int, int]:
    """Return how many pages and how many parts of lists the index has."""
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM index_pages WHERE log_id = $1), (SELECT count(*) FROM index_lists"
        " WHERE log_id = $1)",
        log_id,
    )
    return row[0], row[1]


async def forget_index(connection: asyncpg.Connection, log_id: int) -> None:
    """Remove the index of a log, in the caller's transaction: it is made anew from the log's entries."""
    await connection.execute("DELETE FROM index_heads WHERE log_id = $1", log_id)
    await connection.execute("DELETE FROM index_pages WHERE log_id = $1", log_id)
    await connection.execute("DELETE FROM index_lists WHERE log_id = $1", log_id)
