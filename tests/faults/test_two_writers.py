"""Two processes that write one log on one database: one log, each entry once, all checkpoints of one tree."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.entries import same_tag, sealed_entries
from tests.support.own_log import OwnLog
from tests.support.writer_process import keep_answers

SECONDS, LONG_SECONDS = 1.5, 20.0


@pytest.fixture
async def writers(faults_dsn, origins, tmp_path):
    """Give two writers of one log, each with a connection, a pool and a state of its own, as two processes have."""
    origin = next(origins)
    first = OwnLog(faults_dsn, tmp_path, origin)
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


async def test_restart_of_one_leaves_the_other_at_work(writers):
    """When one dies and begins anew, its barrier costs the other no more than a repetition."""
    first, second = writers
    for number in range(3):
        waiting = asyncio.gather(*(second.submit(f"steady {number}.{at}") for at in range(20)))
        await first.die()
        await first.start()
        await first.submit(f"back {number}")
        await waiting


def start_writer(log: OwnLog, folder: Path, name: str) -> subprocess.Popen[bytes]:
    """Start a process that logs under load."""
    command = [sys.executable, "-m", "tests.support.writer_process", log.dsn, str(folder), log.origin]
    return subprocess.Popen([*command, str(folder / f"{name}.answers"), name, "4"], cwd=ROOT)


@pytest.mark.parametrize(
    "seconds", [pytest.param(SECONDS, id="short"), pytest.param(LONG_SECONDS, id="long", marks=pytest.mark.long)]
)
async def test_two_processes_under_load(faults_dsn, origins, tmp_path, seconds):
    """Two processes of the operating system, both killed in the middle, have written one log without a fork."""
    log = OwnLog(faults_dsn, tmp_path, next(origins))
    await log.start()
    await log.stop()
    processes = [start_writer(log, tmp_path, name) for name in ("one", "two")]
    answers = [tmp_path / f"{name}.answers" for name in ("one", "two")]
    try:
        async with asyncio.timeout(30):
            while not all(path.exists() and path.stat().st_size for path in answers):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
        await asyncio.sleep(seconds)
    finally:
        for process in processes:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    counts = [keep_answers(log, path) for path in answers]
    assert min(counts) > 10, "one of them hardly wrote"
    await log.check()
    await log.start()
    await log.submit("after")
    await log.stop()
    await log.check()
