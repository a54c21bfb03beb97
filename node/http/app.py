"""The two listeners' applications, made from the route table."""

from typing import Final

from aiohttp import web

from node.http import entries_api, health_api, log_api, tiles_api
from node.http.gate import bind, unknown
from node.http.parts import Parts
from node.http.routes import Listener, Route

ROUTES: Final[tuple[Route, ...]] = (
    *tiles_api.ROUTES,
    *log_api.ROUTES,
    *entries_api.ROUTES,
    *health_api.ROUTES,
)
"""The route table."""

LISTENERS: Final[tuple[Listener, ...]] = ("public", "internal")


def make_app(parts: Parts, listener: Listener, routes: tuple[Route, ...] = ROUTES) -> web.Application:
    """Return a listener's application. Inside, all that the public sees is served too."""
    app = web.Application(client_max_size=parts.config.http.max_body_bytes)
    for route in routes:
        if listener in ("internal", route.listener):
            answer = bind(route, parts)
            app.router.add_route(route.method, route.path, answer)
            if route.method == "GET":
                app.router.add_route("HEAD", route.path, answer)
    app.router.add_route("*", "/{path:.*}", unknown(app, parts))
    return app
