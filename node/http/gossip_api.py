"""Gossip: what nodes tell each other of every log, evidence, and what a node asks partners about itself.

Anybody may tell: what counts is who signed it. Nothing that is told is believed before it is verified, and no answer
waits for what comes of it.
"""

from typing import Final

import msgspec
from aiohttp import web

from node.clock import instant
from node.gossip.partners.told import MOST_LISTED
from node.http.answers import check_media_type, json_answer
from node.http.bodies import read_bounded
from node.http.parts import Parts
from node.http.routes import JSON, TEXT, Route
from protocol.documents.evidence import MAX_EVIDENCE_BYTES
from protocol.encoding import jcs
from protocol.gossip.exchange import MAX_EXCHANGE_BYTES, Exchange
from protocol.gossip.seen import MAX_REQUEST_BYTES

NO_STORE: Final = {"Cache-Control": "no-store"}
FOR_GOOD: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
MOST_LOOK_BYTES: Final = 1 << 12
CREATED: Final = 201
OK: Final = 200


class EvidenceTold(msgspec.Struct, frozen=True):
    """Evidence that this node has, by its id."""

    id: str
    origin: str
    """The log that it convicts."""


class EvidenceEntry(EvidenceTold, frozen=True):
    """Evidence on the list."""

    at: str
    """When it became known here."""


class EvidenceList(msgspec.Struct, frozen=True):
    """All evidence that this node has, of each log the one that convicted it first."""

    evidence: list[EvidenceEntry]


class LookWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants to be looked at."""

    origin: str
    v: int = 1


class LookTold(msgspec.Struct, frozen=True):
    """One thing that was looked at: well, doubtful, wrong, or not checked."""

    what: str
    state: str
    found: str


class LooksTold(msgspec.Struct, frozen=True):
    """What a partner sees of a node from outside."""

    origin: str
    at: str
    looks: list[LookTold]
    v: int = 1


async def exchange(parts: Parts, request: web.Request) -> web.Response:
    """Take notes and return ours."""
    told = Exchange.parse(await _read(request, JSON, MAX_EXCHANGE_BYTES))
    return web.Response(body=parts.gossip.exchanges.answer(told).render(), content_type=JSON, headers=NO_STORE)


async def list_evidence(parts: Parts, request: web.Request) -> web.Response:
    """List the evidence that is here, what convicted each log first."""
    convictions = parts.gossip.convictions
    rows = sorted(convictions.listed(), key=lambda row: convictions.evidence_of(row.origin) != row.evidence_id)
    listed = [EvidenceEntry(row.evidence_id, row.origin, instant(row.stored_at)) for row in rows[:MOST_LISTED]]
    return json_answer(EvidenceList(listed), headers=NO_STORE)


async def read_evidence(parts: Parts, request: web.Request) -> web.Response:
    """Return a document, as a file to keep."""
    identity = request.match_info["id"]
    document = await parts.gossip.convictions.document(identity)
    name = f'attachment; filename="{identity[:16]}.nostra-evidence.json"'
    return web.Response(body=document, content_type=JSON, headers=FOR_GOOD | {"Content-Disposition": name})


async def take_evidence(parts: Parts, request: web.Request) -> web.Response:
    """Verify evidence, and stop cosigning its log."""
    taken = await parts.gossip.convictions.take(await _read(request, JSON, MAX_EVIDENCE_BYTES))
    return json_answer(EvidenceTold(taken.evidence_id, taken.origin), CREATED if taken.is_new else OK, headers=NO_STORE)


async def seen(parts: Parts, request: web.Request) -> web.Response:
    """Tell a log what was last seen of it."""
    answer = await parts.gossip.seen.answer(await _read(request, TEXT, MAX_REQUEST_BYTES))
    return web.Response(body=answer, content_type=JSON, headers=NO_STORE)


async def look(parts: Parts, request: web.Request) -> web.Response:
    """Look at a partner's node from outside."""
    wanted = msgspec.convert(jcs.decode(await _read(request, JSON, MOST_LOOK_BYTES)), LookWanted)
    looked = await parts.gossip.looker.look(wanted.origin)
    looks = [LookTold(one.what, one.state, one.found) for one in looked.looks]
    return json_answer(LooksTold(looked.origin, instant(looked.at), looks), headers=NO_STORE)


async def _read(request: web.Request, media_type: str, most: int) -> bytes:
    """Return a body of this type, no larger and not slower than allowed."""
    check_media_type(request, media_type)
    return await read_bounded(request, most)


ROUTES: Final = (
    Route(
        method="POST",
        path="/gossip/exchange",
        handler=exchange,
        summary="Tell the newest notes that one has seen of every log, and hear this node's",
        notes="Both ways as in [exchange](formats/exchange.md); the answer has what isn't among what was told. Notes "
        "of logs that aren't known here are ignored.",
        request=dict,
        response=dict,
    ),
    Route(
        method="GET",
        path="/gossip/evidence",
        handler=list_evidence,
        summary="The evidence of split views and wrong indexes that this node has",
        response=EvidenceList,
    ),
    Route(
        method="GET",
        path="/gossip/evidence/{id}",
        handler=read_evidence,
        summary="One evidence document, for `nostra verify`",
        response=dict,
        problems=("not-found",),
    ),
    Route(
        method="POST",
        path="/gossip/evidence",
        handler=take_evidence,
        summary="Bring evidence of a split view, or of a wrong index",
        notes="As in [evidence](formats/evidence.md). It is verified under the key by which the log is known here.",
        request=dict,
        response=EvidenceTold,
        status=CREATED,
        status_again=OK,
        problems=("not-found", "inadmissible"),
    ),
    Route(
        method="POST",
        path="/gossip/seen",
        handler=seen,
        summary="What this node last saw of a log, for the log itself",
        notes="Request and answer as in [seen](formats/seen.md); the log's key signs the request.",
        takes=TEXT,
        response=dict,
        problems=("not-found", "forbidden"),
    ),
    Route(
        method="POST",
        path="/gossip/look",
        handler=look,
        summary="Look from outside at the node of a partner's log",
        notes="Only at the address that is configured here, and at most twice a minute: else the last look is shown.",
        request=LookWanted,
        response=LooksTold,
        problems=("not-found", "push-back"),
    ),
)
