"""DID documents: where a reader of Verifiable Credentials finds the keys by which an institution signs them."""

from typing import Final

import msgspec
from aiohttp import web

from node.errors import NotFoundError
from node.http.answers import json_answer
from node.http.parts import OwnLog, Parts
from node.http.routes import Route
from node.recognition.known_logs import known
from node.recognition.publication.did_document import did_document

BRIEFLY: Final = {"Cache-Control": "public, max-age=60"}


class MethodShown(msgspec.Struct, frozen=True, rename={"key": "publicKeyMultibase"}):
    """One key of a DID document: an Ed25519 Multikey."""

    controller: str
    id: str
    key: str
    type: str


class DidDocumentShown(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={
        "context": "@context",
        "also_known_as": "alsoKnownAs",
        "verification_method": "verificationMethod",
        "assertion_method": "assertionMethod",
    },
):
    """The DID document of an institution (W3C Decentralized Identifiers 1.0)."""

    context: list[str]
    id: str
    also_known_as: list[str] = []
    verification_method: list[MethodShown] = []
    assertion_method: list[str] = []


async def host_document(parts: Parts, request: web.Request) -> web.Response:
    """Return the document of the first own log's host."""
    return await _document(parts, parts.log(None), at_host=True)


async def log_document(parts: Parts, request: web.Request) -> web.Response:
    """Return the document of the own log whose origin ends in this path."""
    path = request.match_info["path"]
    logs = [log for log in parts.logs.values() if log.origin.partition("/")[2] == path]
    if not logs:
        raise NotFoundError("no log of this node has an origin with this path")
    there = [log for log in logs if log.origin.partition("/")[0] == request.host]
    return await _document(parts, (there or logs)[0])


async def _document(parts: Parts, log: OwnLog, *, at_host: bool = False) -> web.Response:
    institution = await parts.queries.institutions.of_log(known(log))
    document = did_document(log.origin, institution.entry, today=parts.clock.today(), at_host=at_host)
    return json_answer(document, headers=BRIEFLY)


ROUTES: Final = (
    Route(
        method="GET",
        path="/.well-known/did.json",
        handler=host_document,
        summary="The DID document of the first own log's host, for `did:web:HOST`",
        notes="Its keys are those that the institution's newest entry lists today.",
        response=DidDocumentShown,
    ),
    Route(
        method="GET",
        path="/{path:.+}/did.json",
        handler=log_document,
        summary="The DID document of an institution, for the `did:web` that follows from its log's origin",
        notes="`did:web:ledger.tuni.fi:nostra` is looked for at `https://ledger.tuni.fi/nostra/did.json`. "
        "A log whose origin has no path has its document at `/.well-known/did.json`.",
        response=DidDocumentShown,
        problems=("not-found",),
    ),
)
