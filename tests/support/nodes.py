"""A whole node inside the test: its own database, free ports, both listeners, every part real.

async def test_something(running_node):
    answer = await running_node.post("/v1/entries", a_sealed_entry("first"))
    assert answer.status == 201
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from node.clock import Clock
from node.config import Config, load
from node.http.parts import Parts
from node.log.keys import create_key
from node.runtime.database import open_database
from node.runtime.serve import Running, run_node
from node.storage.tokens import ROLES, add_token, new_token
from protocol.encoding.keys import VerifierKey

STARTS_WITHIN = 30.0
STOPS_WITHIN = 30.0

CONFIGURATION = """\
[node]
data = "data"
keys = "keys"

[http]
public = "127.0.0.1:0"
internal = "127.0.0.1:0"
{http}
[publication]
second_person = {second_person}
{rest}
"""

LOG = """\
[[log]]
name = "{name}"
origin = "{name}.example.org/nostra"
institution = "Example University {name}"
country = "FI"
identifiers = [{{ scheme = "schac", value = "{name}.example.org" }}]
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code."""
        return self.json()["type"].removeprefix("urn:nostra:problem:")


@dataclass(slots=True)
class NodeUnderTest:
    """A running node, and a client that may do everything on it."""

    running: Running
    token: str
    session: aiohttp.ClientSession
    stop: asyncio.Event
    ended: asyncio.Event

    @property
    def parts(self) -> Parts:
        """The node's parts."""
        return self.running.parts

    @property
    def config(self) -> Config:
        """The node's configuration."""
        return self.parts.config

    @property
    def public_url(self) -> str:
        """Where the public listener is."""
        return f"http://{self.running.addresses['public']}"

    @property
    def internal_url(self) -> str:
        """Where the internal listener is."""
        return f"http://{self.running.addresses['internal']}"

    @property
    def verifier_key(self) -> VerifierKey:
        """The first log's key."""
        return self.parts.log(None).verifier

    async def get(self, path: str, *, internal: bool = False, headers: Mapping[str, str] | None = None) -> Answer:
        """Get a path, of the public listener unless said otherwise; nothing is decompressed."""
        return await self.ask("GET", path, internal=internal, headers=headers)

    async def post(
        self,
        path: str,
        body: bytes | dict | list = b"",
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Post to the internal listener with a token for every role, or with another token, or with none ("")."""
        chosen = self.token if token is None else token
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        if chosen:
            sent["Authorization"] = f"Bearer {chosen}"
        return await self.ask("POST", path, data, internal=True, headers=sent)

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        internal: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send any request."""
        url = (self.internal_url if internal else self.public_url) + path
        data = None if body is None else io.BytesIO(body)  # aiohttp warns of large bytes
        async with self.session.request(method, url, data=data, headers=headers, auto_decompress=False) as answer:
            return Answer(answer.status, answer.headers.copy(), await answer.read())

    async def make_token(self, name: str, *roles: str, expires_at: int | None = None) -> str:
        """Make a further token."""
        token = new_token()
        async with self.parts.database.writing() as connection:
            made = await add_token(
                connection, token, name=name, roles=roles, now=self.parts.clock.now(), expires_at=expires_at
            )
        assert made, f"there is a token '{name}' already"
        return token


def make_config(
    folder: Path,
    dsn: str,
    *,
    logs: Sequence[str] = ("uni", "college"),
    http: str = "",
    more: str = "",
    second_person: str = "false",
) -> Config:
    """Write a configuration, make its keys, and return it; `http` and `more` are further lines of TOML.

    What is published waits for a second person only where that is asked for.

    An empty DSN means an embedded server in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nostra.toml"
    rest = "\n".join([*(LOG.format(name=name) for name in logs), more])
    path.write_text(CONFIGURATION.format(http=http, rest=rest, second_person=second_person))
    config = load(path, {"DATABASE_URL": dsn} if dsn else {})
    for log in config.logs:
        if not log.key.exists():
            create_key(log.key, log.origin)
    return config


@asynccontextmanager
async def node_running(
    config: Config, *, clock: Clock | None = None, restore_accepted: bool = False
) -> AsyncIterator[NodeUnderTest]:
    """Run a node until the block ends; what made it fail is raised here."""
    token = new_token()
    clock = clock or Clock()
    async with open_database(config) as opened, opened.database.writing() as connection:
        await add_token(connection, token, name=f"test {token[4:12]}", roles=ROLES, now=clock.now(), expires_at=None)
    stop, ended = asyncio.Event(), asyncio.Event()
    started: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    run = run_node(config, stop=stop, started=started.set_result, clock=clock, restore_accepted=restore_accepted)
    task = asyncio.create_task(run)
    task.add_done_callback(lambda _: ended.set())
    try:
        await asyncio.wait({task, started}, timeout=STARTS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        assert started.done(), f"the node did not start within {STARTS_WITHIN} s"
        async with aiohttp.ClientSession(skip_auto_headers=["Accept-Encoding"]) as session:
            yield NodeUnderTest(started.result(), token, session, stop, ended)
    finally:
        stop.set()
        async with asyncio.timeout(STOPS_WITHIN):
            await task


class ServedNode:
    """A node that runs in a thread of its own, for tests of commands, which run event loops themselves."""

    def __init__(self, node: NodeUnderTest, loop: asyncio.AbstractEventLoop) -> None:
        self._node = node
        self._loop = loop
        self.token, self.public_url, self.internal_url = node.token, node.public_url, node.internal_url

    def verifier_key(self, log: str) -> str:
        """Return the text of an own log's key."""
        return self._node.parts.logs[log].verifier.render()

    def get(self, path: str) -> Any:
        """Return the JSON at a path of the public listener."""
        return asyncio.run_coroutine_threadsafe(self._node.get(path), self._loop).result(STARTS_WITHIN).json()

    def post(self, path: str, body: bytes, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Post to the internal listener with a token for every role."""
        sent = self._node.post(path, body, headers=headers)
        return asyncio.run_coroutine_threadsafe(sent, self._loop).result(STARTS_WITHIN)

    def make_token(self, name: str, *roles: str) -> str:
        """Make a further token."""
        return asyncio.run_coroutine_threadsafe(self._node.make_token(name, *roles), self._loop).result(STARTS_WITHIN)


@contextmanager
def node_served(config: Config, *, restore_accepted: bool = False) -> Iterator[ServedNode]:
    """Run a node in a thread until the block ends; what made it fail is raised here."""
    started: Future[ServedNode] = Future()
    stop = asyncio.Event()

    async def serve() -> None:
        async with node_running(config, restore_accepted=restore_accepted) as node:
            started.set_result(ServedNode(node, asyncio.get_running_loop()))
            await stop.wait()

    with ThreadPoolExecutor(1) as threads, asyncio.Runner() as runner:
        loop = runner.get_loop()
        running = threads.submit(runner.run, serve())
        try:
            wait([running, started], STARTS_WITHIN, return_when=FIRST_COMPLETED)
            if running.done():
                running.result()
            yield started.result(0)
        finally:
            loop.call_soon_threadsafe(stop.set)
            running.result(STOPS_WITHIN)
