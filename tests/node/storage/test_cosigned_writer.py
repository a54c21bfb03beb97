"""What waits goes into one commit; nobody is told that a row moved before that is known, nor left without an answer."""

import asyncio
import itertools

import pytest

from node.errors import PushBackError
from node.storage import cosigned_writer
from node.storage.cosigned import find_cosigned
from node.storage.cosigned_writer import CosignedWriter
from node.storage.migrate import migrate
from tests.node.storage.test_cosigned import a_state, an_advance
from tests.support.faulty_database import Fault, FaultyDatabase
from tests.support.own_log import until

ORIGINS = (f"writer.example/{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def schema_dsn(database_server) -> str:
    """Give a database that the module's rows share."""
    return database_server.dsn_of(database_server.create())


@pytest.fixture
async def database(schema_dsn):
    """Give a database whose statements may fail, with the schema."""
    database = FaultyDatabase({"dsn": schema_dsn})
    await database.open(pool_size=2)
    async with database.pool.acquire() as connection:
        await migrate(connection)
    yield database
    await database.close()


@pytest.fixture
async def writer(database, monkeypatch):
    """Give a writer that runs, and soon tries again."""
    monkeypatch.setattr(cosigned_writer, "RECONNECT_SECONDS", (0.0, 0.01, 0.02))
    writer = CosignedWriter(database)
    running = asyncio.create_task(writer.run())
    yield writer
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def origin(writer, database) -> str:
    """Give a log of which nothing is cosigned yet."""
    origin = next(ORIGINS)
    await writer.confirm("witness", [origin])
    database.statements.clear()
    return origin


async def stored(database, origin):
    """Return the row as another session reads it."""
    async with database.pool.acquire() as connection:
        return await find_cosigned(connection, "witness", origin)


async def test_row_begins_with_nothing_cosigned(writer):
    """A log that nobody heard of gets a row of size zero, without a note."""
    origin = next(ORIGINS)
    (row,) = await writer.confirm("witness", [origin])
    assert (row.origin, row.size, row.note, row.suspended) == (origin, 0, None, False)


async def test_moves_that_wait_share_a_commit(writer, database):
    """While one commit is under way, the moves of other logs gather, and one statement makes them all."""
    origins = [next(ORIGINS) for _ in range(9)]
    await writer.confirm("witness", origins)
    database.statements.clear()
    database.delay["advance"] = 0.05
    first = asyncio.create_task(writer.advance(an_advance(origins[0], 0, 1)))
    await until(lambda: database.statements == ["advance"])
    rest = asyncio.gather(*(writer.advance(an_advance(origin, 0, 2)) for origin in origins[1:]))
    assert (await first, await rest) == (True, [True] * 8)
    assert database.statements == ["advance", "advance"]


async def test_askers_do_not_fall_apart_into_halves(writer, database, monkeypatch):
    """Logs that ask again as soon as they are answered come to share every commit, however they began."""
    monkeypatch.setattr(cosigned_writer, "WAIT_SHARE", 10.0)
    monkeypatch.setattr(cosigned_writer, "LONGEST_WAIT_SECONDS", 1.0)
    origins = [next(ORIGINS) for _ in range(8)]
    await writer.confirm("witness", origins)
    database.statements.clear()
    database.delay["advance"] = 0.01

    async def grow(origin: str, after: float) -> None:
        await asyncio.sleep(after)
        for size in range(20):
            await asyncio.sleep(0.002)  # an answer's way out, and the next request's way in
            assert await writer.advance(an_advance(origin, size, size + 1))

    await asyncio.gather(*(grow(origin, 0.005 * (at % 2)) for at, origin in enumerate(origins)))
    assert database.statements.count("advance") < 30


async def test_moves_of_one_row_follow_each_other(writer, database, origin):
    """Of two moves from one state that come together, the first is made and the second is told that it was not."""
    moves = [writer.advance(an_advance(origin, 0, 4)), writer.advance(an_advance(origin, 0, 7))]
    assert await asyncio.gather(*moves) == [True, False]
    assert await stored(database, origin) == a_state(origin, 4)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.REFUSED])
async def test_unknown_outcome_is_found_out(writer, database, origin, fault):
    """After a lost answer, a warning or a late statement the move is made, once, and only then said to be."""
    database.arm(fault, "advance")
    assert await writer.advance(an_advance(origin, 0, 5))
    assert database.statements.count("advance") == 2
    assert await writer.advance(an_advance(origin, 5, 9))
    await database.do_late()
    assert await stored(database, origin) == a_state(origin, 9)


async def test_move_that_another_made_meanwhile_is_not_ours(writer, database, origin, monkeypatch):
    """If the row has moved on while the outcome was unknown, the mover is told so."""
    monkeypatch.setattr(cosigned_writer, "RECONNECT_SECONDS", (0.3,))
    database.arm(Fault.LOST_BEFORE, "advance")
    moved = asyncio.create_task(writer.advance(an_advance(origin, 0, 5)))
    await until(lambda: "advance" in database.statements)
    other = CosignedWriter(database)
    running = asyncio.create_task(other.run())
    assert await other.advance(an_advance(origin, 0, 8))
    assert await moved is False
    running.cancel()


async def test_refusal_pushes_back_and_the_writer_goes_on(writer, database, origin):
    """Where the server refuses, whoever waits is told to come again, and then the move is made."""
    database.arm(Fault.REFUSED, "advance")
    with pytest.raises(PushBackError, match="no space left"):
        await writer.advance(an_advance(origin, 0, 5))
    assert await stored(database, origin) != a_state(origin, 5)
    assert await writer.advance(an_advance(origin, 0, 5))


async def test_server_that_stays_away_pushes_back(writer, database, origin):
    """If no connection is to be had, whoever waits hears so, and the first request after its return is answered."""
    database.arm(Fault.LOST_BEFORE, "advance")
    for _ in range(3):
        database.arm(Fault.LOST_BEFORE, "connect")
    with pytest.raises(PushBackError, match="connection lost"):
        await writer.advance(an_advance(origin, 0, 5))
    assert await writer.advance(an_advance(origin, 0, 5))


async def test_confirmation_that_is_cut_short_is_none(writer, database, origin):
    """A row whose confirming commit came with a warning, or was lost, is confirmed by another."""
    for fault in (Fault.WARNED, Fault.LOST_AFTER):
        database.arm(fault, "confirm")
        assert [row.size for row in await writer.confirm("witness", [origin])] == [0]
    assert database.statements.count("confirm") == 4


async def test_who_goes_away_leaves_the_commit_to_end(writer, database, origin):
    """A mover that is cancelled while the commit is under way neither cancels it nor holds up the next."""
    database.delay["advance"] = 0.05
    gone = asyncio.create_task(writer.advance(an_advance(origin, 0, 5)))
    await until(lambda: database.statements == ["advance"])
    gone.cancel()
    assert await writer.advance(an_advance(origin, 5, 6))


async def test_stopped_writer_tells_all_who_wait(database, origin):
    """Once the writer has stopped, who waits and who comes later is told that nothing is written any more."""
    writer = CosignedWriter(database)
    running = asyncio.create_task(writer.run())
    database.delay["advance"] = 5.0
    waiting = [asyncio.create_task(writer.advance(an_advance(origin, 0, size))) for size in (1, 2)]
    await until(lambda: "advance" in database.statements)
    running.cancel()
    for answer in (*waiting, writer.confirm("witness", [origin])):
        with pytest.raises(PushBackError, match="stop"):
            await answer
