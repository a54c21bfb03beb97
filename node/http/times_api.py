"""Reading a log by questions: when an entry was logged, as a bracket that anybody can verify (`time-bracket.md`)."""

from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from node.errors import NotFoundError
from node.http.answers import read_query
from node.http.mirror_api import PREFIX
from node.http.parts import Parts
from node.http.routes import JSON, Route, for_each_log, log_of
from node.recognition.known_logs import known
from node.recognition.logs.brackets import time_bracket
from protocol.documents.time_bracket import TimeBracket


class TimeQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which leaf."""

    leaf: Annotated[int, Meta(ge=0, le=2**63 - 1)]


class TimeShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A time bracket: two checkpoints around the leaf, the earlier if one is known, and their proofs in base64."""

    inclusion: str
    later: str
    consistency: str = ""
    earlier: str = ""


async def time(parts: Parts, request: web.Request) -> web.Response:
    """Return an entry's time bracket, in its canonical form."""
    own = log_of(parts, request)
    leaf = read_query(request, TimeQuery).leaf
    policy = None if own.releaser is None else own.releaser.policy.policy
    bracket = None if policy is None else await time_bracket(parts.database, known(own), leaf, policy)
    return _answer(bracket, leaf)


async def mirrored_time(parts: Parts, request: web.Request) -> web.Response:
    """Return the time bracket of an entry of a partner's log, by the first quorum cosignatures that were kept here."""
    mirror = parts.mirrors.hashed(request.match_info["origin_hash"])
    origin = "" if mirror is None else mirror.origin
    log = next((one for one in parts.known_logs() if one.origin == origin and not one.own), None)
    if log is None or not log.readable:
        raise NotFoundError("no log is mirrored here under this hash of its origin")
    leaf = read_query(request, TimeQuery).leaf
    return _answer(await parts.verdicts.source.dates.bracket(log, leaf), leaf)


def _answer(bracket: TimeBracket | None, leaf: int) -> web.Response:
    if bracket is None:
        raise NotFoundError(f"no checkpoint with leaf {leaf} is known here that a quorum has cosigned")
    return web.Response(body=bracket.render(), content_type=JSON)


_OWN: Final = for_each_log(
    Route(
        method="GET",
        path="/v1/proofs/time",
        handler=time,
        summary="Between which moments an entry was logged, with proof",
        query=TimeQuery,
        response=TimeShown,
        problems=("not-found", "bad-request"),
    ),
)

ROUTES: Final = (
    *_OWN,
    Route(
        method="GET",
        path=f"{PREFIX}/v1/proofs/time",
        handler=mirrored_time,
        summary="Between which moments an entry of a mirrored log was logged, with proof",
        notes="As `/v1/proofs/time`, by the checkpoints that this node saw its partner's log show.",
        query=TimeQuery,
        response=TimeShown,
        problems=("not-found", "bad-request"),
    ),
)
