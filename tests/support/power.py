"""A node on a disk of its own that loses its power while clients are at work, and what it is held to afterwards."""

import asyncio
import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.support.check_everything import check_everything
from tests.support.load import Load
from tests.support.loop_disk import LoopDisk, a_disk
from tests.support.node_process import ANSWERS_WITHIN, NodeProcess

SUBMITTERS = 8

LOSS_WITHIN = (0.05, 0.5, 1.5)
"""Seconds after the first answers in which the power is lost: the head file is written once a second."""

LIVES_ON = 0.1
"""Seconds that a node may live on with a disk that is gone: it must acknowledge nothing then."""

STARTS_IN = 0.8
"""Seconds of a start in which the power may be lost again."""

ROUNDS_PER_DISK = 10
"""Rounds after which a node begins with an empty log: checking all of a log takes the longer, the longer it is."""


@dataclass
class Tally:
    """What came of all rounds."""

    rounds: int = 0
    losses: int = 0
    acknowledged: int = 0
    checkpoints: int = 0

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds, {self.losses} power losses, {self.acknowledged} entries acknowledged and found, "
            f"{self.checkpoints} checkpoints extended"
        )


class PoweredNode:
    """A node process whose data, keys and head file lie on a disk that can lose its power."""

    def __init__(self, disk: LoopDisk, *, program: str = "node") -> None:
        self.disk = disk
        self.node = NodeProcess(disk.folder / "node", "power.example/log", program=program)

    async def lose_power(self) -> None:
        """Lose the power, and come back with what is on the disk; the node isn't running then."""
        self.disk.lose_power()
        await self.node.kill_all()
        self.disk.remount()

    async def one_round(self, seed: int, tally: Tally) -> None:
        """Load the node, lose the power at a random moment, start again, and hold the node to what it has promised."""
        choice, load = random.Random(seed), Load(self.node, seed)
        before = len(self.node.promises.entries)
        async with asyncio.TaskGroup() as clients:
            for client in range(SUBMITTERS):
                clients.create_task(load.submit_until_gone(client))
            clients.create_task(load.watch_until_gone())
            async with asyncio.timeout(ANSWERS_WITHIN):
                while load.answers < SUBMITTERS:  # noqa: ASYNC110 - looking is simpler than an event
                    await asyncio.sleep(0.01)
            await asyncio.sleep(choice.uniform(0, choice.choice(LOSS_WITHIN)))
            self.disk.lose_power()
            await asyncio.sleep(choice.choice([0, LIVES_ON]))
            await self.node.kill_all()
        self.disk.remount()
        tally.losses += 1
        while choice.random() < 0.25:
            await self.node.launch()
            await asyncio.sleep(choice.uniform(0, STARTS_IN))
            await self.lose_power()
            tally.losses += 1
        tally.acknowledged += len(self.node.promises.entries) - before
        await self.node.start()
        await self.check()
        await load.ask_again()
        tally.rounds += 1

    async def check(self) -> None:
        """Check everything that the database holds, and what the node shows of it."""
        await self.node.checkpoint()
        session = await asyncpg.connect(self.node.dsn)
        try:
            await check_everything(session, self.node.promises)
        finally:
            await session.close()


@contextlib.contextmanager
def a_powered_node(folder: Path, kind: str, *, program: str = "node") -> Iterator[PoweredNode]:
    """Give a node, not started yet, on an empty disk."""
    with a_disk(folder, kind) as disk:
        yield PoweredNode(disk, program=program)


async def lose_power_again_and_again(folder: Path, kind: str, rounds: int, seeds: random.Random) -> Tally:
    """Go through so many rounds, on as many disks as that takes."""
    tally = Tally()
    while tally.rounds < rounds:
        with a_powered_node(folder, kind) as powered:
            await powered.node.start()
            try:
                for _ in range(min(ROUNDS_PER_DISK, rounds - tally.rounds)):
                    seed = seeds.randrange(1_000_000)
                    print(f"{kind} seed {seed}")
                    await powered.one_round(seed, tally)
                await powered.node.end()
                tally.checkpoints += len(powered.node.promises.checkpoints)
            finally:
                await powered.node.kill_all()
    return tally
