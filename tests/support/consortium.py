"""Three whole nodes that mirror and release each other's logs, stopped, robbed of their databases and restored at will.

async with a_consortium(database_server, folder) as three:
    await three.start("alfa")
    await three.log("alfa", "monday", 5)          # released by both partners, and promised
    await three.stop("alfa")
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from node.config import load
from node.config.partner_blocks import with_partner
from node.config.partner_sections import PartnerSettings
from node.gossip.cosigning.cosigner import open_cosigner
from node.log.keys import load_key
from protocol.gossip.witness import origin_hash
from tests.conftest import ROOT
from tests.support.check_everything import Promises
from tests.support.entries import bundle_of, sealed_entries
from tests.support.nodes import NodeUnderTest, make_config, node_running
from tests.support.postgres import DatabaseServer
from tests.support.stored_log import StoredLog, read_stored_log

NAMES = ("alfa", "beta", "gamma")
COMMAND_SECONDS = 60.0
PATIENCE = 30.0
QUICK = """
[mirror]
interval_seconds = 1
[gossip]
interval_seconds = 1
"""


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> dict:
        """The JSON that it printed."""
        return json.loads(self.out)


@dataclass
class Member:
    """One node: its folder, its database, and what its log has promised."""

    name: str
    folder: Path
    database: str
    promises: Promises
    node: NodeUnderTest | None = None
    running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def origin(self) -> str:
        """Its log."""
        return self.promises.origin


class Consortium:
    """The nodes by name."""

    def __init__(self, server: DatabaseServer, folder: Path) -> None:
        self._server = server
        self.folder = folder
        self.members: dict[str, Member] = {}

    def dsn(self, name: str) -> str:
        """Return the address of a node's database."""
        return self._server.dsn_of(self.members[name].database)

    async def make(self) -> None:
        """Make configurations, keys and empty databases."""
        ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
        for name in NAMES:
            http = f'public_url = "http://127.0.0.1:{ports[name]}"'
            config = make_config(self.folder / name, "", logs=[name], http=http, more=QUICK)
            path = self.folder / name / "nostra.toml"
            path.write_text(path.read_text().replace('"127.0.0.1:0"', f'"127.0.0.1:{ports[name]}"', 1))
            database = await asyncio.to_thread(self._server.create)
            key = load_key(config.logs[0].key).verifier
            self.members[name] = Member(name, self.folder / name, database, Promises(key))
        keys = {name: self._cosigner_keys(name) for name in NAMES}
        for name in NAMES:
            for other in NAMES:
                if other != name:
                    self._introduce(name, other, ports[other], *keys[other])

    def _cosigner_keys(self, name: str):
        config = load(self.folder / name / "nostra.toml", {})
        return [open_cosigner(config, claim).keys for claim in ("mirror", "witness", "index")]

    def _introduce(self, name: str, other: str, port: int, *keys) -> None:
        path, member = self.folder / name / "nostra.toml", self.members[other]
        key, url = member.promises.verifier, f"http://127.0.0.1:{port}"
        block = PartnerSettings(other, member.origin, key, url, *keys)
        path.write_text(with_partner(path.read_text(), block))

    async def start(self, name: str, **words: bool) -> NodeUnderTest:
        """Start a node, with an operator's words."""
        member = self.members[name]
        config = load(member.folder / "nostra.toml", {"DATABASE_URL": self.dsn(name)})
        running = AsyncExitStack()
        member.node = await running.enter_async_context(node_running(config, **words))
        member.running = running
        return member.node

    async def stop(self, name: str) -> None:
        """Stop a node in good order."""
        member = self.members[name]
        await member.running.aclose()
        member.node, member.running = None, AsyncExitStack()

    async def log(self, name: str, label: str, count: int, *, until: str = "released") -> dict:
        """Log sealed entries on a node, wait until they are released, and keep the promise."""
        member, entries = self.members[name], sealed_entries(label, count)
        assert member.node is not None
        headers = {"Content-Type": "application/octet-stream", "Request-Key": label}
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await member.node.post(f"/v1/entries?until={until}", bundle_of(entries), headers=headers)
                assert answer.status in (201, 503), answer.body
                if answer.status == 201 and answer.json()["state"] == until:
                    break
                await asyncio.sleep(0.1)
        told = answer.json()
        member.promises.acknowledge(told["leaf"], entries, label)
        if "checkpoint" in told:
            member.promises.observe(told["checkpoint"].encode())
        return told

    async def held(self, name: str) -> str:
        """Return why a node's log signs nothing, once it is held for something else than that partners are asked."""
        node = self.members[name].node
        assert node is not None
        async with asyncio.timeout(PATIENCE):
            while (why := node.parts.log(None).sequencer.held).startswith("it waits for partners"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return why

    async def run(self, name: str, *arguments: object) -> Ran:
        """Run a command on a node's database."""
        environment = {**os.environ, "DATABASE_URL": self.dsn(name)}
        config = ("--config", str(self.members[name].folder / "nostra.toml"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "node", *map(str, arguments), *config),
            cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(COMMAND_SECONDS):
            out, err = await process.communicate()
        return Ran(process.returncode or 0, out.decode(), err.decode())

    async def copy_database(self, name: str) -> str:
        """Return the name of a copy of a stopped node's database."""
        return await asyncio.to_thread(self._server.create, self.members[name].database)

    async def use_database(self, name: str, database: str | None = None) -> None:
        """Give a stopped node another database in the place of its own, by default an empty one."""
        before = self.members[name].database
        self.members[name].database = database or await asyncio.to_thread(self._server.create)
        await asyncio.to_thread(self._server.drop, before)

    def lose_folder(self, name: str) -> None:
        """Let a stopped node's machine be gone: configuration, keys, head files."""
        shutil.rmtree(self.members[name].folder)
        self.members[name].folder.mkdir()

    async def stored(self, name: str, of: str | None = None) -> StoredLog:
        """Return what a node's database holds of its own log, or of another's."""
        session = await asyncpg.connect(self.dsn(name))
        try:
            return await read_stored_log(session, self.members[of or name].origin)
        finally:
            await session.close()

    async def sql(self, name: str, statement: str) -> list[asyncpg.Record]:
        """Run a statement on a node's database."""
        session = await asyncpg.connect(self.dsn(name))
        try:
            return await session.fetch(statement)
        finally:
            await session.close()

    async def mirrored(self, name: str, at: str) -> bytes:
        """Return the checkpoint of a node's log that another's mirror serves."""
        node = self.members[at].node
        assert node is not None
        return (await node.get(f"/mirror/{origin_hash(self.members[name].origin)}/checkpoint")).body

    async def close(self) -> None:
        """Stop every node, and drop the databases."""
        for member in self.members.values():
            with contextlib.suppress(Exception):
                await member.running.aclose()
            await asyncio.to_thread(self._server.drop, member.database)


def free_ports(count: int) -> list[int]:
    """Return ports on loopback that nothing listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@asynccontextmanager
async def a_consortium(server: DatabaseServer, folder: Path, *, started: bool = True) -> AsyncIterator[Consortium]:
    """Give three nodes that are partners of each other."""
    three = Consortium(server, folder)
    try:
        await three.make()
        if started:
            for name in NAMES:
                await three.start(name)
        yield three
    finally:
        await three.close()
