"""The power fails at a node while it witnesses and mirrors others' logs: no line is out that it doesn't stand by.

After each loss its witness has cosigned one history and knows how far, and its mirror serves every entry that it has
cosigned. The disks, and the option `--power-losses`, are those of `tests.faults.test_power_loss`: a quarter as many
rounds.
"""

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.faults.test_killed_mirror import MirrorProcess, keep_pushing
from tests.faults.test_killed_witness import WitnessProcess, keep_asking
from tests.faults.test_power_loss import CARELESS
from tests.support.loop_disk import KINDS, a_disk, why_not
from tests.support.postgres import reachable

pytestmark = pytest.mark.long

ROUNDS_PER_DISK = 3
LOSS_WITHIN = 0.5
"""Seconds of load after which the power is lost."""

ROLES: dict[str, tuple[type, Callable]] = {
    "witness": (WitnessProcess, keep_asking),
    "mirror": (MirrorProcess, keep_pushing),
}
"""What a node does for others: the node with the logs that ask it, and how one of them goes on asking."""


@pytest.fixture(params=KINDS)
def disk(request, tmp_path_factory):
    """Give a disk of each kind that can be had here."""
    if reason := why_not(request.param):
        pytest.skip(reason)
    with a_disk(reachable(tmp_path_factory.mktemp("database")), request.param) as disk:
        yield disk


async def one_round(process, disk, ask: Callable, chance: random.Random) -> None:
    """Load the node, lose the power, start it again, and hold it to every line that it has given."""
    asking = [asyncio.create_task(ask(process, log, random.Random(chance.random()))) for log in process.logs]
    await asyncio.sleep(chance.uniform(0.1, LOSS_WITHIN))
    disk.lose_power()
    await process.node.kill_all()
    await asyncio.gather(*asking)
    disk.remount()
    await process.start()
    for log in process.logs:
        await process.check(log)


@pytest.mark.parametrize("role", ROLES)
async def test_power_lost_while_partners_ask(role, disk, power_losses):
    """Started again, the node stands by every line that left it, and goes on with each log."""
    make, ask = ROLES[role]
    rounds = max(1, power_losses // (4 * len(KINDS) * len(ROLES)))
    for first in range(0, rounds, ROUNDS_PER_DISK):
        process = make(disk.folder / f"node-{first}")
        disk.sync()  # the partners' blocks, which the test itself has written
        try:
            await process.start()
            for _ in range(min(ROUNDS_PER_DISK, rounds - first)):
                seed = random.SystemRandom().randrange(1_000_000)
                print(f"seed {seed}")
                await one_round(process, disk, ask, random.Random(seed))
            assert max(process.cosigned.values()) > 0
        finally:
            await process.end()


@pytest.mark.parametrize("role", ROLES)
async def test_without_flushes_lines_are_forgotten(role, disk):
    """The control: the same node, whose PostgreSQL has fsync=off, doesn't know of lines that it has given."""
    make, ask = ROLES[role]
    process = make(disk.folder / "node")
    process.node._program = CARELESS
    await process.start()
    disk.sync()
    try:
        with pytest.raises(AssertionError, match=r"a line is out|forgotten|ended at its start"):
            await one_round(process, disk, ask, random.Random(1))
    finally:
        await process.end()
        await process.node.kill_all()
