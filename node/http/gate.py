"""What every request passes: the token's role, the handler, the table of problems, metrics and the access log.

No middleware: a route's handler is bound to all of this once, when the listener is made. What no route answers comes
to `unknown`, which tells a wrong method from a wrong path. The access log names the route's pattern, never the path's
values, and the caller's network, never the address; it is written at level *debug*.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from node.http.addresses import client_address, shortened
from node.http.parts import Parts
from node.http.problems import problem_answer
from node.http.routes import CALLER, Route
from node.telemetry import REQUEST_SECONDS, REQUESTS, event

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

SERVER: Final = "nostra"
"""No versions of what the node is built with."""

UNROUTED: Final = "(none)"

_log = logging.getLogger("nostra")


def bind(route: Route, parts: Parts) -> Answer:
    """Return what answers a route's requests."""
    roles, handler, callers = route.roles, route.handler, parts.callers
    account = _Account(route.path, parts)
    monotonic = parts.clock.monotonic

    async def answer(request: web.Request) -> web.StreamResponse:
        began = monotonic()
        try:
            if roles:
                authorization = request.headers.get("Authorization")
                caller = callers.remembered(authorization) or await callers.find(authorization)
                caller.require(*roles)
                request[CALLER] = caller
            response = await handler(parts, request)
        except Exception as error:  # the table tells each; an unexpected one goes to the log
            response = problem_answer(error, route.path)
        response.headers["Server"] = SERVER
        account.enter(request, response.status, monotonic() - began)
        return response

    return answer


def unknown(app: web.Application, parts: Parts) -> Answer:
    """Return what answers a request that no route takes."""
    account = _Account(UNROUTED, parts)

    async def answer(request: web.Request) -> web.StreamResponse:
        allowed: set[str] = set()
        for resource in app.router.resources():
            if not resource.canonical.startswith("/{path"):
                allowed |= (await resource.resolve(request))[1]
        error = web.HTTPMethodNotAllowed(request.method, allowed) if allowed else web.HTTPNotFound()
        response = problem_answer(error, UNROUTED)
        response.headers["Server"] = SERVER
        account.enter(request, response.status, 0.0)
        return response

    return answer


class _Account:
    """Counts and notes the requests of one route."""

    def __init__(self, pattern: str, parts: Parts) -> None:
        self._pattern = pattern
        self._proxies = parts.config.http.trusted_proxies
        self._observe = REQUEST_SECONDS.labels(pattern).observe
        self._counts: dict[tuple[str, int], Callable[[], None]] = {}

    def enter(self, request: web.Request, status: int, seconds: float) -> None:
        """Count a request, and note it if the access log is on."""
        key = (request.method, status)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = REQUESTS.labels(self._pattern, *_shown(key)).inc
        count()
        self._observe(seconds)
        if _log.isEnabledFor(logging.DEBUG):
            self._note(request, status, seconds)

    def _note(self, request: web.Request, status: int, seconds: float) -> None:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        address = client_address(peer[0] if peer else None, request.headers.get("X-Forwarded-For"), self._proxies)
        event(
            "request_answered",
            level=logging.DEBUG,
            route=self._pattern,
            method=request.method,
            status=status,
            milliseconds=round(seconds * 1000, 3),
            network=shortened(address),
        )


METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _shown(key: tuple[str, int]) -> tuple[str, str]:
    """Return label values; a method that nobody defined doesn't become a label of its own."""
    method, status = key
    return (method if method in METHODS else "other", str(status))
