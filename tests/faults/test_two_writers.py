"""Two processes that write one log on one database: one log, each entry once, all checkpoints of one tree."""

import asyncio
import itertools

import asyncpg
import pytest

from node.log import keep, sequence
from tests.support.check_everything import check_everything
from tests.support.entries import same_tag, sealed_entries
from tests.support.faulty_database import Fault, FaultyDatabase
from tests.support.load import Load
from tests.support.node_process import NodeProcess
from tests.support.own_log import OwnLog, until

SECONDS, LONG_SECONDS = 1.5, 20.0

LEAST_WRITTEN = 10
"""Answers after which a node counts as having written beside the other."""

BOTH_WRITE_WITHIN = 120
"""Seconds in which both have to get so far."""


@pytest.fixture
async def writers(faults_dsn, origins, tmp_path):
    """Give two writers of one log, each with a connection, a pool and a state of its own, as two processes have."""
    origin = next(origins)
    first = OwnLog(faults_dsn, tmp_path, origin, database=FaultyDatabase)
    second = OwnLog(faults_dsn, tmp_path, origin, promises=first.promises)
    await first.start()
    await second.start()
    try:
        yield first, second
        await first.stop()
        await second.stop()
        await first.check()
    finally:
        await first.die()
        await second.die()


async def test_they_take_turns(writers):
    """What the other wrote in between is loaded, and the next entry stands behind it."""
    for number, writer in zip(range(6), itertools.cycle(writers), strict=False):
        assert (await writer.submit(f"turn {number}")).first_leaf == number


async def test_under_load_they_write_one_log(writers):
    """Both under load, with entries alone and bundles that fill tiles, all answers hold and no leaf is given twice."""

    async def submit(writer: OwnLog, label: str) -> None:
        for number, count in zip(range(30), itertools.cycle((1, 1, 7, 120)), strict=False):
            await writer.submit(f"{label}/{number}", count)

    await asyncio.gather(
        *(submit(writer, f"{at}.{client}") for at, writer in enumerate(writers) for client in range(3))
    )
    stored = await writers[0].check()
    assert len(stored.entries) == 6 * sum(count for _, count in zip(range(30), itertools.cycle((1, 1, 7, 120))))


async def test_same_request_at_both_is_logged_once(writers):
    """One request key sent to both at once has the same leaves at both."""
    for number in range(10):
        entries = sealed_entries(f"same {number}", 3)
        answers = await asyncio.gather(*(writer.submit_entries(entries, f"key {number}") for writer in writers))
        assert answers[0].first_leaf == answers[1].first_leaf == 3 * number


async def test_same_tag_at_both_is_logged_once(writers):
    """Of two entries with one tag sent to both at once, one is logged and the other told where."""
    for number in range(5):
        answers = await asyncio.gather(
            writers[0].submit_entries(sealed_entries(f"tag {number}", 1)),
            writers[1].submit_entries([same_tag(f"tag {number}/0")]),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert [(answer.code, answer.leaf) for answer in refused] == [("duplicate-tag", number)]


async def test_idle_writer_shows_what_the_other_released(writers, monkeypatch):
    """A process with nothing to write shows before long what the other has released, whatever fails on the way."""
    monkeypatch.setattr(sequence, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(keep, "LOOK_SECONDS", 0.0)
    first, second = writers
    for number, statements in enumerate([(), ("head",), ("head", "tails"), ("head", "barrier", "identity")]):
        for name in statements:
            first.database.arm(Fault.LOST_BEFORE, name)
        await second.submit(f"released {number}", 3)
        await until(lambda: first.size == second.size)
        first.observe()
        assert not first.database.armed


async def test_restart_of_one_leaves_the_other_at_work(writers):
    """When one dies and begins anew, its barrier costs the other no more than a repetition."""
    first, second = writers
    for number in range(3):
        waiting = asyncio.gather(*(second.submit(f"steady {number}.{at}") for at in range(20)))
        await first.die()
        await first.start()
        await first.submit(f"back {number}")
        await waiting


@pytest.mark.parametrize(
    "seconds", [pytest.param(SECONDS, id="short"), pytest.param(LONG_SECONDS, id="long", marks=pytest.mark.long)]
)
async def test_two_nodes_under_load(dsn, tmp_path, seconds):
    """Two node processes on one database, both killed in the middle, have written one log without a fork."""
    first = NodeProcess(tmp_path / "first", "two-nodes.example/log", dsn=dsn)
    second = first.beside(tmp_path / "second")
    loads = [Load(node, seed) for seed, node in enumerate((first, second))]
    for node in (first, second):
        await node.start()
    clients = [asyncio.create_task(load.submit_until_gone(client)) for load in loads for client in range(4)]
    await asyncio.sleep(seconds)
    # Who loses the head again and again writes more slowly, but goes on writing: nothing shares turns out evenly.
    async with asyncio.timeout(BOTH_WRITE_WITHIN):
        while min(load.answers for load in loads) <= LEAST_WRITTEN:  # noqa: ASYNC110 - a load has no such event
            await asyncio.sleep(0.1)
    for node in (first, second):
        await node.kill()
    await asyncio.gather(*clients)
    session = await asyncpg.connect(dsn)
    await check_everything(session, first.promises)
    await first.start()
    await second.start()
    for load in loads:
        await load.ask_again()
    await first.end()
    await second.end()
    await check_everything(session, first.promises)
    await session.close()
