"""A commit whose wait for the synchronous standby was cut short is readable, and safe only behind a barrier.

The scene: the standby is away, so a commit waits; somebody cancels the wait; the primary then shows the commit to every
session, though the standby lacks it and may be promoted without it. Nothing that rests on it may leave the node before
something later has reached the standby.
"""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from node.errors import FatalError
from tests.support.entries import sealed_entries
from tests.support.own_log import OwnLog
from tests.support.postgres import reachable
from tests.support.replicas import Replicas

RESUMES_WITHIN = 90
"""Seconds for a standby that was frozen to go on, on a machine with other work."""

LONG_ENOUGH = 0.4
"""Seconds in which a node that didn't wait would have answered."""


@pytest.fixture
async def replicas(tmp_path_factory) -> AsyncIterator[Replicas]:
    """Give a primary and a standby that its commits wait for."""
    replicas = Replicas(reachable(tmp_path_factory.mktemp("database")))
    await replicas.start()
    try:
        yield replicas
    finally:
        await replicas.stop()


@pytest.fixture
async def log(replicas, tmp_path) -> AsyncIterator[OwnLog]:
    """Give a log of three entries on the primary."""
    log = OwnLog(replicas.primary.dsn, tmp_path, "standby.example/log")
    await log.start()
    await log.submit("before", 3)
    yield log
    await log.die()


async def stored_size(replicas: Replicas) -> int:
    """Return the size that a session on the primary reads."""
    return (await replicas.on_primary("SELECT size FROM logs"))[0]["size"]


async def cut(replicas: Replicas, function: str) -> None:
    """Cut the wait of the next commit that waits."""
    async with asyncio.timeout(10):
        while not await replicas.cut_waits(function):  # noqa: ASYNC110 - of the server's sessions
            await asyncio.sleep(0.01)


async def test_cut_wait_is_not_signed_before_the_barrier(replicas, log):
    """Cancelled or ended, the commit is readable and yet neither shown nor answered until the standby is back."""
    for number, function in enumerate(["pg_cancel_backend", "pg_terminate_backend"]):
        size, entries = log.size, sealed_entries(function, 2)
        await replicas.standby.stop()
        answer = log.enqueue(entries)
        await cut(replicas, function)
        await cut(replicas, function)  # the barrier's own wait is cut, too, and is no barrier then
        await asyncio.sleep(LONG_ENOUGH)
        assert await stored_size(replicas) == size + 2, "another session reads the commit"
        assert (answer.done(), log.size) == (False, size), number
        await replicas.standby.start()
        log.keep(await asyncio.wait_for(answer, RESUMES_WITHIN), entries)
        assert (await replicas.on_standby("SELECT size FROM logs"))[0]["size"] == log.size == size + 2
    await log.stop()
    await log.check()


async def test_promoted_standby_has_all_that_was_acknowledged(replicas, log, tmp_path):
    """After a fail-over that loses a readable commit, no answer and no checkpoint is lost with it."""
    lost = sealed_entries("lost", 2)
    await replicas.standby.stop()
    answer = log.enqueue(lost)
    await cut(replicas, "pg_cancel_backend")
    await asyncio.sleep(LONG_ENOUGH)
    assert (await stored_size(replicas), answer.done(), log.size) == (5, False, 3)
    await replicas.lose_primary()
    await log.die()
    await replicas.promote()
    promoted = OwnLog(replicas.standby.dsn, tmp_path, log.origin, promises=log.promises)
    with pytest.raises(FatalError, match=r"timeline 2, was on 1.*--accept-restore"):
        await promoted.start()
    await promoted.start(restore_accepted=True)
    assert promoted.size == 3
    await promoted.submit_entries(lost)
    await promoted.stop()
    await promoted.check()


async def test_frozen_standby_is_waited_for(replicas, log, tmp_path):
    """While the standby doesn't move, nobody is answered and no log begins; when it does, all goes on."""
    replicas.freeze_standby()
    answer = log.enqueue(sealed_entries("frozen", 1))
    second = OwnLog(replicas.primary.dsn, tmp_path, log.origin, promises=log.promises)
    beginning = asyncio.create_task(second.start())
    await asyncio.sleep(LONG_ENOUGH)
    assert (answer.done(), beginning.done(), log.size) == (False, False, 3)
    replicas.freeze_standby(signal.SIGCONT)
    log.keep(await asyncio.wait_for(answer, RESUMES_WITHIN), sealed_entries("frozen", 1))
    await asyncio.wait_for(beginning, RESUMES_WITHIN)
    await second.stop()
    await log.stop()
    await log.check()
