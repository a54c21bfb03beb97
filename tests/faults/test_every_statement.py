"""The counting loop: each statement that a sequencer sends fails once, in each way, until none is left.

After each fault the work must have been done all the same, once, and everything must hold, before and after a restart.
"""

import asyncio
import contextlib

import pytest

from node.errors import ConflictError, FatalError
from node.log import sequence
from node.storage import growth
from tests.support.entries import an_achievement_entry, same_tag, sealed_entries
from tests.support.faulty_database import Fault, FaultyDatabase
from tests.support.own_log import OwnLog

AT_ONCE = 8
"""Logs that have their day at the same time: they wait for the disk together."""


async def a_days_work(log: OwnLog) -> None:
    """Start, log by every path that a batch can take, meet a conflict and a repetition, rest, stop."""
    with contextlib.suppress(FatalError):  # a log whose first checkpoint is refused is started again by its operator
        await log.start()
    if not log.is_running:
        await log.start()
    many = sealed_entries("many", 300)
    await log.insist(many, "bundle")
    await log.insist(sealed_entries("few", 3), "few")
    await log.insist([an_achievement_entry("A-1")], "clear", [remember(log.origin, "clear")])
    with pytest.raises(ConflictError, match="tag"):
        await log.submit_entries([same_tag("many/7")])
    assert (await log.insist(many, "bundle")).first_leaf == log.promises.submissions["bundle"][0]
    await asyncio.sleep(3 * sequence.IDLE_SECONDS)
    await log.stop()


def remember(origin: str, name: str):
    """Return a companion that writes a row of its own."""

    async def write(connection, first_leaf: int) -> None:
        await connection.execute("INSERT INTO remembered VALUES ($1, $2, $3)", origin, name, first_leaf)

    return write


async def fail_at(log: OwnLog, faults: list[tuple[int, Fault]]) -> bool:
    """Let a log have its day with statements that fail; return whether all of them came to be."""
    for number, fault in faults:
        log.database.arm_at(fault, number)
    try:
        await a_days_work(log)
    finally:
        await log.die()
    await log.check()
    await log.restart()
    await log.stop()
    stored = await log.check()
    assert len(stored.entries) == 304
    return not log.database.armed


@pytest.fixture
def short_ways(monkeypatch):
    """Let small batches take the path of large ones, and idle soon."""
    monkeypatch.setattr(growth, "COPY_FROM", 64)
    monkeypatch.setattr(sequence, "IDLE_SECONDS", 0.02)


IN_EVERY_RUN = (Fault.LOST_BEFORE, Fault.LOST_AFTER)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=fault.name.lower(), marks=() if fault in IN_EVERY_RUN else pytest.mark.long)
        for fault in Fault
    ],
)
async def test_each_statement_may_fail_once(fault, faults_dsn, origins, tmp_path, short_ways):
    """Whatever statement fails, in whatever way, the day's work gets done, once, and everything holds."""
    first, came_to_be = 1, [True]
    while all(came_to_be):
        logs = [OwnLog(faults_dsn, tmp_path, next(origins), database=FaultyDatabase) for _ in range(AT_ONCE)]
        came_to_be = await asyncio.gather(*(fail_at(log, [(number, fault)]) for number, log in enumerate(logs, first)))
        first += AT_ONCE
    assert first > 24, "fewer statements failed than a day's work has"
