"""Partners' logs as our mirror serves them, and what their nodes push to it (C2SP tlog-mirror).

What is read is answered as any log is; what is pushed is answered in the specification's own words
(`node.gossip.mirror.upload`). Monitoring prefix of a log: ``/mirror/<hex SHA-256 of its origin>``; submission prefix:
``/mirror``.
"""

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from node.client.cosigning import TICKET_CHECKPOINT, TICKET_HEADER
from node.errors import NodeError, NotFoundError
from node.gossip.cosigning.plain_answer import PlainAnswer, line
from node.gossip.mirror.upload import MAX_REQUEST_BYTES
from node.http.bodies import read_bounded
from node.http.parts import Parts
from node.http.routes import TEXT, Route
from node.http.tiles_api import BYTES, Served, routes_of_files
from protocol.gossip.mirror_info import MIRROR_INFO_TYPE
from protocol.gossip.witness import SIZE_TYPE

PREFIX: Final = "/mirror/{origin_hash:[0-9a-f]{64}}"

BROKEN_OFF: Final = (web.RequestPayloadError, ClientError, HttpProcessingError, ConnectionError)
"""What reading a body raises where it ends too early, or isn't compressed as it says."""


def served_mirror(parts: Parts, request: web.Request) -> Served:
    """Return the partner's log that a request's path names by the hash of its origin.

    Raises:
        NotFoundError: None is followed, or nothing of it is cosigned yet.
    """
    mirror = parts.mirrors.hashed(request.match_info["origin_hash"])
    if mirror is None or mirror.reader is None or (note := mirror.holding.shown) is None:
        raise NotFoundError("no log is mirrored here under this hash of its origin")
    return Served(mirror.reader, mirror.holding.claim.row.size, note, mirror.reader.state.head.log_id)


async def add_checkpoint(parts: Parts, request: web.Request) -> web.Response:
    """Make a checkpoint the pending one of its log's mirror."""
    try:
        body = await read_bounded(request, MAX_REQUEST_BYTES)
    except NodeError as error:
        return _answer(line(error.status, str(error)))
    response = _answer(await parts.uploads.add_checkpoint(body))
    response.headers[TICKET_HEADER] = TICKET_CHECKPOINT
    return response


async def add_entries(parts: Parts, request: web.Request) -> web.Response:
    """Take in the entries of a pending checkpoint as they come."""
    response = _answer(await parts.uploads.add_entries(_pieces(request)))
    response.headers["Accept-Encoding"] = "gzip"
    if not request.content.is_eof():
        response.force_close()
    return response


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    """Yield a body as it comes, unpacked in pieces of bounded size; one that breaks off ends."""
    try:
        while piece := await request.content.readany():
            yield piece
    except BROKEN_OFF:
        return


def _answer(answer: PlainAnswer) -> web.Response:
    return web.Response(
        body=answer.body,
        status=answer.status,
        content_type=answer.media_type,
        charset="utf-8" if answer.media_type == TEXT else None,
        headers={"Cache-Control": "no-store"},
    )


_ALIKE: Final = (
    (403, TEXT, "the log's key has not signed this, or the log is known to have signed two histories"),
    (404, TEXT, "the log isn't mirrored here"),
)
_NOT_NOW: Final = (503, TEXT, "not now: the database is away, or the mirror was restored and has to catch up")

ROUTES: Final = (
    *routes_of_files(served_mirror, PREFIX, whose="A mirrored log"),
    Route(
        method="POST",
        path="/mirror/add-checkpoint",
        handler=add_checkpoint,
        summary="Make a checkpoint of a partner's log the pending one of this node's mirror",
        notes="As C2SP tlog-mirror (July 2026). 200 has no body: the mirror cosigns once it holds the entries. "
        "`Nostra-Ticket: add-checkpoint` in its head says, beyond the specification, that the same bytes may come as "
        "the ticket of add-entries instead: then a batch costs one request.",
        takes=TEXT,
        gives=TEXT,
        also=(
            (400, TEXT, "the request or its note is malformed, or the old size is beyond the checkpoint's"),
            *_ALIKE,
            (409, SIZE_TYPE, "the old size isn't that of the pending checkpoint: here is that one"),
            (413, TEXT, f"the body has more than {MAX_REQUEST_BYTES} bytes"),
            (422, TEXT, "the proof does not lead from the pending checkpoint to this one"),
            _NOT_NOW,
        ),
    ),
    Route(
        method="POST",
        path="/mirror/add-entries",
        handler=add_entries,
        summary="Bring entries of a pending checkpoint to this node's mirror, which cosigns with the last of them",
        notes="As C2SP tlog-mirror (July 2026). The body is a stream of any length, and may come with "
        "`Content-Encoding: gzip`; each package of entries is verified by its own consistency proof before it is kept. "
        "200 has one signature line for each key of the mirror; it leaves once entries and checkpoint are durable.",
        takes=BYTES,
        gives=TEXT,
        also=(
            (202, MIRROR_INFO_TYPE, "some entries were taken in, more are missing: here is from where to go on"),
            (400, TEXT, "nothing could be read"),
            *_ALIKE,
            (409, MIRROR_INFO_TYPE, "the upload's start or end doesn't fit: here is what does"),
            (422, TEXT, "no checkpoint is pending, or the proof of a package does not hold"),
            _NOT_NOW,
        ),
    ),
)
