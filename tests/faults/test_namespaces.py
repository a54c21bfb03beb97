"""Two real nodes, each in a network namespace, that cosign each other: packets are dropped, and then they aren't."""

import asyncio

import asyncpg
import pytest

from node.config import load
from node.config.partner_blocks import with_partner
from node.config.partner_sections import PartnerSettings
from node.gossip.cosigning.cosigner import open_cosigner
from protocol.log.checkpoint import open_checkpoint
from tests.support.check_everything import check_everything
from tests.support.entries import sealed_entries
from tests.support.load import insist
from tests.support.namespaces import Namespaces, namespaces, why_not
from tests.support.node_process import NodeProcess
from tests.support.postgres import reachable

NAMES = ("alfa", "beta")
PORT = 8640
SOON, PATIENCE = 0.1, 60.0
QUICK = """
[mirror]
interval_seconds = 1
[gossip]
interval_seconds = 1
[release]
wait_seconds = 1
timeout_seconds = 2
"""
GIVES_UP = 2.5
"""Seconds after which every request that was under way has failed."""


@pytest.fixture
def spaces():
    """Give a namespace for each node."""
    if reason := why_not():
        pytest.skip(reason)
    with namespaces(*NAMES) as spaces:
        yield spaces


@pytest.fixture
async def nodes(spaces, tmp_path_factory):
    """Give two nodes that run, each partner of the other."""
    folder = reachable(tmp_path_factory.mktemp("database"))
    nodes = {
        name: NodeProcess(folder / name, f"{name}.example/log", within=spaces.within(name), host=spaces.address(name),
                          port=PORT)
        for name in NAMES
    }  # fmt: skip
    for name, other in (NAMES, NAMES[::-1]):
        path = nodes[name].folder / "nostra.toml"
        path.write_text(with_partner(path.read_text(), partner(nodes[other], other, spaces)) + QUICK)
    try:
        await asyncio.gather(*(node.start() for node in nodes.values()))
        yield nodes
    finally:
        for node in nodes.values():
            await node.kill_all()


def partner(node: NodeProcess, name: str, spaces: Namespaces) -> PartnerSettings:
    """Return a node as the other knows it."""
    config, key = load(node.folder / "nostra.toml", {}), node.promises.verifier
    mirror, witness = (open_cosigner(config, claim).keys for claim in ("mirror", "witness"))
    url = f"http://{spaces.address(name)}:{PORT}"
    return PartnerSettings(name, key.name, key, url, mirror_keys=mirror, witness_keys=witness)


async def released_size(node: NodeProcess) -> int:
    """Return the size of the checkpoint that a node shows."""
    return open_checkpoint(await node.checkpoint(), [node.promises.verifier])[0].size


async def grows_to(node: NodeProcess, size: int) -> None:
    """Wait until a node shows so many entries."""
    async with asyncio.timeout(PATIENCE):
        while await released_size(node) < size:  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(SOON)


async def log(node: NodeProcess, label: str, count: int) -> None:
    """Log entries, however often that takes."""
    await insist(node, sealed_entries(label, count), label)


async def check_both(nodes: dict[str, NodeProcess]) -> None:
    """Check everything that both hold."""
    for node in nodes.values():
        session = await asyncpg.connect(node.dsn)
        try:
            await check_everything(session, node.promises)
        finally:
            await session.close()


async def test_a_cut_and_lost_packets(nodes, spaces):
    """Cut off, a node keeps what it acknowledges and releases nothing of it; with a fifth lost, all gets through."""
    alfa, beta = nodes.values()
    await log(alfa, "before", 3)
    await grows_to(alfa, 3)
    spaces.drop([["alfa"], ["beta"]])
    await log(alfa, "cut", 2)
    await asyncio.sleep(GIVES_UP)
    assert await released_size(alfa) == 3
    spaces.heal()
    spaces.drop([["alfa"], ["beta"]], percent=20)
    await grows_to(alfa, 5)
    await asyncio.gather(log(alfa, "lossy", 300), log(beta, "lossy-too", 40))
    await asyncio.gather(grows_to(alfa, 305), grows_to(beta, 40))
    await check_both(nodes)
