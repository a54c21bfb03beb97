"""One durable step of a log: entries, tiles, head and signed checkpoint in one transaction.

The safety condition stands in the statement that makes it true: the head moves from exactly (size, root, epoch), and
every other row is written only `FROM head`, so a writer that was deposed writes nothing. In the common case all is a
single statement and thus a single round trip and a single flush; rows that need an order of their own (private records)
or are many (COPY of tags) make it an explicit transaction around the same statement.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import repeat
from typing import Any

import asyncpg

from node.storage.cosigned import Advance
from node.storage.heads import Head
from protocol.log.edge import CompletedTile
from protocol.log.tile import TILE_WIDTH

Companion = Callable[[asyncpg.Connection, int], Awaitable[None]]
"""A further write of the same transaction, called with the first leaf index of its submission: a private record."""

COPY_FROM = 4096
"""Tags from which COPY is cheaper than arrays, its extra round trips included."""


@dataclass(frozen=True, slots=True)
class ClearRow:
    """A clear entry with the terms it is found by."""

    leaf: int
    kind: str
    id: str | None
    version: int | None
    entry: bytes
    terms: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """A request key and the leaves it got."""

    request_key: str
    digest: bytes
    first_leaf: int
    count: int


@dataclass(slots=True)
class Growth:
    """Everything that one commit adds to a log."""

    head: Head
    size: int = 0
    root: bytes = b""
    note: bytes = b""
    released: tuple[int, bytes] | None = None
    """Size and note of the checkpoint that other processes may show from here on."""
    cosigned: Advance | None = None
    """What our mirror cosigns with this step: of a partner's log alone."""
    tail: tuple[int, bytes] | None = None
    bundles: list[tuple[int, bytes]] = field(default_factory=list)
    """Full bundles by their index, in the form in which they are stored."""
    tiles: list[CompletedTile] = field(default_factory=list)
    tag_leaves: list[int] = field(default_factory=list)
    tags: list[bytes] = field(default_factory=list)
    clear: list[ClearRow] = field(default_factory=list)
    texts: list[tuple[bytes, bytes]] = field(default_factory=list)
    submissions: list[SubmissionRow] = field(default_factory=list)
    companions: list[tuple[Companion, int]] = field(default_factory=list)


_HEAD = """
WITH head AS (
    UPDATE logs SET size = $5, root = $6, note = $7,
           released_size = coalesce($8, released_size), released_note = coalesce($9, released_note)
    WHERE log_id = $1 AND size = $2 AND root = $3 AND epoch = $4
    RETURNING log_id, own
)"""

_MOVED = " SELECT count(*) FROM head"
_MOVED_AND_COSIGNED = " SELECT count(*) + (SELECT count(*) FROM new_cosigned) FROM head"

_PARTS = {
    "bundles": """, new_bundles AS (
    INSERT INTO bundles (log_id, index, data)
    SELECT log_id, new.* FROM head, unnest({0}::bigint[], {1}::bytea[]) AS new
), old_tails AS (
    DELETE FROM tails USING head WHERE tails.log_id = head.log_id AND tails.first < {2}::bigint
)""",
    "tail": """, new_tail AS (
    INSERT INTO tails (log_id, first, data) SELECT log_id, {0}::bigint, {1}::bytea FROM head
)""",
    "tiles": """, new_tiles AS (
    INSERT INTO tiles (log_id, level, index, data)
    SELECT log_id, new.* FROM head, unnest({0}::smallint[], {1}::bigint[], {2}::bytea[]) AS new
)""",
    "tags": """, new_tags AS (
    INSERT INTO tags (log_id, own, leaf, tag)
    SELECT log_id, own, new.* FROM head, unnest({0}::bigint[], {1}::bytea[]) AS new
)""",
    "clear": """, new_clear AS (
    INSERT INTO clear_entries (log_id, own, leaf, kind, id, version, entry)
    SELECT log_id, own, new.*
    FROM head, unnest({0}::bigint[], {1}::text[], {2}::text[], {3}::bigint[], {4}::bytea[]) AS new
), new_terms AS (
    INSERT INTO terms (log_id, leaf, term)
    SELECT log_id, new.* FROM head, unnest({5}::bigint[], {6}::bytea[]) AS new
)""",
    "texts": """, new_texts AS (
    INSERT INTO texts (log_id, commitment, document)
    SELECT log_id, new.* FROM head, unnest({0}::bytea[], {1}::bytea[]) AS new
    ON CONFLICT DO NOTHING
)""",
    "submissions": """, new_submissions AS (
    INSERT INTO submissions (log_id, request_key, digest, first_leaf, count)
    SELECT log_id, new.*
    FROM head, unnest({0}::text[], {1}::bytea[], {2}::bigint[], {3}::bigint[]) AS new
)""",
    "cosigned": """, new_cosigned AS (
    UPDATE cosigned SET size = {4}::bigint, root = {5}::bytea, note = {6}::bytea, time = {7}::bigint FROM head
    WHERE cosigned.origin = {0}::text AND cosigned.claim = {1}::text AND NOT cosigned.suspended
      AND cosigned.size = {2}::bigint AND cosigned.root = {3}::bytea
    RETURNING 1
)""",
}


HEAD_MOVED = 1
COSIGNED = 2
"""What `commit_growth` returns where the row of `cosigned` has moved too."""


async def commit_growth(connection: asyncpg.Connection, growth: Growth) -> int:
    """Commit the step; return 0, with nothing written, if the head is no longer where the growth starts.

    Where the row of `cosigned` is not where it should begin, or is suspended, the log grows without it: HEAD_MOVED.

    If the process or the server dies inside, either all of it is in the database or none: `node.log.sequence` finds out
    which. A unique violation means that nothing was written.
    """
    copied = len(growth.tags) >= COPY_FROM
    statement, arguments = _statement(growth, with_tags=not copied)
    if not copied and not growth.companions:
        return int(await connection.fetchval(statement, *arguments))
    # No `async with transaction()`: its exit would send a ROLLBACK after a COMMIT whose outcome is unknown.
    transaction = connection.transaction()
    await transaction.start()
    try:
        moved = int(await connection.fetchval(statement, *arguments))
        if moved and copied:
            await _copy_tags(connection, growth)
        for companion, first_leaf in growth.companions if moved else ():
            await companion(connection, first_leaf)
    except asyncpg.PostgresError:
        await transaction.rollback()
        raise
    await (transaction.commit() if moved else transaction.rollback())
    return moved


async def _copy_tags(connection: asyncpg.Connection, growth: Growth) -> None:
    log_id, own = growth.head.log_id, growth.head.own
    await connection.copy_records_to_table(
        "tags",
        records=zip(growth.tag_leaves, repeat(log_id), repeat(own), growth.tags, strict=False),
        columns=("leaf", "log_id", "own", "tag"),
    )


def _statement(growth: Growth, *, with_tags: bool) -> tuple[str, list[Any]]:
    head = growth.head
    arguments: list[Any] = [head.log_id, head.size, head.root, head.epoch, growth.size, growth.root, growth.note]
    arguments += growth.released or (None, None)
    parts: list[tuple[str, list[Any]]] = []
    if growth.bundles:
        parts.append(("bundles", [*_columns(growth.bundles, 2), (growth.bundles[-1][0] + 1) * TILE_WIDTH]))
    if growth.tail:
        parts.append(("tail", list(growth.tail)))
    if growth.tiles:
        tiles = [(done.tile.level, done.tile.index, done.data) for done in growth.tiles]
        parts.append(("tiles", _columns(tiles, 3)))
    if growth.tags and with_tags:
        parts.append(("tags", [growth.tag_leaves, growth.tags]))
    if growth.clear:
        parts.append(("clear", _clear_columns(growth.clear)))
    if growth.texts:
        parts.append(("texts", _columns(growth.texts, 2)))
    if growth.submissions:
        rows = [(row.request_key, row.digest, row.first_leaf, row.count) for row in growth.submissions]
        parts.append(("submissions", _columns(rows, 4)))
    if (mark := growth.cosigned) is not None:
        moves = [mark.from_size, mark.from_root, mark.size, mark.root, mark.note, mark.time]
        parts.append(("cosigned", [mark.origin, mark.claim, *moves]))
    for _, values in parts:
        arguments += values
    return _text(tuple((name, len(values)) for name, values in parts)), arguments


@lru_cache(maxsize=128)
def _text(parts: tuple[tuple[str, int], ...]) -> str:
    """Return the statement for a set of parts: few occur, and the server prepares each once."""
    pieces, number = [_HEAD], 10
    for name, count in parts:
        pieces.append(_PARTS[name].format(*(f"${number + at}" for at in range(count))))
        number += count
    cosigned = any(name == "cosigned" for name, _ in parts)
    return "".join([*pieces, _MOVED_AND_COSIGNED if cosigned else _MOVED])


def _columns(rows: list[Any], count: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(count)]


def _clear_columns(rows: list[ClearRow]) -> list[list[Any]]:
    entries = [(row.leaf, row.kind, row.id, row.version, row.entry) for row in rows]
    terms = [(row.leaf, term) for row in rows for term in row.terms]
    return [*_columns(entries, 5), *_columns(terms, 2)]
