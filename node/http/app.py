"""The two listeners' applications, made from the route table."""

from typing import Final

from aiohttp import web

from node.http import (
    awards_api,
    cosigners_api,
    decisions_api,
    did_api,
    entries_api,
    erasures_api,
    gossip_api,
    health_api,
    index_api,
    log_api,
    log_keys_api,
    mirror_api,
    partners_api,
    presentations_api,
    publications_api,
    queries_api,
    receipts_api,
    second_person_api,
    statuses_api,
    texts_api,
    tiles_api,
    times_api,
    verdicts_api,
    witness_api,
)
from node.http.answers import MAX_DEPTH
from node.http.gate import bind, unknown
from node.http.openapi_api import openapi_route
from node.http.parts import Parts
from node.http.routes import Listener, Route

ROUTES: Final[tuple[Route, ...]] = (
    *tiles_api.ROUTES,
    *log_api.ROUTES,
    *times_api.ROUTES,
    *log_keys_api.ROUTES,
    *entries_api.ROUTES,
    *awards_api.ROUTES,
    *statuses_api.ROUTES,
    *receipts_api.ROUTES,
    *publications_api.ROUTES,
    *second_person_api.ROUTES,
    *decisions_api.ROUTES,
    *erasures_api.ROUTES,
    *texts_api.ROUTES,
    *queries_api.ROUTES,
    *verdicts_api.ROUTES,
    *presentations_api.ROUTES,
    *cosigners_api.ROUTES,
    *witness_api.ROUTES,
    *gossip_api.ROUTES,
    *partners_api.ROUTES,
    *mirror_api.ROUTES,
    *index_api.ROUTES,
    *health_api.ROUTES,
    *did_api.ROUTES,
)
"""The route table."""

LISTENERS: Final[tuple[Listener, ...]] = ("public", "internal")


def routes_of(listener: Listener) -> tuple[Route, ...]:
    """Return what a listener serves: inside, all that the public sees is served too."""
    routes = [route for route in ROUTES if listener in ("internal", route.listener)]
    return (*routes, openapi_route(routes))


def make_app(parts: Parts, listener: Listener) -> web.Application:
    """Return a listener's application."""
    app = web.Application(client_max_size=parts.config.http.max_body_bytes)
    app[MAX_DEPTH] = parts.config.http.max_json_depth
    for route in routes_of(listener):
        answer = bind(route, parts)
        app.router.add_route(route.method, route.path, answer)
        if route.method == "GET":
            app.router.add_route("HEAD", route.path, answer)
    app.router.add_route("*", "/{path:.*}", unknown(app, parts))
    return app
