"""Texts beside a log are taken down by its institution; mirrors ask which those are.

A partner's text goes from our mirror of its log when the log says so, or by our own word alone.
"""

from typing import Final

import msgspec
from aiohttp import web

from node.errors import NotFoundError
from node.http.answers import json_answer, read_json
from node.http.parts import Parts
from node.http.routes import Route, for_each_log, log_of
from node.storage.heads import find_head
from node.storage.lookups import find_text
from node.storage.texts import take_down, taken_down
from protocol.encoding.wire import b64url, parse_b64url32

SOON: Final = {"Cache-Control": "public, max-age=60"}


class TakeDownRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose texts go: their commitment, and the origin of a partner's log where it is our mirror's copy that goes."""

    commitment: str
    mirror: str = ""


class TakeDownShown(msgspec.Struct, frozen=True):
    """What was taken down; `new` is false where it had been before."""

    origin: str
    commitment: str
    new: bool


class TakenDownShown(msgspec.Struct, frozen=True):
    """The commitments of texts that the log has taken down."""

    commitments: list[str]


async def take_text_down(parts: Parts, request: web.Request) -> web.Response:
    """Take texts down."""
    log = log_of(parts, request)
    asked = await read_json(request, TakeDownRequest)
    commitment = parse_b64url32(asked.commitment)
    origin = asked.mirror or log.origin
    async with parts.database.writing() as connection:
        head = await find_head(connection, origin)
        if head is None or (bool(asked.mirror) and head.own):
            raise NotFoundError(f"no log of the origin {origin} is mirrored here")
        known = await find_text(connection, commitment, head.log_id)
        if known is None:
            raise NotFoundError(f"no texts of this commitment are here beside {origin}")
        new = await take_down(connection, head.log_id, [commitment])
    return json_answer(TakeDownShown(origin, asked.commitment, bool(new)))


async def list_taken_down(parts: Parts, request: web.Request) -> web.Response:
    """List what was taken down."""
    log_id = log_of(parts, request).reader.state.head.log_id
    async with parts.database.pool.acquire() as connection:
        found = await taken_down(connection, log_id)
    return json_answer(TakenDownShown([b64url(one) for one in found]), headers=SOON)


ROUTES: Final = for_each_log(
    Route(
        method="POST",
        path="/v1/texts/take-down",
        handler=take_text_down,
        summary="Take the texts beside an entry down",
        notes="`/texts/COMMITMENT` answers 410 from then on, on partners' mirrors with their next round. The entry "
        "stands. Nothing brings the texts back.",
        listener="internal",
        role="publish",
        request=TakeDownRequest,
        response=TakeDownShown,
        problems=("not-found",),
    ),
    Route(
        method="GET",
        path="/v1/texts/taken-down",
        handler=list_taken_down,
        summary="Which texts the log has taken down",
        response=TakenDownShown,
        problems=("not-found",),
    ),
)
