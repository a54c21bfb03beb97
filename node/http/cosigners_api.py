"""The keys of this node's cosigners, told by its logs: `nostra partner add` reads them under the log's own key."""

from typing import Final

from aiohttp import web

from node.http.parts import Parts
from node.http.routes import TEXT, Route, for_each_log, log_of


async def cosigners(parts: Parts, request: web.Request) -> web.Response:
    """Return the note that tells of the cosigners, signed by the log that the path names."""
    note = parts.cosigners[log_of(parts, request).name]
    return web.Response(body=note, content_type=TEXT, charset="utf-8", headers={"Cache-Control": "no-cache"})


ROUTES: Final = for_each_log(
    Route(
        method="GET",
        path="/v1/cosigners",
        handler=cosigners,
        summary="The verifier keys of the node's witness, mirror and index cosigner, in a note that the log signs",
        notes="[Cosigners](formats/cosigners.md) has its form.",
        gives=TEXT,
    ),
)
