"""A request between two nodes, and what can become of it on its way."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from multidict import CIMultiDict
from yarl import URL

from node.client import Answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on its way."""

    source: str
    target: str
    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    most: int = 1 << 30

    @property
    def path(self) -> str:
        """Return the address without its host."""
        return URL(self.url).path_qs


Answerer = Callable[[Asked], Awaitable[Answer]]
"""What a test serves in the place of a node."""


def an_answer(asked: Asked, body: bytes, *, status: int = 200, media_type: str = "text/plain") -> Answer:
    """Return what a function answers."""
    return Answer(asked.url, status, CIMultiDict({"Content-Type": media_type}), body)


@dataclass(slots=True)
class Weather:
    """What becomes of requests from one node to another; by nature they arrive, once, and are answered."""

    refused: bool = False
    """Nobody is there: told at once."""
    silent: bool = False
    """Nothing arrives, and nobody says so."""
    lost: float = 0
    """Share of requests that don't arrive."""
    unanswered: float = 0
    """Share that arrive and do their work, and whose answer is lost."""
    twice: float = 0
    """Share that arrive twice, one after the other; the caller gets one of the answers."""
    seconds: tuple[float, float] = (0, 0)
    """Least and greatest delay of a request, and again of its answer."""
    tamper: Callable[[Asked, Answer], Answer] | None = None
    """What is done to answers on their way."""
    gate: asyncio.Event | None = None
    """While it is there and unset, requests wait."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and what its caller got: an answer, or the error that it failed with."""

    asked: Asked
    answer: Answer | None
    failure: str = ""
    arrived: int = 0
    """How often it arrived."""
