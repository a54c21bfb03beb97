"""The witness over HTTP (C2SP tlog-witness v1.0.0): submission and monitoring prefix are both `/witness`.

Status codes and bodies are the specification's, so what isn't 200 or 409 is a line of plain text and no problem
document. Nobody needs a token: whoever asks shows a checkpoint that its log has signed.
"""

from typing import Final

from aiohttp import web

from node.errors import NodeError, NotFoundError
from node.gossip.cosigning.witness import MAX_REQUEST_BYTES
from node.http.bodies import read_bounded
from node.http.parts import Parts
from node.http.routes import TEXT, Route
from protocol.gossip.witness import SIZE_TYPE

BRIEFLY: Final = "public, max-age=5"
_HEADERS: Final = {TEXT: {"Content-Type": f"{TEXT}; charset=utf-8"}, SIZE_TYPE: {"Content-Type": SIZE_TYPE}}


async def add_checkpoint(parts: Parts, request: web.Request) -> web.Response:
    """Cosign a checkpoint, or say why not."""
    try:
        body = await read_bounded(request, MAX_REQUEST_BYTES)
    except NodeError as error:
        return web.Response(text=f"{error}\n", status=error.status)
    answer = await parts.witness.add_checkpoint(body)
    return web.Response(body=answer.body, status=answer.status, headers=_HEADERS[answer.media_type])


async def checkpoint(parts: Parts, request: web.Request) -> web.Response:
    """Return what was cosigned last of a log."""
    note = await parts.witness.latest(request.match_info["origin_hash"])
    if note is None:
        raise NotFoundError("this witness has cosigned no checkpoint of that log")
    return web.Response(body=note, content_type=TEXT, charset="utf-8", headers={"Cache-Control": BRIEFLY})


ROUTES: Final = (
    Route(
        method="POST",
        path="/witness/add-checkpoint",
        handler=add_checkpoint,
        summary="Have a partner's checkpoint cosigned by this node's witness",
        notes="As C2SP tlog-witness v1.0.0. Known are the logs of the configuration's partners. 200 has one signature "
        "line for each key of the witness; it leaves once the new state is durable.",
        takes=TEXT,
        gives=TEXT,
        also=(
            (400, TEXT, "the request or its note is malformed, or the old size is beyond the checkpoint's"),
            (403, TEXT, "the log has not signed the note, or is known to have signed two histories"),
            (404, TEXT, "the log isn't known here"),
            (409, SIZE_TYPE, "the old size isn't that of the checkpoint cosigned last: here is that one"),
            (413, TEXT, f"the body has more than {MAX_REQUEST_BYTES} bytes"),
            (422, TEXT, "the proof does not lead from the checkpoint cosigned last to this one"),
            (503, TEXT, "not now: the database is away, too many wait, or the witness was restored"),
        ),
    ),
    Route(
        method="GET",
        path="/witness/{origin_hash:[0-9a-f]{64}}/checkpoint",
        handler=checkpoint,
        summary="The checkpoint of a partner's log that this node's witness cosigned last",
        notes="`origin_hash` is SHA-256 of the log's origin, in lower-case hexadecimal. The note has the log's line "
        "and the witness's.",
        gives=TEXT,
        problems=("not-found",),
    ),
)
