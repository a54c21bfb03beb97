"""A node killed at random moments under load loses nothing that it acknowledged, and logs nothing twice.

The seed of each round is printed; ``--long`` has more rounds.
"""

import asyncio
import random
import signal

import asyncpg
import pytest

from tests.support.check_everything import check_everything
from tests.support.entries import sealed_entries
from tests.support.node_process import NodeProcess, NotLoggedError
from tests.support.postgres import reachable

SUBMITTERS = 8
SIZES = (1, 1, 1, 1, 3, 40, 300)
ROUNDS, LONG_ROUNDS = 10, 50


@pytest.fixture
async def node(tmp_path_factory):
    """Give a node that runs as a process of its own."""
    node = NodeProcess(reachable(tmp_path_factory.mktemp("database")), "killed.example/log")
    await node.start()
    try:
        yield node
    finally:
        await node.end()


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


async def check(node: NodeProcess) -> None:
    """Check everything that the node's database holds, and that it still shows its log."""
    await node.checkpoint()
    session = await asyncpg.connect(node.dsn)
    try:
        await check_everything(session, node.promises)
    finally:
        await session.close()


async def one_round(node: NodeProcess, seed: int, *, harm) -> None:
    """Load the node, do it harm at a random moment, and hold it to its promises."""
    print(f"seed {seed}")
    load = Load(node, seed)
    clients = [asyncio.create_task(load.submit_until_gone(client)) for client in range(SUBMITTERS)]
    while load.answers < SUBMITTERS:  # noqa: ASYNC110 - looking is simpler than an event
        await asyncio.sleep(0.01)
    await asyncio.sleep(random.Random(seed).uniform(0, 0.3))
    await harm(node, clients)
    await load.ask_again()
    await check(node)


async def kill_node(node: NodeProcess, clients: list[asyncio.Task]) -> None:
    """Kill the node; what it had answered by then is promised; start it again."""
    await node.kill()
    await asyncio.gather(*clients)
    await node.start()


async def kill_server(node: NodeProcess, clients: list[asyncio.Task]) -> None:
    """Kill PostgreSQL alone: the node starts it again, and answers those who wait."""
    node.kill_server()
    await asyncio.sleep(1.0)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)


async def kill_both(node: NodeProcess, clients: list[asyncio.Task]) -> None:
    """Kill PostgreSQL and the node at once."""
    node.kill_server()
    await kill_node(node, clients)


@pytest.mark.parametrize(
    "rounds", [pytest.param(ROUNDS, id="few"), pytest.param(LONG_ROUNDS, id="many", marks=pytest.mark.long)]
)
async def test_node_killed_under_load(node, rounds):
    """Killed again and again, the node has every acknowledged entry once, and its log is one."""
    seeds = random.SystemRandom()
    for _ in range(rounds):
        await one_round(node, seeds.randrange(1_000_000), harm=kill_node)


@pytest.mark.parametrize("rounds", [pytest.param(1, id="few"), pytest.param(5, id="many", marks=pytest.mark.long)])
async def test_database_killed_under_load(node, rounds):
    """With its PostgreSQL killed, alone or together with the node, nothing acknowledged is lost, and work goes on."""
    seeds = random.SystemRandom()
    for _ in range(rounds):
        await one_round(node, seeds.randrange(1_000_000), harm=kill_server)
        await one_round(node, seeds.randrange(1_000_000), harm=kill_both)


async def test_node_told_to_stop_under_load(node):
    """Told to stop (SIGTERM), the node finishes what it took, and whoever it had to refuse may ask again."""

    async def stop_node(node: NodeProcess, clients: list[asyncio.Task]) -> None:
        await node.kill(signal.SIGTERM)
        await asyncio.gather(*clients)
        await node.start()

    await one_round(node, 1, harm=stop_node)
