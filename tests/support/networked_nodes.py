"""Whole nodes that mirror and release each other's logs over a network that does what the test tells it.

async with networked_nodes(network, database_server, folder, ["alfa", "beta", "gamma"]) as nodes:
    await nodes.log("alfa", "monday", 5)            # released by a quorum of partners, and promised
    network.isolate("gamma")
    await nodes.stop("gamma")
    await nodes.all_agree()                         # tests.support.check_everything of each, and one view of all
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg

from node.config import Config, load
from node.config.partner_blocks import with_partner
from node.config.partner_sections import PartnerSettings
from node.gossip.cosigning.cosigner import open_cosigner
from node.log.keys import load_key
from tests.support.check_everything import Promises, check_everything
from tests.support.clock import SkewedClock
from tests.support.consortium import Member
from tests.support.entries import bundle_of, sealed_entries
from tests.support.network import Network
from tests.support.nodes import NodeUnderTest, make_config, node_running
from tests.support.postgres import DatabaseServer

PATIENCE = 45.0
QUICK = """
[mirror]
interval_seconds = 1
[gossip]
interval_seconds = 1
[release]
wait_seconds = 2
timeout_seconds = 5
[cosigning]
ml_dsa = false
"""
POLICY = "\n[policy]\nquorum = {quorum}\n"


class NetworkedNodes:
    """The nodes by name."""

    def __init__(self, network: Network, server: DatabaseServer, folder: Path) -> None:
        self.network = network
        self._server = server
        self._folder = folder
        self.members: dict[str, Member] = {}
        self.clocks: dict[str, SkewedClock] = {}

    async def make(self, names: Sequence[str], *, quorum: int, others: Iterable[PartnerSettings] = ()) -> None:
        """Make configurations, keys and empty databases; `others` are partners of each that the test plays itself."""
        for name in names:
            config = make_config(self._folder / name, "", logs=[name], more=QUICK)
            key = load_key(config.logs[0].key).verifier
            database = await asyncio.to_thread(self._server.create)
            self.members[name] = Member(name, self._folder / name, database, Promises(key))
            self.clocks[name] = self.network.clock(name)
        blocks = {name: self._block(name) for name in names}
        for name in names:
            path = self._folder / name / "nostra.toml"
            for block in (*(blocks[other] for other in names if other != name), *others):
                path.write_text(with_partner(path.read_text(), block))
            path.write_text(path.read_text() + POLICY.format(quorum=quorum))

    def _block(self, name: str) -> PartnerSettings:
        key, config = self.members[name].promises.verifier, load(self._folder / name / "nostra.toml", {})
        mirror, witness, index = (open_cosigner(config, claim).keys for claim in ("mirror", "witness", "index"))
        url = self.network.url(name)
        return PartnerSettings(name, key.name, key, url, mirror, witness, index)

    def node(self, name: str) -> NodeUnderTest:
        """Return a node that runs."""
        node = self.members[name].node
        assert node is not None, f"{name} doesn't run"
        return node

    def origin(self, name: str) -> str:
        """Return the origin of a node's log."""
        return self.members[name].origin

    def config(self, name: str) -> Config:
        """Return a node's configuration as it stands, with its way into the network."""
        dsn = self._server.dsn_of(self.members[name].database)
        return self.network.place(name, load(self._folder / name / "nostra.toml", {"DATABASE_URL": dsn}))

    async def start(self, *names: str, **words: bool) -> None:
        """Start nodes side by side, with an operator's words."""
        await asyncio.gather(*(self._start(name, words) for name in names))

    async def _start(self, name: str, words: dict[str, bool]) -> None:
        member, running = self.members[name], AsyncExitStack()
        node = node_running(self.config(name), clock=self.clocks[name], **words)
        member.node, member.running = await running.enter_async_context(node), running
        self.network.serve(name, member.node.public_url)

    async def stop(self, name: str) -> None:
        """Stop a node in good order."""
        member = self.members[name]
        self.network.serve(name, None)
        await member.running.aclose()
        member.node, member.running = None, AsyncExitStack()

    async def submit(self, name: str, label: str, count: int, *, until: str = "durable") -> str:
        """Log sealed entries on a node once, keep what is promised, and return its state; "" if it is to come again."""
        member, entries = self.members[name], sealed_entries(label, count)
        headers = {"Content-Type": "application/octet-stream", "Request-Key": label.replace(" ", "-")}
        answer = await self.node(name).post(f"/v1/entries?until={until}", bundle_of(entries), headers=headers)
        assert answer.status in (201, 503), answer.body
        if answer.status == 503:
            return ""
        told = answer.json()
        member.promises.acknowledge(told["leaf"], entries, label.replace(" ", "-"))
        if "checkpoint" in told:
            member.promises.observe(told["checkpoint"].encode())
        return told["state"]

    async def log(self, name: str, label: str, count: int, *, until: str = "released") -> None:
        """Log sealed entries on a node, as often as it takes to have them released."""
        try:
            async with asyncio.timeout(PATIENCE):
                while await self.submit(name, label, count, until=until) != until:  # noqa: ASYNC110 - it is asked
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{name} logs nothing until '{until}': {self._standing()}") from None

    def shown(self, name: str, of: str | None = None) -> int:
        """Return the size of a log that a node answers from: its own, or what it mirrors of another's; 0 for none."""
        parts = self.node(name).parts
        reader = parts.log(None).reader if of in (None, name) else parts.mirrors.of(self.origin(of)).reader
        return 0 if reader is None or reader.state.published is None else reader.state.published.size

    async def eventually(self, condition, what: str) -> None:
        """Return once something is the case; say what is not."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():  # noqa: ASYNC110 - nodes tell no event
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{what}: {self._standing()}") from None

    def _standing(self) -> str:
        running = [name for name, member in self.members.items() if member.node is not None]
        views = {name: {of: self.shown(name, of) for of in running} for name in running}
        logs = {name: self.node(name).parts.log(None) for name in running}
        why = {
            name: log.sequencer.held or (log.releaser.failures if log.releaser else {}) for name, log in logs.items()
        }
        return f"{views} {why}"

    async def all_agree(self, *, guilty: Collection[str] = ()) -> None:
        """Check that all that is durable gets released and seen by all, as one history of each log, nobody accused.

        Against the logs of `guilty` there may be evidence.
        """
        names = list(self.members)
        sizes = {name: self.node(name).parts.log(None).reader.state.head.size for name in names}
        await self.eventually(
            lambda: all(self.shown(name, of) == sizes[of] for name in names for of in names), f"not seen by all {sizes}"
        )
        for name in names:
            self._check_views(name)
            session = await asyncpg.connect(self._server.dsn_of(self.members[name].database))
            try:
                await check_everything(session, self.members[name].promises)
                accused = {row["origin"] for row in await session.fetch("SELECT origin FROM evidence")}
                assert accused <= set(guilty), f"{name} keeps evidence against {accused}"
            finally:
                await session.close()

    def _check_views(self, of: str) -> None:
        for name in self.members:
            parts = self.node(name).parts
            reader = parts.log(None).reader if name == of else parts.mirrors.of(self.origin(of)).reader
            self.members[of].promises.observe(reader.published.note)
            assert not parts.gossip.convictions.is_convicted(self.origin(of)), f"{name} holds {of} convicted"

    async def copy_database(self, name: str) -> str:
        """Return the name of a copy of a stopped node's database."""
        return await asyncio.to_thread(self._server.create, self.members[name].database)

    async def use_database(self, name: str, database: str) -> None:
        """Give a stopped node another database in the place of its own."""
        await asyncio.to_thread(self._server.drop, self.members[name].database)
        self.members[name].database = database

    def head_files(self, name: str) -> dict[Path, bytes]:
        """Return what else of a node's disk says how large its log is."""
        return {path: path.read_bytes() for path in (self._folder / name / "keys").glob("*.head")}

    async def close(self) -> None:
        """Stop every node, and drop the databases."""
        self.network.heal()
        for member in self.members.values():
            with contextlib.suppress(Exception):
                await member.running.aclose()
            await asyncio.to_thread(self._server.drop, member.database)


@asynccontextmanager
async def networked_nodes(
    network: Network,
    server: DatabaseServer,
    folder: Path,
    names: Sequence[str],
    *,
    quorum: int = 1,
    others: Iterable[PartnerSettings] = (),
    started: bool = True,
) -> AsyncIterator[NetworkedNodes]:
    """Give nodes that are all partners of each other."""
    nodes = NetworkedNodes(network, server, folder)
    try:
        await nodes.make(names, quorum=quorum, others=others)
        if started:
            await nodes.start(*names)
        yield nodes
    finally:
        await nodes.close()
