"""The commit's answer is lost at random moments under load, applied or not: who asks again finds what became of it.

The seed of each round is printed; ``--long`` has more rounds.
"""

import asyncio
import random

import pytest

from node.errors import PushBackError
from node.storage import growth
from tests.faults.test_every_statement import AT_ONCE, fail_at
from tests.support.entries import sealed_entries
from tests.support.faulty_database import Fault, FaultyDatabase
from tests.support.own_log import OwnLog

CLIENTS = 8
SIZES = (1, 1, 1, 2, 30, 90, 300)
ROUNDS, LONG_ROUNDS = 5, 50
LONG_PAIRS = 120
KINDS = {
    "applied": (Fault.LOST_AFTER, Fault.ENDED_AFTER, Fault.WARNED),
    "not applied": (Fault.LOST_BEFORE, Fault.CANCELLED, Fault.LATE),
}


async def submit_all(log: OwnLog, choice: random.Random, client: int) -> None:
    """Submit some ten things, some with a request key and some without; each has its answer in the end."""
    for number in range(10):
        label = f"{client}/{number}"
        entries = sealed_entries(label, choice.choice(SIZES))
        if choice.random() < 0.5:
            await log.insist(entries, label)
        else:
            await log.submit_entries(entries)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "rounds", [pytest.param(ROUNDS, id="few"), pytest.param(LONG_ROUNDS, id="many", marks=pytest.mark.long)]
)
async def test_answers_lost_under_load(faults_dsn, origins, tmp_path, monkeypatch, rounds, kind):
    """Every caller gets its answer, each entry stands once, and a restart finds the same log."""
    monkeypatch.setattr(growth, "COPY_FROM", 64)
    for _ in range(rounds):
        seed = random.SystemRandom().randrange(1_000_000)
        print(f"seed {seed}")
        choice = random.Random(seed)
        log = OwnLog(faults_dsn, tmp_path, next(origins), database=FaultyDatabase)
        try:
            await log.start()
            for _ in range(3):
                name = choice.choice(["step", "step", "commit"])
                log.database.arm(choice.choice(KINDS[kind]), name, skip=choice.randrange(6))
            await asyncio.gather(*(submit_all(log, choice, client) for client in range(CLIENTS)))
            await log.check()
            await log.restart()
            await log.stop()
            await log.check()
        finally:
            await log.die()


async def test_killed_while_it_finds_out(faults_dsn, origins, tmp_path):
    """A process that dies between a lost answer and its finding out leaves all or nothing, and a new one goes on."""
    log = OwnLog(faults_dsn, tmp_path, next(origins), database=FaultyDatabase)
    for number, fault in enumerate((Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.WARNED)):
        entries = sealed_entries(f"killed {number}", 3)
        await log.start()
        log.database.arm(fault, "step")
        log.database.hold = asyncio.Event()
        answer = log.enqueue(entries, f"key {number}")
        await asyncio.sleep(0.05)
        await log.die()
        with pytest.raises(PushBackError):
            await answer
        log.database.hold = None
        await log.start()
        assert (await log.submit_entries(entries, f"key {number}")).first_leaf == 3 * number
        await log.stop()
        await log.check()


@pytest.mark.long
async def test_two_statements_of_a_day_may_fail(faults_dsn, origins, tmp_path, monkeypatch):
    """The second fault may meet what finds out about the first: the day's work gets done all the same."""
    monkeypatch.setattr(growth, "COPY_FROM", 64)
    choice = random.Random(seed := random.SystemRandom().randrange(1_000_000))
    print(f"seed {seed}")
    for _ in range(LONG_PAIRS // AT_ONCE):
        logs = [OwnLog(faults_dsn, tmp_path, next(origins), database=FaultyDatabase) for _ in range(AT_ONCE)]
        pairs = [[(choice.randrange(1, 36), choice.choice(list(Fault))) for _ in range(2)] for _ in logs]
        print(pairs)
        await asyncio.gather(*(fail_at(log, pair) for log, pair in zip(logs, pairs, strict=True)))
