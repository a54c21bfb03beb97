"""How the node is: live, ready, fresh, each with its reasons; and its metrics, inside only.

`live`: the program answers. `ready`: it can serve, reads and writes. `fresh`: every own and followed checkpoint is
within its limit. Not ready or not fresh is a 503, a problem document whose detail gives the reasons.
"""

from typing import Final

import msgspec
from aiohttp import web

from node.errors import PushBackError
from node.http.answers import json_answer
from node.http.parts import Parts
from node.http.routes import Route
from node.telemetry import METRICS_CONTENT_TYPE, render_metrics

RETRY_SECONDS: Final = 5


class HealthShown(msgspec.Struct, frozen=True):
    """That it holds."""

    ok: bool = True


async def live(parts: Parts, request: web.Request) -> web.Response:
    """Say that the program answers."""
    return _shown([], "")


async def ready(parts: Parts, request: web.Request) -> web.Response:
    """Say whether the node can serve."""
    return _shown(parts.health.not_ready(), "not-ready")


async def fresh(parts: Parts, request: web.Request) -> web.Response:
    """Say whether every checkpoint is within its limit."""
    return _shown(parts.health.not_fresh(), "not-fresh")


async def metrics(parts: Parts, request: web.Request) -> web.Response:
    """Return the metrics."""
    return web.Response(body=render_metrics(), headers={"Content-Type": METRICS_CONTENT_TYPE})


def _shown(reasons: list[str], code: str) -> web.Response:
    if reasons:
        raise PushBackError("; ".join(reasons), RETRY_SECONDS, code=code)
    return json_answer(HealthShown(), headers={"Cache-Control": "no-store"})


ROUTES: Final = (
    Route(method="GET", path="/health/live", handler=live, summary="The program answers", response=HealthShown),
    Route(
        method="GET",
        path="/health/ready",
        handler=ready,
        summary="The node can serve",
        response=HealthShown,
        problems=("not-ready",),
    ),
    Route(
        method="GET",
        path="/health/fresh",
        handler=fresh,
        summary="Every checkpoint is within its limit",
        response=HealthShown,
        problems=("not-fresh",),
    ),
    Route(
        method="GET",
        path="/metrics",
        handler=metrics,
        listener="internal",
        summary="The node's metrics for Prometheus",
        gives="text/plain",
    ),
)
