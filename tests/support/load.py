"""Clients that keep a node process busy, and remember what they never got an answer to."""

import asyncio
import contextlib
import random

from tests.support.entries import sealed_entries
from tests.support.node_process import NodeProcess, NotLoggedError

SIZES = (1, 1, 1, 1, 3, 40, 300)
"""How many entries a submission has: mostly one, now and then a bundle that fills tiles."""


class Load:
    """Clients that submit one thing after the other, and remember what they never got an answer to."""

    def __init__(self, node: NodeProcess, seed: int) -> None:
        self.node = node
        self.seed = seed
        self.pending: dict[str, list[bytes]] = {}
        self.answers = 0

    async def submit_until_gone(self, client: int) -> None:
        """Submit until there is no answer."""
        choice = random.Random(self.seed * 1000 + client)
        for number in range(100_000):
            key = f"{self.seed}/{client}/{number}"
            entries = sealed_entries(key, choice.choice(SIZES))
            self.pending[key] = entries
            try:
                await self.node.log(entries, key)
            except NotLoggedError:
                return
            del self.pending[key]
            self.answers += 1

    async def watch_until_gone(self) -> None:
        """Look at what the node shows, and keep it, until there is no answer."""
        with contextlib.suppress(NotLoggedError):
            while True:
                await self.node.checkpoint()
                await asyncio.sleep(0.01)

    async def ask_again(self) -> None:
        """Submit what had no answer, under the same request keys, until each has one."""
        for key, entries in self.pending.items():
            await insist(self.node, entries, key)


async def insist(node: NodeProcess, entries: list[bytes], key: str) -> None:
    """Log entries, however often that takes."""
    for _ in range(100):
        try:
            await node.log(entries, key)
        except NotLoggedError:
            await asyncio.sleep(0.1)
        else:
            return
    raise AssertionError(f"no answer to '{key}'")
