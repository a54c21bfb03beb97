"""The form of the route table.

One `Route` a line of the table says all that is known of an address: who may call it and on which listener, what it
takes and answers, which problems it can name. From the table come the routers of both listeners, the check of tokens,
the decoders of bodies and queries, and `/v1/openapi.json`; a test holds `docs/http.md` against it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import msgspec
from aiohttp import web

from node.errors import PROBLEMS
from node.http.callers import Caller
from node.http.parts import OwnLog, Parts

Listener = Literal["public", "internal"]
Role = Literal["issue", "decide", "publish", "operate"]
Handler = Callable[[Parts, web.Request], Awaitable[web.StreamResponse]]

JSON: Final = "application/json"
TEXT: Final = "text/plain"

CALLER: Final = web.RequestKey("caller", Caller)
"""Who calls, on a route that asks for a role."""

LOG_PREFIX: Final = "/logs/{log}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of the table."""

    method: str
    path: str
    """A path as aiohttp's router reads it, such as `/v1/entries/{leaf}`."""
    handler: Handler
    summary: str
    """One sentence without a full stop: what it gives or does."""
    notes: str = ""
    """What the manual says beyond that, in sentences."""
    listener: Listener = "public"
    role: Role | tuple[Role, ...] | None = None
    """The role a token needs, or several of which one suffices."""
    query: type[msgspec.Struct] | None = None
    """The query's parameters."""
    request: Any = None
    """The type of a JSON body, or a tuple of those it may be of."""
    takes: str = JSON
    """Media types of the body, separated by `, `."""
    headers: tuple[tuple[str, str], ...] = ()
    """(name, what it says) of request headers that mean something here."""
    response: Any = None
    """The type of a JSON answer, or a tuple of those it may be of; none for other media types."""
    gives: str = JSON
    """Media type of the answer."""
    status: int = 200
    """Status of the answer when all is well."""
    status_again: int | None = None
    """Status of the same answer where what was asked for stood already."""
    waits: Any = None
    """The type of a 202 answer where somebody else has to act before anything is entered."""
    also: tuple[tuple[int, str, str], ...] = ()
    """(status, media type, what it says) of answers in a C2SP protocol's own form, which are no problem documents."""
    problems: tuple[str, ...] = ()
    """Codes of `node.errors.PROBLEMS` that this route can answer, beyond those that every route can."""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of which a caller needs one; none means that anybody may call."""
        if self.role is None:
            return ()
        return (self.role,) if isinstance(self.role, str) else self.role

    @property
    def all_problems(self) -> tuple[str, ...]:
        """Every code that a caller may meet here."""
        codes = [*self.problems, "internal", "not-ready"]
        if self.roles:
            codes += ["unauthorized", "token-expired", "forbidden"]
        if self.method == "POST" and not self.also:
            codes += ["bad-request", "too-large", "unsupported-media-type"]
        if self.path.startswith(LOG_PREFIX):
            codes.append("not-found")
        return tuple(sorted(set(codes), key=list(PROBLEMS).index))


def for_each_log(*routes: Route) -> tuple[Route, ...]:
    """Return the routes as they stand, for the first own log, and again under `/logs/NAME` for any own log."""
    return (*routes, *(replace(route, path=LOG_PREFIX + route.path) for route in routes))


def log_of(parts: Parts, request: web.Request) -> OwnLog:
    """Return the own log that a request's path names, the first one where it names none.

    Raises:
        NotFoundError: There is no log of this name.
    """
    return parts.log(request.match_info.get("log"))
