"""A log as files, as C2SP tlog-tiles says: checkpoint, tiles, entry bundles; and the texts beside it.

A full tile never changes, nor does a partial one (it names its width), so both may be kept by any cache for good; the
checkpoint is asked for anew each time. What the published tree doesn't show is a 404.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from node.errors import NodeError, NotFoundError
from node.http.parts import Parts
from node.http.routes import JSON, TEXT, Handler, Route, for_each_log, log_of
from node.log.prove import LogReader
from node.storage.lookups import find_text
from protocol.encoding.wire import parse_b64url32
from protocol.errors import MalformedError
from protocol.log.tile import Tile

BYTES: Final = "application/octet-stream"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
ALWAYS_ANEW: Final = "no-cache"
GZIP_LEVEL: Final = 1


@dataclass(frozen=True, slots=True)
class Served:
    """A log as it is served."""

    reader: LogReader
    size: int
    """Of the tree that is shown."""
    note: bytes
    """Its checkpoint."""
    texts_of: int | None = None
    """The only log whose texts are shown; None for those of any."""


Find = Callable[[Parts, web.Request], Served]
"""Returns the log that a request's path names; raises NotFoundError."""


def served_log(parts: Parts, request: web.Request) -> Served:
    """Return the own log that a request's path names.

    Raises:
        NotFoundError: There is none, or it has published nothing yet.
    """
    reader = log_of(parts, request).reader
    return Served(reader, reader.published.size, reader.published.note)


def _checkpoint(find: Find) -> Handler:
    async def checkpoint(parts: Parts, request: web.Request) -> web.Response:
        note = find(parts, request).note
        return web.Response(body=note, content_type=TEXT, charset="utf-8", headers={"Cache-Control": ALWAYS_ANEW})

    return checkpoint


def _tile(find: Find) -> Handler:
    async def tile(parts: Parts, request: web.Request) -> web.Response:
        log = find(parts, request)
        data = await log.reader.tile(_named(request, request.match_info["level"]), log.size)
        return web.Response(body=data, content_type=BYTES, headers={"Cache-Control": FOR_GOOD})

    return tile


def _bundle(find: Find) -> Handler:
    async def bundle(parts: Parts, request: web.Request) -> web.Response:
        """Compress for who asks: entries in base64 shrink by a quarter."""
        log = find(parts, request)
        data = await log.reader.tile(_named(request, "entries"), log.size)
        headers = {"Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            data = gzip.compress(data, GZIP_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=data, content_type=BYTES, headers=headers)

    return bundle


def _texts(find: Find) -> Handler:
    async def texts(parts: Parts, request: web.Request) -> web.Response:
        """Return texts; they can be taken down, so no cache keeps them long."""
        commitment = parse_b64url32(request.match_info["commitment"])
        log_id = find(parts, request).texts_of
        async with parts.database.pool.acquire() as connection:
            found = await find_text(connection, commitment, log_id)
        if found is None:
            raise NotFoundError("no texts of this commitment are here")
        document, taken_down = found
        if taken_down or document is None:
            raise NodeError("the texts have been taken down; the entry stands", code="gone")
        return web.Response(body=document, content_type=JSON, headers={"Cache-Control": "public, max-age=3600"})

    return texts


def _named(request: web.Request, level: str) -> Tile:
    try:
        return Tile.parse(f"tile/{level}/{request.match_info['index']}")
    except MalformedError as error:
        raise NotFoundError(str(error)) from None


def routes_of_files(find: Find, prefix: str = "", *, whose: str = "The log") -> tuple[Route, ...]:
    """Return the routes under which a log is served as files."""
    return (
        Route(
            method="GET",
            path=f"{prefix}/checkpoint",
            handler=_checkpoint(find),
            summary=f"{whose}'s newest signed checkpoint",
            gives=TEXT,
            problems=("not-found",),
        ),
        Route(
            method="GET",
            path=f"{prefix}/tile/entries/{{index:.+}}",
            handler=_bundle(find),
            summary="An entry bundle, full or partial",
            gives=BYTES,
            problems=("not-found",),
        ),
        Route(
            method="GET",
            path=f"{prefix}/tile/{{level}}/{{index:.+}}",
            handler=_tile(find),
            summary="A tile of hashes, full or partial",
            gives=BYTES,
            problems=("not-found",),
        ),
        Route(
            method="GET",
            path=f"{prefix}/texts/{{commitment}}",
            handler=_texts(find),
            summary="The texts that an entry commits to",
            response=dict,
            problems=("not-found", "gone"),
        ),
    )


ROUTES: Final = for_each_log(*routes_of_files(served_log))
