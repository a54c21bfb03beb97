"""`nostra doctor --ask PARTNER`: let a partner look at this node from outside, and tell what it found.

What comes back are a partner's words: they are shown, cut to a line each, and nothing is done with them.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from node.cli.look import Look, State
from node.config import Config
from node.errors import BadAnswerError, NodeError, NotFoundError

MOST_LOOKS: Final = 32
LONGEST_LOOK: Final = 60.0
"""Seconds: the partner asks us several things before it answers."""


class LookTold(msgspec.Struct, frozen=True):
    """One thing that the partner looked at."""

    what: str
    state: State
    found: str


class LooksTold(msgspec.Struct, frozen=True):
    """What the partner sees."""

    origin: str
    looks: Annotated[list[LookTold], Meta(max_length=MOST_LOOKS)]


async def ask_partner(config: Config, name: str) -> list[Look]:
    """Return what a partner sees of the node that holds our first log.

    Raises:
        NotFoundError: No partner is called so, or there is no log of ours to look at.
    """
    partner = next((one for one in config.partners if one.name == name), None)
    if partner is None:
        raise NotFoundError(f"[[partner]] {name}: there is none")
    if not config.logs:
        raise NotFoundError("this node has no log of its own that a partner could look at")
    try:
        told = await _ask(config, partner.node_url, config.logs[0].origin)
    except NodeError as error:
        return [Look(f"{name} looks at us", "not checked", str(error))]
    return list(_looks(name, told))


async def _ask(config: Config, url: str, origin: str) -> LooksTold:
    from node.client import Bounds, HttpClient, NodeClient

    patient = Bounds(total_seconds=LONGEST_LOOK, stall_seconds=LONGEST_LOOK, grace_seconds=LONGEST_LOOK)
    body = json.dumps({"origin": origin, "v": 1}).encode()
    async with HttpClient(bounds=patient, proxy=config.http.outbound_proxy) as http:
        answer = await NodeClient(http, url).post("/gossip/look", body)
    try:
        return msgspec.convert(answer, LooksTold)
    except msgspec.ValidationError as error:
        raise BadAnswerError(f"{url}: {error}") from None


def _looks(name: str, told: LooksTold) -> Iterator[Look]:
    from node.client.problems import line

    for look in told.looks:
        yield Look(f"{name} sees {line(look.what)}", look.state, line(look.found))
