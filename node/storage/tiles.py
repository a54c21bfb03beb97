"""Stored bundles, tiles and tails: the bytes of a log as a tree's size needs them."""

from collections.abc import Iterable

import asyncpg

from node.storage.packing import unpack
from protocol.log.tile import Tile


async def read_bundle(connection: asyncpg.Connection, log_id: int, index: int) -> bytes | None:
    """Return a full entry bundle, or None if it isn't full yet."""
    stored = await connection.fetchval("SELECT data FROM bundles WHERE log_id = $1 AND index = $2", log_id, index)
    return None if stored is None else unpack(stored)


async def read_bundles(connection: asyncpg.Connection, log_id: int, first: int, last: int) -> dict[int, bytes]:
    """Return the full entry bundles from one index to another, by their index."""
    rows = await connection.fetch(
        "SELECT index, data FROM bundles WHERE log_id = $1 AND index BETWEEN $2 AND $3", log_id, first, last
    )
    return {row["index"]: unpack(row["data"]) for row in rows}


async def read_tail(connection: asyncpg.Connection, log_id: int, first: int) -> bytes:
    """Return the entries from leaf `first`, a multiple of 256, that no full bundle holds yet."""
    rows = await connection.fetch(
        "SELECT data FROM tails WHERE log_id = $1 AND first >= $2 ORDER BY first", log_id, first
    )
    return b"".join(row["data"] for row in rows)


async def read_tiles(connection: asyncpg.Connection, log_id: int, tiles: Iterable[Tile]) -> dict[Tile, bytes]:
    """Return those of the full tiles that are stored."""
    wanted = list(tiles)
    if len(wanted) == 1:
        return await _read_tile(connection, log_id, wanted[0])
    rows = await connection.fetch(
        "SELECT level, index, data FROM tiles"
        " JOIN unnest($2::smallint[], $3::bigint[]) AS wanted (level, index) USING (level, index) WHERE log_id = $1",
        log_id,
        [tile.level for tile in wanted],
        [tile.index for tile in wanted],
    )
    return {Tile(row["level"], row["index"]): row["data"] for row in rows}


async def _read_tile(connection: asyncpg.Connection, log_id: int, tile: Tile) -> dict[Tile, bytes]:
    """Read one tile by its key, which costs half of a join."""
    data = await connection.fetchval(
        "SELECT data FROM tiles WHERE log_id = $1 AND level = $2 AND index = $3", log_id, tile.level, tile.index
    )
    return {} if data is None else {tile: data}
