"""A node killed at random moments under load loses nothing that it acknowledged, and logs nothing twice.

The seed of each round is printed; ``--long`` has more rounds.
"""

import asyncio
import random
import signal

import asyncpg
import pytest

from tests.support.check_everything import check_everything
from tests.support.load import Load
from tests.support.node_process import NodeProcess
from tests.support.postgres import reachable

SUBMITTERS = 8
ROUNDS, LONG_ROUNDS = 5, 50


@pytest.fixture
async def node(tmp_path_factory):
    """Give a node that runs as a process of its own."""
    node = NodeProcess(reachable(tmp_path_factory.mktemp("database")), "killed.example/log")
    await node.start()
    try:
        yield node
    finally:
        await node.end()


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
