"""A row of `cosigned` moves only from exactly where the mover saw it, and never while it is suspended."""

import asyncio
import itertools
from dataclasses import replace

import asyncpg
import pytest

from node.storage.cosigned import (
    Advance,
    Cosigned,
    advance_all,
    all_cosigned,
    confirm,
    enrol,
    find_cosigned,
    resume,
    suspend_all,
)
from node.storage.migrate import migrate
from protocol.log.merkle import EMPTY_ROOT

ORIGINS = (f"cosigned.example/{number}" for number in itertools.count(1))
RACERS = 27


def a_root(label: str | int) -> bytes:
    """Return a root hash."""
    return str(label).encode().rjust(32, b".")


def an_advance(origin: str, size: int, to: int, **changes) -> Advance:
    """Return the move of a witness's row from one size to another, or one that is changed."""
    root = a_root(size) if size else EMPTY_ROOT
    move = Advance(origin, "witness", size, root, to, a_root(to), b"note %d" % to, 1000 + to)
    return replace(move, **changes)


def a_state(origin: str, size: int) -> Cosigned:
    """Return the row as such a move leaves it."""
    return Cosigned(origin, "witness", size, a_root(size), b"note %d" % size, 1000 + size, suspended=False)


@pytest.fixture
async def sessions(schema_dsn):
    """Give two sessions on one database with the schema."""
    sessions = [await asyncpg.connect(schema_dsn) for _ in range(2)]
    await migrate(sessions[0])
    yield sessions
    for session in sessions:
        await session.close()


@pytest.fixture
def session(sessions):
    """Give one session."""
    return sessions[0]


@pytest.fixture(scope="module")
def schema_dsn(database_server) -> str:
    """Give a database that the module's rows share."""
    return database_server.dsn_of(database_server.create())


@pytest.fixture
async def origin(session) -> str:
    """Give a log of which nothing is cosigned yet."""
    origin = next(ORIGINS)
    await enrol(session, "witness", [origin])
    return origin


async def moved(session, *wanted: Advance, again: bool = False) -> list[int]:
    """Move rows; return the sizes of those that moved."""
    done = await advance_all(session, wanted, again=again)
    return [one.size for one in wanted if (one.origin, one.claim) in done]


async def test_row_keeps_what_it_moved_to(session, origin):
    """After a move the row holds size, root, note and time; a row that is enrolled again stays as it is."""
    assert await moved(session, an_advance(origin, 0, 5)) == [5]
    await enrol(session, "witness", [origin])
    assert await find_cosigned(session, "witness", origin) == a_state(origin, 5)
    assert await confirm(session, "witness", [origin]) == [a_state(origin, 5)]
    assert a_state(origin, 5) in await all_cosigned(session, "witness")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"from_size": 4}, id="an earlier size"),
        pytest.param({"from_size": 6}, id="a later size"),
        pytest.param({"from_root": a_root("other")}, id="another root of the same size"),
        pytest.param({"claim": "mirror"}, id="another claim"),
        pytest.param({"origin": "cosigned.example/nobody"}, id="a log that was never enrolled"),
    ],
)
async def test_move_from_elsewhere_does_nothing(session, origin, changes):
    """A move that does not begin where the row stands leaves it as it is."""
    await moved(session, an_advance(origin, 0, 5))
    before = await find_cosigned(session, "witness", origin)
    assert await moved(session, replace(an_advance(origin, 5, 9), **changes)) == []
    assert await find_cosigned(session, "witness", origin) == before


async def test_same_move_again_is_the_same_move(session, origin):
    """A move that was carried out may be sent again after a lost answer, and only then; one by another note may not."""
    await moved(session, an_advance(origin, 0, 5))
    move = an_advance(origin, 5, 9)
    assert [await moved(session, move, again=again) for again in (False, True, True, False)] == [[9], [9], [9], []]
    assert await moved(session, replace(move, note=b"another's note 9"), again=True) == []


async def test_same_size_may_be_cosigned_anew(session, origin):
    """From a checkpoint to itself, with a fresh time, is a move too."""
    await moved(session, an_advance(origin, 0, 5))
    again = an_advance(origin, 5, 5, note=b"note 5 again", time=2000)
    assert await moved(session, again) == [5]
    assert (await find_cosigned(session, "witness", origin)).time == 2000


async def test_claims_and_logs_move_together_and_apart(session, origin):
    """One statement moves rows of several logs and claims, each or not as it stands."""
    other = next(ORIGINS)
    await enrol(session, "witness", [other])
    await enrol(session, "mirror", [origin])
    wanted = [an_advance(origin, 0, 3), an_advance(origin, 0, 4, claim="mirror"), an_advance(other, 1, 5)]
    assert await moved(session, *wanted) == [3, 4]


async def test_race_has_one_winner(sessions, origin):
    """Of many moves from one state, sent at once by two processes, exactly one is carried out."""
    await moved(sessions[0], an_advance(origin, 0, 5))

    async def race(number: int) -> list[int]:
        async with locks[number % 2]:
            return await moved(sessions[number % 2], an_advance(origin, 5, 6 + number))

    locks = [asyncio.Lock(), asyncio.Lock()]
    winners = list(itertools.chain(*await asyncio.gather(*(race(number) for number in range(RACERS)))))
    assert winners == [(await find_cosigned(sessions[0], "witness", origin)).size]


async def test_loser_of_a_lock_sees_the_winner(sessions, origin):
    """A move that waits for another's commit finds the row moved, though its statement began before."""
    first, second = sessions
    transaction = first.transaction()
    await transaction.start()
    await moved(first, an_advance(origin, 0, 5))
    waiting = asyncio.create_task(moved(second, an_advance(origin, 0, 7)))
    await wait_for_lock(first, second.get_server_pid())
    await transaction.commit()
    assert await waiting == []
    assert await moved(second, an_advance(origin, 5, 7)) == [7]


@pytest.mark.parametrize("act", ["advance", "confirm"])
async def test_rows_are_locked_in_one_order(sessions, act):
    """However a statement names its rows, it waits for the first in order and holds none behind it."""
    first, second = sessions
    name = next(ORIGINS)
    before, behind = f"{name}/a", f"{name}/z"
    for origin in (behind, before):
        await enrol(first, "witness", [origin])
    transaction = first.transaction()
    await transaction.start()
    await moved(first, an_advance(before, 0, 1))
    if act == "advance":
        statement = moved(second, an_advance(behind, 0, 2), an_advance(before, 0, 2))
    else:
        statement = confirm(second, "witness", [behind, before])
    waiting = asyncio.create_task(statement)
    await wait_for_lock(first, second.get_server_pid())
    assert await moved(first, an_advance(behind, 0, 1)) == [1]
    await transaction.commit()
    assert await waiting == ([] if act == "advance" else [a_state(before, 1), a_state(behind, 1)])


async def test_suspended_row_does_not_move_until_resumed(session, origin):
    """After a restore nothing moves; a row goes on from the newest state that bears its own cosignature."""
    await moved(session, an_advance(origin, 0, 5))
    assert await suspend_all(session) >= 1
    assert await moved(session, an_advance(origin, 5, 9)) == []
    assert (await find_cosigned(session, "witness", origin)).suspended
    await resume(session, a_state(origin, 8))
    assert await moved(session, an_advance(origin, 5, 9)) == []
    assert await moved(session, an_advance(origin, 8, 9)) == [9]


async def test_resumed_row_never_goes_back(session, origin):
    """A state smaller than the one that is here ends the suspension, and nothing else."""
    await moved(session, an_advance(origin, 0, 5))
    await suspend_all(session)
    await resume(session, a_state(origin, 3))
    assert await find_cosigned(session, "witness", origin) == a_state(origin, 5)


async def wait_for_lock(session, pid: int) -> None:
    """Return once another session waits for a lock."""
    waits = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1"
    async with asyncio.timeout(10):
        while not await session.fetchval(waits, pid):  # noqa: ASYNC110 - the server tells of it only when asked
            await asyncio.sleep(0.01)
