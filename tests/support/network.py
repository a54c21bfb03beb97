"""A network between nodes in one process, which does what a test tells it to and writes down what went over it.

    async with Network(seed=7) as network:
        async with node_running(network.place("uni", config), clock=network.clock("uni", skew=90)) as uni:
            network.serve("uni", uni.public_url)
            network.partition(["uni"], ["college"])

A node's way into the network is its `[http] outbound_proxy`, which `place` sets to a name that stands for the node:
whatever client of `node.client.HttpClient` it opens there, its requests are taken here. Where they go is told by the
host of the address: `http://uni.test` is whatever was last served under `uni`, a node's listener on loopback or a
function of the test's, and nobody while nothing is. So partners can be configured before anybody listens.

What becomes of a request is the `Weather` on its way from one to the other, a way at a time. Chance is drawn from the
seed, the way, the method, the path and how often that was asked before: tasks that overtake each other change nothing.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from types import TracebackType
from typing import Self
from unittest.mock import patch

from yarl import URL

from node.client import Answer, Bounds, HttpClient
from node.clock import Clock
from node.config import Config
from node.errors import BadAnswerError, NodeError, UnreachableError
from tests.support.clock import SkewedClock
from tests.support.weather import Answerer, Asked, Exchange, Weather

SUFFIX = ".test"
PROXY_SUFFIX = ".proxy.invalid"


class Network:
    """All ways between all nodes; see the module."""

    def __init__(self, *, seed: int = 0, patience: float = 0.1, clock: Clock | None = None) -> None:
        """Begin in good weather.

        Args:
            seed: What chance is drawn from.
            patience: Seconds after which a caller who hears nothing gives up, if its own bounds don't come first.
            clock: What all nodes' clocks go with.
        """
        self.seed = seed
        self.patience = patience
        self.exchanges: list[Exchange] = []
        """Everything that was asked, in the order in which it ended."""
        self._clock = clock or Clock()
        self._places: dict[str, str | Answerer] = {}
        self._weather: dict[tuple[str, str], Weather] = {}
        self._asked: Counter[str] = Counter()
        self._wires: dict[Bounds, HttpClient] = {}
        self._names: set[str] = set()
        self._isolated: dict[str, bool] = {}
        """Nodes that are cut off, and whether silently."""

    async def __aenter__(self) -> Self:
        """Take requests."""
        network, request = self, HttpClient.request

        async def taken(
            client: HttpClient,
            method: str,
            url: str,
            *,
            most: int,
            body: bytes | None = None,
            headers: Mapping[str, str] | None = None,
        ) -> Answer:
            source = URL(client._proxy or "").host or ""
            if not source.endswith(PROXY_SUFFIX):
                return await request(client, method, url, most=most, body=body, headers=headers)
            target = (URL(url).host or "").removesuffix(SUFFIX)
            name = source.removesuffix(PROXY_SUFFIX)
            return await network.carry(client, Asked(name, target, method, url, body, dict(headers or {}), most))

        self._patch = patch.object(HttpClient, "request", taken)
        self._patch.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the clients be as they were."""
        self._patch.stop()
        for wire in self._wires.values():
            await wire.close()

    def url(self, name: str) -> str:
        """Return the address under which others reach a node."""
        return f"http://{name}{SUFFIX}"

    def place(self, name: str, config: Config) -> Config:
        """Return a node's configuration with its way into the network."""
        self._names.add(name)
        return replace(config, http=replace(config.http, outbound_proxy=f"http://{name}{PROXY_SUFFIX}"))

    def client(self, name: str, *, clock: Clock | None = None) -> HttpClient:
        """Return a client of a node's, for tests of a part of one."""
        self._names.add(name)
        return HttpClient(proxy=f"http://{name}{PROXY_SUFFIX}", clock=clock or self._clock)

    def clock(self, name: str, *, skew: int = 0) -> SkewedClock:
        """Return a node's clock, so many seconds ahead of the network's; `skew` may be changed while it runs."""
        self._names.add(name)
        return SkewedClock(self._clock, skew)

    def serve(self, name: str, at: str | Answerer | None) -> None:
        """Let a name be answered by whoever listens at an address, by a function, or (None) by nobody."""
        self._names.add(name)
        self._places.pop(name, None)
        if at is not None:
            self._places[name] = at

    def weather(self, source: str, target: str) -> Weather:
        """Return what becomes of requests from one to the other, to be changed; the way back is another."""
        return self._weather.setdefault((source, target), Weather())

    def everywhere(self, **changed: object) -> None:
        """Change the weather on all ways between all nodes that are known now."""
        for source in self._names:
            for target in self._names - {source}:
                for name, value in changed.items():
                    setattr(self.weather(source, target), name, value)

    def partition(self, *groups: Iterable[str], silent: bool = False) -> None:
        """Cut every way between nodes of different groups; who is in no group keeps all its ways."""
        sides = [set(group) for group in groups]
        for side in sides:
            for other in sides:
                for source in side if side is not other else ():
                    for target in other:
                        weather = self.weather(source, target)
                        weather.silent, weather.refused = silent, not silent

    def isolate(self, name: str, *, silent: bool = False) -> None:
        """Cut all ways to and from one node, those to nodes that come later too."""
        self._isolated[name] = silent

    def heal(self) -> None:
        """Let the weather be good everywhere; what waits at a gate goes on."""
        self._isolated.clear()
        for weather in self._weather.values():
            if weather.gate is not None:
                weather.gate.set()
            for part in fields(Weather):
                setattr(weather, part.name, part.default)

    def hold(self, source: str, target: str) -> asyncio.Event:
        """Let requests on a way wait until the event that is returned is set."""
        gate = self.weather(source, target).gate = asyncio.Event()
        return gate

    async def again(self, exchange: Exchange) -> Answer:
        """Let a request that went over the network arrive once more, however late; nobody waits for this answer."""
        return await self._arrive(HttpClient(clock=self._clock), exchange.asked)

    async def carry(self, client: HttpClient, asked: Asked) -> Answer:
        """Let a request go through the weather of its way, and write down what became of it."""
        arrivals: list[Answer] = []
        try:
            answer = await self._through(client, asked, arrivals)
        except NodeError as error:
            self.exchanges.append(Exchange(asked, None, str(error), len(arrivals)))
            raise
        self.exchanges.append(Exchange(asked, answer, "", len(arrivals)))
        return answer

    async def _through(self, client: HttpClient, asked: Asked, arrivals: list[Answer]) -> Answer:
        weather, chance = self.weather(asked.source, asked.target), self._chance(asked)
        while weather.gate is not None and not weather.gate.is_set():
            await weather.gate.wait()
        await asyncio.sleep(chance.uniform(*weather.seconds))
        refused, silent = self._cut(asked)
        if refused:
            raise UnreachableError(f"{asked.url}: no connection (the network is cut)")
        lost, unanswered, twice = (chance.random() for _ in range(3))
        if silent or lost < weather.lost:
            await self._give_up(client, asked)
        arrivals.append(await self._arrive(client, asked))
        if twice < weather.twice:
            arrivals.append(await self._arrive(client, asked))
        if any(self._cut(asked)) or unanswered < weather.unanswered:  # it may have been cut meanwhile
            await self._give_up(client, asked)
        await asyncio.sleep(chance.uniform(*weather.seconds))
        answer = chance.choice(arrivals)
        answer = weather.tamper(asked, answer) if weather.tamper else answer
        if len(answer.body) > asked.most:
            raise BadAnswerError(
                f"{asked.url}: answers with {len(answer.body):,} bytes; at most {asked.most:,} are read"
            )
        return answer

    def _cut(self, asked: Asked) -> tuple[bool, bool]:
        """Return whether a request's way is cut, so that the caller is told at once, or silently."""
        weather, ends = self.weather(asked.source, asked.target), (asked.source, asked.target)
        isolated = [self._isolated[name] for name in ends if name in self._isolated]
        return weather.refused or not all(isolated), weather.silent or any(isolated)

    def _chance(self, asked: Asked) -> random.Random:
        way = f"{self.seed} {asked.source} {asked.target} {asked.method} {asked.path}"
        self._asked[way] += 1
        return random.Random(f"{way} {self._asked[way]}")

    async def _give_up(self, client: HttpClient, asked: Asked) -> None:
        await asyncio.sleep(min(self.patience, client.bounds.total_seconds))
        raise UnreachableError(f"{asked.url}: no answer in time")

    async def _arrive(self, client: HttpClient, asked: Asked) -> Answer:
        place = self._places.get(asked.target)
        if place is None:
            raise UnreachableError(f"{asked.url}: no connection (nobody listens)")
        if not isinstance(place, str):
            return await place(asked)
        wire = self._wires.get(client.bounds) or self._wire(client)
        answer = await wire.request(
            asked.method, place + asked.path, most=asked.most, body=asked.body, headers=asked.headers
        )
        return replace(answer, url=asked.url)

    def _wire(self, client: HttpClient) -> HttpClient:
        """Return what really sends, within the bounds of the client that asks."""
        wire = self._wires[client.bounds] = HttpClient(bounds=client.bounds, clock=self._clock)
        wire.open()
        return wire
