"""Faults at the commit: is there progress, and what does the waiting caller see?

    fault                     the caller sees     progress
    refused                   push-back           none: nothing was written
    anything else             its answer          the entries, once, whether or not the commit was applied

Whatever isn't known is found out behind a barrier; until that has passed, nobody is answered and nothing is shown.
"""

import asyncio
import errno
import itertools

import asyncpg
import pytest

from node.errors import FatalError, PushBackError
from node.log import headfile, sequence
from node.storage import growth
from node.storage.growth import Companion
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.log.checkpoint import Checkpoint
from tests.faults.test_every_statement import remember
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.faulty_database import Fault, FaultyDatabase
from tests.support.own_log import OwnLog, until


@pytest.fixture
async def log(faults_dsn, origins, tmp_path, monkeypatch):
    """Give a log of five entries whose statements may fail; everything is checked at the end, and after a restart."""
    monkeypatch.setattr(growth, "COPY_FROM", 64)
    log = OwnLog(faults_dsn, tmp_path, next(origins), database=FaultyDatabase)
    await log.start()
    await log.submit("before", 5)
    log.database.statements.clear()
    try:
        yield log
        log.database.hold = None
        await log.stop()
        await log.check()
        await log.restart()
        await log.submit("after")
        await log.stop()
        await log.check()
    finally:
        await log.die()


STATEMENTS = {
    "one statement": ("step",),
    "copied tags": ("begin", "step", "copy", "commit"),
    "companion": ("begin", "step", "companion", "commit"),
}
"""Ways to the disk, and the statements on each."""

UNKNOWN = [fault for fault in Fault if fault is not Fault.REFUSED]


def work(log: OwnLog, way: str, label: str) -> tuple[list[bytes], list[Companion]]:
    """Return entries that take a way to the disk, and what goes with them."""
    if way == "companion":
        return [an_achievement_entry(label)], [remember(log.origin, label)]
    return sealed_entries(label, 3 if way == "one statement" else 70), []


@pytest.mark.parametrize(("way", "steps"), STATEMENTS.items(), ids=STATEMENTS.keys())
async def test_unknown_outcome_is_found_out(log, way, steps):
    """A commit of unknown outcome is looked up behind a barrier; its caller, who knows nothing of that, gets leaves."""
    for fault, step in itertools.product(UNKNOWN, steps):
        size, statements = log.size, log.database.statements
        statements.clear()
        log.database.arm(fault, step)
        entries, companions = work(log, way, f"{fault.name}-{step}".replace("_", "-"))
        answer = await log.submit_entries(entries, companions=companions)
        assert (answer.first_leaf, log.size) == (size, size + len(entries)), (fault, step)
        assert (log.database.armed, "barrier" in statements) == (False, True), (fault, step)


@pytest.mark.parametrize(("way", "steps"), STATEMENTS.items(), ids=STATEMENTS.keys())
async def test_refusal_pushes_back_and_writes_nothing(log, way, steps):
    """Where the server says that it did nothing, the caller is told to come again, and then gets the same place."""
    for step in steps:
        size = log.size
        log.database.arm(Fault.REFUSED, step)
        entries, companions = work(log, way, step)
        with pytest.raises(PushBackError, match="no space left"):
            await log.submit_entries(entries, companions=companions)
        assert (log.size, len((await log.check()).entries)) == (size, size), step
        assert (await log.submit_entries(entries, companions=companions)).first_leaf == size, step


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.ENDED_AFTER, Fault.WARNED, Fault.CANCELLED])
async def test_nothing_leaves_before_the_barrier(log, fault):
    """Until the barrier has passed, the entry may be readable in the database, and nobody is told so."""
    log.database.arm(fault, "step")
    log.database.hold = asyncio.Event()
    answer = log.enqueue(sealed_entries("held", 1))
    await until(lambda: log.database.statements[-1:] == ["barrier"])
    readable = await stored_size(log)
    assert readable == (5 if fault is Fault.CANCELLED else 6)
    assert (answer.done(), log.size) == (False, 5)
    log.database.hold.set()
    log.keep(await answer, sealed_entries("held", 1))
    assert log.size == 6


async def test_barrier_that_is_cut_short_is_no_barrier(log):
    """A barrier whose own wait ended with a warning, or was lost, is followed by another until one passes."""
    log.database.arm(Fault.LOST_AFTER, "step")
    for fault in (Fault.WARNED, Fault.LOST_AFTER, Fault.CANCELLED):
        log.database.arm(fault, "barrier")
    await log.submit("a")
    assert log.database.statements.count("barrier") == 4


async def test_late_statement_finds_another_epoch(log):
    """A commit that the server carries out only after the barrier changes nothing: the barrier moved the epoch."""
    log.database.arm(Fault.LATE, "step")
    answer = await log.submit("late")
    assert (log.database.done_late, answer.first_leaf, log.size) == ([0], 5, 6)


async def test_lost_answers_across_tiles_are_found(log):
    """Single entries that complete tiles get their leaves, and proofs, also when the commit's answer is lost."""
    await log.submit("fill", 245)
    log.database.arm(Fault.LOST_AFTER, "commit")
    entries = sealed_entries("across", 270)
    answers = [log.enqueue([entry]) for entry in entries]
    for leaf, (entry, waiting) in enumerate(zip(entries, answers, strict=True), 250):
        answer = await waiting
        log.keep(answer, [entry])
        assert answer.first_leaf == leaf
        verify_entry(entry, TlogProof.parse((await log.sequencer.reader.log_proof(leaf)).encode()), shown(log))


async def test_others_of_a_refused_commit_go_on(log):
    """When the server refuses a group commit for one submission's sake, the others are logged all the same."""
    log.database.arm(Fault.LOST_AFTER, "step")  # while its answer is looked for, the next three become one batch
    first = log.enqueue(sealed_entries("first", 1))
    good = [log.enqueue(sealed_entries(f"good {number}", 2)) for number in range(2)]
    bad = log.enqueue([an_achievement_entry("A-2")], companions=[refused_by_the_server])
    log.keep(await first, sealed_entries("first", 1))
    for number, answer in enumerate(good):
        log.keep(await answer, sealed_entries(f"good {number}", 2))
    with pytest.raises(PushBackError, match="no_such_table"):
        await bad
    assert log.size == 10


async def test_release_that_fails_costs_nothing(log, monkeypatch):
    """The hint for other processes may fail; the log goes on, and gives the hint the next time it rests."""
    monkeypatch.setattr(sequence, "IDLE_SECONDS", 0.01)
    log.database.arm(Fault.LOST_BEFORE, "release")
    await until(lambda: "release" in log.database.statements)
    await log.submit("a")
    await until(lambda: log.database.statements.count("release") == 2)
    await log.submit("b")
    assert (await log.check()).head["released_size"] in (6, 7), "7 where it has rested again since"


async def test_head_file_that_cannot_be_written_leaves_nobody_waiting(log, monkeypatch):
    """The log ends with a word; who waits is told to come again, and finds the entries once it is started again."""
    key, entries = "waits", sealed_entries("waits", 2)
    with monkeypatch.context() as patch:
        patch.setattr(headfile, "SHORTEST_INTERVAL", 0)
        patch.setattr(headfile, "replace_file", refused_by_the_disk)
        waiting = [log.enqueue(entries, key), *(log.enqueue(sealed_entries(f"{at}", 1)) for at in range(3))]
        for answer in waiting:
            with pytest.raises(PushBackError):
                await asyncio.wait_for(answer, 5)
        with pytest.raises(FatalError, match="no space left"):
            await log.die()
    await log.start()
    assert (await log.submit_entries(entries, key)).first_leaf == 5


async def test_first_checkpoint_refused_is_said(faults_dsn, origins, tmp_path):
    """A log whose empty checkpoint can't be written doesn't start, says why, and starts once it can."""
    log = OwnLog(faults_dsn, tmp_path, next(origins), database=FaultyDatabase)
    log.database.arm(Fault.REFUSED, "step")
    with pytest.raises(FatalError, match=r"refuses the first checkpoint.*no space left"):
        await log.start()
    await log.start()
    await log.stop()
    assert (await log.check()).head["size"] == 0


async def test_database_restored_under_a_running_log(faults_dsn, origins, tmp_path):
    """If the head behind a new connection is an older one, the log stops, signs nothing, and lets nobody wait."""
    log = OwnLog(faults_dsn, tmp_path, next(origins), database=FaultyDatabase)
    await log.start()
    await log.submit("a", 3)
    await log.submit("b", 3)
    await set_back(log, 3)
    log.database.arm(Fault.LOST_BEFORE, "step")
    waiting = [log.enqueue(sealed_entries(f"waiting {number}", 1)) for number in range(3)]
    for answer in waiting:
        with pytest.raises(PushBackError, match="has stopped"):
            await answer
    with pytest.raises(PushBackError, match="stopping"):
        log.enqueue(sealed_entries("more", 1))
    with pytest.raises(FatalError, match=r"holds 3 entries of .*, which had 6"):
        await log.die()
    session = await asyncpg.connect(log.dsn)
    assert await session.fetchval("SELECT size FROM logs WHERE origin = $1", log.origin) == 3
    await session.close()


async def refused_by_the_server(connection, first_leaf: int) -> None:
    """Fail as a companion that is at odds with its table."""
    await connection.execute("INSERT INTO no_such_table VALUES (1)")


def refused_by_the_disk(*_: object) -> None:
    """Fail as a disk does that is full."""
    raise OSError(errno.ENOSPC, "no space left on device")


async def stored_size(log: OwnLog) -> int:
    """Return the size that another session reads."""
    async with log.database.pool.acquire() as connection:
        return await connection.fetchval("SELECT size FROM logs WHERE origin = $1", log.origin)


async def set_back(log: OwnLog, size: int) -> None:
    """Make the database's head the one it was at an earlier size."""
    async with log.database.pool.acquire() as connection:
        await connection.execute(
            "UPDATE logs SET size = $2, root = $3 WHERE origin = $1", log.origin, size, log.promises.checkpoints[size]
        )


def shown(log: OwnLog) -> Checkpoint:
    """Return the checkpoint that the log shows."""
    published = log.sequencer.reader.published
    return Checkpoint(log.origin, published.size, published.root)
