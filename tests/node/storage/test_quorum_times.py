"""Checkpoints that were shown: kept once, found around a leaf, thinned out when they are long past."""

import asyncio
import itertools
from dataclasses import replace

import asyncpg
import pytest

from node.storage.backup_rows import QuorumTime, read_rows, write_rows
from node.storage.database import Database
from node.storage.heads import create_log
from node.storage.migrate import migrate
from node.storage.quorum_times import (
    KEPT_WHOLE_SECONDS,
    MOST_SKEW_SECONDS,
    Recorded,
    first_with,
    last_without,
    next_recorded,
    recorded_at,
    store_recorded,
    thin_out,
    times_around,
)

THEN = 1_800_000_000 // 86_400 * 86_400
ORIGINS = (f"times.example/{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def schema_dsn(database_server) -> str:
    """Give the address of a database with the schema, which the tests here share."""

    async def prepare() -> None:
        session = await asyncpg.connect(dsn)
        await migrate(session)
        await session.close()

    dsn = database_server.dsn_of(database_server.create())
    asyncio.run(prepare())
    return dsn


@pytest.fixture
async def database(schema_dsn):
    """Give a database with the schema."""
    opened = Database({"dsn": schema_dsn})
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def log_id(database):
    """Give the number of a log."""
    async with database.pool.acquire() as connection:
        return (await create_log(connection, next(ORIGINS), "key", own=True)).log_id


def a_row(log_id, size, time, *, witnessed=True, note=b"note"):
    """Return a checkpoint that was shown some seconds after THEN."""
    return Recorded(log_id, size, THEN + time, witnessed, note)


async def all_rows(database, *logs):
    """Return (size, seconds after THEN) of all that is kept of some logs."""
    rows = await database.pool.fetch(
        "SELECT size, time FROM quorum_times WHERE log_id = ANY($1) ORDER BY time, size", logs
    )
    return [(row["size"], row["time"] - THEN) for row in rows]


async def around(database, log_id, leaf):
    """Return the times, after THEN, of the two checkpoints that bracket a leaf."""
    async with database.pool.acquire() as connection:
        found = await last_without(connection, log_id, leaf), await first_with(connection, log_id, leaf)
        times = await times_around(connection, log_id, leaf)
    assert times == tuple(None if one is None else one.time for one in found)
    return tuple(None if time is None else time - THEN for time in times)


async def test_a_leaf_stands_between_the_checkpoints_around_it(database, log_id):
    """The latest without it, cosigned anew as it may be, and the first with it; at the ends one is missing."""
    await store_recorded(database, [a_row(log_id, *one) for one in [(3, 10), (5, 20), (5, 80), (9, 90), (9, 150)]])
    expected = {2: (None, 10), 3: (10, 20), 4: (10, 20), 5: (80, 90), 8: (80, 90), 9: (150, None)}
    assert {leaf: await around(database, log_id, leaf) for leaf in expected} == expected


async def test_the_extremes_count_where_clocks_differ(database, log_id):
    """A smaller checkpoint may bear a later time, a larger one an earlier: both show."""
    skew = MOST_SKEW_SECONDS
    await store_recorded(database, [a_row(log_id, *one) for one in [(3, 2 * skew), (5, skew), (7, skew + 1), (9, 1)]])
    assert await around(database, log_id, 5) == (2 * skew, 1)


async def test_what_no_quorum_cosigned_brackets_nothing(database, log_id):
    """Its time is by our own clock; it is a target for the index all the same."""
    await store_recorded(database, [a_row(log_id, 3, 10, witnessed=False), a_row(log_id, 5, 20)])
    assert await around(database, log_id, 4) == (None, 20)
    async with database.pool.acquire() as connection:
        assert (await recorded_at(connection, log_id, 3)).witnessed is False
        assert await recorded_at(connection, log_id, 4) is None


async def test_one_checkpoint_is_kept_once_with_all_its_lines(database, log_id):
    """A later note that bears more lines takes the place of the first; one that bears fewer, or no quorum, doesn't."""
    for note in (b"one", b"one two", b"on"):
        await store_recorded(database, [a_row(log_id, 3, 10, note=note)])
    await store_recorded(database, [a_row(log_id, 3, at, witnessed=False, note=b"longest of all") for at in (10, 50)])
    async with database.pool.acquire() as connection:
        found = await recorded_at(connection, log_id, 3)
    assert (found.note, found.witnessed, await all_rows(database, log_id)) == (b"one two", True, [(3, 10)])


async def test_a_quorum_takes_the_place_of_none(database, log_id):
    """Within the same second; and of what nobody cosigned only the first sight stays."""
    await store_recorded(database, [a_row(log_id, 3, at, witnessed=False, note=b"by itself") for at in (10, 50)])
    assert await all_rows(database, log_id) == [(3, 10)]
    await store_recorded(database, [a_row(log_id, 3, 10, note=b"quorum"), a_row(log_id, 3, 5, note=b"earlier")])
    assert await all_rows(database, log_id) == [(3, 5), (3, 10)]
    async with database.pool.acquire() as connection:
        assert (await recorded_at(connection, log_id, 3)).note == b"quorum"


@pytest.mark.parametrize(
    ("after", "most", "expected"),
    [(0, 4, 3), (0, 5, 5), (0, 100, 9), (5, 1, 9), (3, 1, 5), (9, 100, None)],
)
async def test_the_next_checkpoint_is_far_but_not_too_far(database, log_id, after, most, expected):
    """The largest within so many leaves, else the smallest beyond."""
    await store_recorded(database, [a_row(log_id, *one) for one in [(3, 10), (5, 20), (5, 80), (9, 90)]])
    async with database.pool.acquire() as connection:
        found = await next_recorded(connection, log_id, after, most=most)
    assert (None if found is None else found.size) == expected
    assert found is None or found.size != 5 or found.time == THEN + 80


async def test_what_is_long_past_is_thinned_out(database, log_id):
    """After ninety days the first and the last of each minute stay, so that no bracket widens by more than that."""
    rows = [(1, 0), (2, 20), (3, 40), (4, 59), (5, 60), (6, 61), (7, 7200), (8, 86_400), (9, 86_401), (10, 86_402)]
    await store_recorded(database, [a_row(log_id, *one) for one in rows])
    await thin_out(database, THEN + KEPT_WHOLE_SECONDS + 86_399)
    assert await all_rows(database, log_id) == rows
    await thin_out(database, THEN + KEPT_WHOLE_SECONDS + 86_400)
    assert await all_rows(database, log_id) == [rows[0], *rows[3:]]
    await thin_out(database, THEN + KEPT_WHOLE_SECONDS + 2 * 86_400)
    assert await all_rows(database, log_id) == [rows[0], *rows[3:8], rows[9]]


async def test_a_backup_holds_the_first_and_the_last_of_each_minute(database, log_id):
    """Of a log without partners too; restored, they are the same rows."""
    rows = [a_row(log_id, *one) for one in [(1, 0), (2, 20), (3, 40), (4, 59), (5, 60), (6, 7200)]]
    rows = [replace(row, witnessed=row.size != 6) for row in rows]
    await store_recorded(database, rows)
    async with database.pool.acquire() as connection, connection.transaction():
        origin = await connection.fetchval("SELECT origin FROM logs WHERE log_id = $1", log_id)
        kept = [row async for row in read_rows(connection, QuorumTime) if row.log == origin]
        assert [row.size for row in kept] == [1, 4, 5, 6]
        await connection.execute("DELETE FROM quorum_times WHERE log_id = $1", log_id)
        await write_rows(connection, kept, {origin: log_id})
        found = [await recorded_at(connection, log_id, row.size) for row in kept]
    assert found == [row for row in rows if row.size in (1, 4, 5, 6)]


async def test_logs_are_kept_apart(database, log_id):
    """What one log showed says nothing of another, and thins nothing out there."""
    async with database.pool.acquire() as connection:
        other = (await create_log(connection, next(ORIGINS), "key", own=False)).log_id
    await store_recorded(database, [a_row(log_id, 3, 10), a_row(other, 5, 20), a_row(log_id, 7, 30)])
    assert await around(database, log_id, 4) == (10, 30)
    await thin_out(database, THEN + 2 * KEPT_WHOLE_SECONDS)
    assert await all_rows(database, log_id, other) == [(3, 10), (5, 20), (7, 30)]
