"""The witness's state moves only from where it stands, survives what happens to process and database, and is shown."""

import asyncio
import hashlib
from dataclasses import replace

import pytest

from node.gossip.cosigning import cosigned_log
from node.gossip.cosigning.cosigner import Cosigner
from node.gossip.cosigning.witness import MOST_WAITING, WitnessAnswer
from node.storage.cosigned import find_cosigned, resume, suspend_all
from protocol.gossip.witness import parse_lines
from protocol.log.checkpoint import open_checkpoint
from tests.support.faulty_database import Fault
from tests.support.growing_log import GrowingLog
from tests.support.own_log import until
from tests.support.witnessing import COSIGNER, SIZE, lines_of

RACERS = 27


async def test_race_has_one_winner(watched):
    """Of many requests from one size, through two processes, one is cosigned; the others learn the new size."""
    await watched.ask(0, 7)
    witnesses = [watched.witness, watched.another()]
    sizes = [8 + number for number in range(RACERS)]
    bodies = [watched.log.request(7, size) for size in sizes]
    answers = await asyncio.gather(*(witnesses[number % 2].add_checkpoint(body) for number, body in enumerate(bodies)))
    (won,) = [size for size, answer in zip(sizes, answers, strict=True) if answer.status == 200]
    assert {answer.body for answer in answers if answer.status != 200} == {b"%d\n" % won}
    assert (await watched.cosigned())[0] == won


async def test_same_request_twice_has_one_winner_too(watched):
    """Two processes that are asked the very same, in the same second, don't both take themselves for the first."""
    await watched.ask(0, 7)
    plain = Cosigner("witness", COSIGNER.signers[:1])  # by Ed25519 alone: the same lines, byte for byte
    witnesses = [watched.another(plain), watched.another(plain)]
    for witness in witnesses:  # both know the state
        await witness.add_checkpoint(watched.log.request(7, 7))
    answers = await asyncio.gather(*(witness.add_checkpoint(watched.log.request(7, SIZE)) for witness in witnesses))
    assert sorted(answer.status for answer in answers) == [200, 409]


async def test_later_request_never_rolls_an_earlier_one_back(watched):
    """A request checked before another was committed, and committed after it, is refused (the specification's race)."""
    await watched.ask(0, 7)
    other = watched.another()
    watched.database.delay["advance"] = 0.05
    watched.database.statements.clear()
    small = asyncio.create_task(other.add_checkpoint(watched.log.request(7, 8)))
    await until(lambda: "advance" in watched.database.statements)
    large = asyncio.create_task(watched.ask(7, 33))
    assert ((await small).status, await large) == (200, WitnessAnswer(409, "text/x.tlog.size", b"8\n"))


async def test_another_process_is_taken_into_account(watched):
    """A witness whose mind is out of date answers from what another process has made of the state."""
    await watched.ask(0, 7)
    other = watched.another()
    await other.add_checkpoint(watched.log.request(7, SIZE))
    assert (await watched.ask(7, 33)).body == b"20\n"
    await other.add_checkpoint(watched.log.request(SIZE, 25))
    assert lines_of(watched.log, 33, await watched.ask(25, 33))


async def test_restart_keeps_the_state(watched):
    """What was cosigned is known after a restart, and from nowhere else is anything cosigned."""
    await watched.ask(0, SIZE)
    watched.witness = watched.another()
    assert (await watched.ask(0, SIZE)).body == b"20\n"
    assert lines_of(watched.log, 33, await watched.ask(SIZE, 33))


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.REFUSED])
async def test_answer_leaves_only_after_a_known_commit(watched, fault):
    """Whatever happens to a commit, an answer means that the state stands, and no answer goes without it."""
    await watched.ask(0, 7)
    watched.database.arm(fault, "advance")
    answer = await watched.ask(7, SIZE)
    assert lines_of(watched.log, SIZE, answer)
    assert await watched.cosigned() == (SIZE, watched.log.note(SIZE, parse_lines(answer.body)))


async def test_database_that_stays_away_is_503_and_nothing_is_lost(watched):
    """If a commit was carried out and nobody could learn of it, no line has left, and the next request goes on."""
    await watched.ask(0, 7)
    watched.database.arm(Fault.LOST_AFTER, "advance")
    for _ in range(3):
        watched.database.arm(Fault.LOST_BEFORE, "connect")
    answer = await watched.ask(7, SIZE)
    assert (answer.status, answer.media_type) == (503, "text/plain")
    assert (await watched.ask(7, 33)).body == b"20\n"
    assert lines_of(watched.log, 33, await watched.ask(SIZE, 33))


async def test_refusing_database_is_503(watched):
    """A full disk is told as such, and cosigning goes on once there is room."""
    watched.database.arm(Fault.REFUSED, "advance")
    assert (await watched.ask(0, SIZE)).status == 503
    assert lines_of(watched.log, SIZE, await watched.ask(0, SIZE))


async def test_crowd_is_turned_away(watched):
    """More than so many requests of one log at once are told to come again; the others are answered."""
    watched.database.delay["advance"] = 0.1
    answers = await asyncio.gather(*(watched.ask(0, SIZE) for _ in range(MOST_WAITING + 3)))
    statuses = [answer.status for answer in answers]
    assert (statuses.count(200), statuses.count(409), statuses.count(503)) == (1, MOST_WAITING - 1, 3)


def name_of(log: GrowingLog) -> str:
    """Return the log's name in paths."""
    return hashlib.sha256(log.origin.encode()).hexdigest()


async def test_latest_is_what_was_cosigned_last(watched):
    """What is shown bears the log's line and ours, and is nothing before the first; an unknown name has nothing."""
    name = name_of(watched.log)
    assert await watched.witness.latest(name) is None
    for step in ((0, 7), (7, SIZE)):
        answer = await watched.ask(*step)
        assert await watched.witness.latest(name) == watched.log.note(step[1], parse_lines(answer.body))
    assert await watched.witness.latest("0" * 64) is None
    assert await watched.another().latest(name) == (await watched.cosigned())[1]


async def test_latest_of_another_process_is_shown_before_long(watched, monkeypatch):
    """A process that cosigns nothing shows what the other has, and only behind a commit that makes it certain."""
    name = name_of(watched.log)
    await watched.ask(0, 7)
    other = watched.another()
    first = await other.latest(name)
    await watched.ask(7, SIZE)
    assert await other.latest(name) == first
    watched.clock.advance(cosigned_log.LOOK_SECONDS)
    watched.database.statements.clear()
    assert await other.latest(name) == (await watched.cosigned())[1]
    assert watched.database.statements == ["enrol", "confirm"]


async def test_seen_is_the_largest_that_the_log_signed(watched):
    """What came by under the log's signature is remembered, cosigned or not."""
    assert watched.witness.seen(watched.log.origin) is None
    await watched.ask(0, 7)
    await watched.ask(SIZE, 33)
    await watched.ask(7, SIZE)
    assert watched.witness.seen(watched.log.origin) == watched.log.note(33)


async def test_suspended_log_is_503_until_it_has_caught_up(watched):
    """After a restore a log is cosigned only from the newest checkpoint that bears our own line."""
    await watched.ask(0, 7)
    async with watched.database.pool.acquire() as connection:
        newest = replace(
            await find_cosigned(connection, "witness", watched.log.origin), size=33, root=watched.log.root(33)
        )
        await suspend_all(connection)
    for witness in (watched.witness, watched.another()):
        answer = await witness.add_checkpoint(watched.log.request(7, SIZE))
        assert (answer.status, answer.media_type, answer.body.count(b"\n")) == (503, "text/plain", 1)
    async with watched.database.pool.acquire() as connection:
        await resume(connection, newest)
    assert (await watched.another().add_checkpoint(watched.log.request(7, SIZE))).body == b"33\n"
    assert lines_of(watched.log, 40, await watched.another().add_checkpoint(watched.log.request(33, 40)))


async def test_database_set_back_under_a_running_witness_is_503(watched):
    """A database that is behind what this process has cosigned is a restored one: nothing moves, nothing goes back."""
    await watched.ask(0, 7)
    async with watched.database.pool.acquire() as connection:
        older = await find_cosigned(connection, "witness", watched.log.origin)
        await watched.ask(7, SIZE)
        await connection.execute(
            "UPDATE cosigned SET size = $2, root = $3, note = $4 WHERE origin = $1",
            older.origin, older.size, older.root, older.note,
        )  # fmt: skip
    assert (await watched.ask(SIZE, 33)).status == 503
    assert (await watched.ask(7, 33)).status == 503
    watched.clock.advance(1000)
    shown = await watched.witness.latest(name_of(watched.log))
    assert open_checkpoint(shown, [watched.log.signer.verifier])[0].size == SIZE
