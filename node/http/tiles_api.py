"""A log as files, as C2SP tlog-tiles says: checkpoint, tiles, entry bundles; and the texts beside it.

A full tile never changes, nor does a partial one (it names its width), so both may be kept by any cache for good; the
checkpoint is asked for anew each time. What the published tree doesn't show is a 404.
"""

import gzip
from typing import Final

from aiohttp import web

from node.errors import NodeError, NotFoundError
from node.http.parts import Parts
from node.http.routes import JSON, Route, for_each_log, log_of
from node.storage.lookups import find_text
from protocol.encoding.wire import parse_b64url32
from protocol.errors import MalformedError
from protocol.log.tile import Tile

BYTES: Final = "application/octet-stream"
TEXT: Final = "text/plain"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
ALWAYS_ANEW: Final = "no-cache"
GZIP_LEVEL: Final = 1


async def checkpoint(parts: Parts, request: web.Request) -> web.Response:
    """Return the published checkpoint."""
    note = log_of(parts, request).reader.published.note
    return web.Response(body=note, content_type=TEXT, charset="utf-8", headers={"Cache-Control": ALWAYS_ANEW})


async def tile(parts: Parts, request: web.Request) -> web.Response:
    """Return a tile of hashes."""
    data = await log_of(parts, request).reader.tile(_tile(request, request.match_info["level"]))
    return web.Response(body=data, content_type=BYTES, headers={"Cache-Control": FOR_GOOD})


async def bundle(parts: Parts, request: web.Request) -> web.Response:
    """Return an entry bundle, compressed for who asks: entries in base64 shrink by a quarter."""
    data = await log_of(parts, request).reader.tile(_tile(request, "entries"))
    headers = {"Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        data = gzip.compress(data, GZIP_LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=data, content_type=BYTES, headers=headers)


async def texts(parts: Parts, request: web.Request) -> web.Response:
    """Return the texts that an entry commits to; they can be taken down, so no cache keeps them long."""
    commitment = parse_b64url32(request.match_info["commitment"])
    async with parts.database.pool.acquire() as connection:
        found = await find_text(connection, commitment)
    if found is None:
        raise NotFoundError("no texts of this commitment are here")
    document, taken_down = found
    if taken_down or document is None:
        raise NodeError("the texts have been taken down; the entry stands", code="gone")
    return web.Response(body=document, content_type=JSON, headers={"Cache-Control": "public, max-age=3600"})


def _tile(request: web.Request, level: str) -> Tile:
    try:
        return Tile.parse(f"tile/{level}/{request.match_info['index']}")
    except MalformedError as error:
        raise NotFoundError(str(error)) from None


ROUTES: Final = for_each_log(
    Route(
        method="GET", path="/checkpoint", handler=checkpoint, summary="The log's newest signed checkpoint", gives=TEXT
    ),
    Route(
        method="GET",
        path="/tile/entries/{index:.+}",
        handler=bundle,
        summary="An entry bundle, full or partial",
        gives=BYTES,
        problems=("not-found",),
    ),
    Route(
        method="GET",
        path="/tile/{level}/{index:.+}",
        handler=tile,
        summary="A tile of hashes, full or partial",
        gives=BYTES,
        problems=("not-found",),
    ),
    Route(
        method="GET",
        path="/texts/{commitment}",
        handler=texts,
        summary="The texts that an entry commits to",
        response=dict,
        problems=("not-found", "gone"),
    ),
)
