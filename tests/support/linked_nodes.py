"""Several whole nodes that know each other, and logs that show each of them what a test says."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from node.config import load
from node.config.partner_blocks import with_partner
from node.config.partner_sections import PartnerSettings
from node.log.keys import load_key
from protocol.encoding.keys import VerifierKey
from tests.support.network import Network
from tests.support.nodes import NodeUnderTest, make_config, node_running
from tests.support.postgres import DatabaseServer
from tests.support.weather import Answerer, Asked, an_answer

SELDOM = """
[mirror]
interval_seconds = 86400
[gossip]
interval_seconds = {interval}
"""
"""Nothing comes round by itself while a test runs: rounds are begun by the test."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A log that no node of the test runs, as one node is shown it: by which name, under which key."""

    name: str
    key: VerifierKey


def serving(folder: Path) -> Answerer:
    """Return what serves a folder of a static log."""

    async def answer(asked: Asked):
        file = folder / asked.path.lstrip("/")
        return an_answer(asked, file.read_bytes()) if file.is_file() else an_answer(asked, b"", status=404)

    return answer


@asynccontextmanager
async def linked_nodes(
    network: Network,
    server: DatabaseServer,
    folder: Path,
    *,
    links: Mapping[str, Iterable[str]],
    shown: Mapping[str, Iterable[Shown]] | None = None,
    more: str = "",
    interval: int = 3600,
) -> AsyncIterator[dict[str, NodeUnderTest]]:
    """Run a node for each name of `links`, each partner of those that it is linked to.

    Args:
        network: Carries what they say.
        server: Holds their databases.
        folder: Holds their configurations and keys.
        links: By node, the nodes that it knows.
        shown: By node, the logs that it is shown besides.
        more: Further lines of every configuration.
        interval: Of gossip, in seconds.
    """
    databases = {name: await asyncio.to_thread(server.create) for name in links}
    rest = SELDOM.format(interval=interval) + more
    configs = {
        name: make_config(folder / name, server.dsn_of(databases[name]), logs=[name], more=rest) for name in links
    }
    keys = {name: load_key(config.logs[0].key).verifier for name, config in configs.items()}
    try:
        async with AsyncExitStack() as running:
            nodes = {}
            for name in links:
                partners = [Shown(other, keys[other]) for other in links[name]] + list((shown or {}).get(name, ()))
                path = folder / name / "nostra.toml"
                for partner in partners:
                    block = PartnerSettings(partner.name, partner.key.name, partner.key, network.url(partner.name))
                    path.write_text(with_partner(path.read_text(), block))
                config = load(path, {"DATABASE_URL": server.dsn_of(databases[name])})
                nodes[name] = await running.enter_async_context(node_running(network.place(name, config)))
                network.serve(name, nodes[name].public_url)
            yield nodes
    finally:
        for database in databases.values():
            await asyncio.to_thread(server.drop, database)


async def round_of_gossip(nodes: Mapping[str, NodeUnderTest]) -> None:
    """Let each node exchange with each of its partners once, one after the other."""
    for node in nodes.values():
        for loop in node.parts.gossip.exchanges.loops:
            await loop.exchange_all()
