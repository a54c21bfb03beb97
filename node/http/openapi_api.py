"""`GET /v1/openapi.json`: what this listener serves, for programs that read it."""

from collections.abc import Sequence

import msgspec
from aiohttp import web

from node.http.openapi import describe
from node.http.parts import Parts
from node.http.routes import JSON, Route


def openapi_route(routes: Sequence[Route]) -> Route:
    """Return the route that describes a table, itself included; the document is made once."""
    made: list[bytes] = []

    async def openapi(parts: Parts, request: web.Request) -> web.Response:
        if not made:
            made.append(msgspec.json.encode(describe([*routes, route])))
        return web.Response(body=made[0], content_type=JSON, headers={"Cache-Control": "public, max-age=3600"})

    route = Route(
        method="GET",
        path="/v1/openapi.json",
        handler=openapi,
        summary="What this listener serves, as OpenAPI 3.1",
        response=dict,
    )
    return route
