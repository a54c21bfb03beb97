"""What waits for a second person: list it, look at it, approve or refuse it.

The answer of a publication that waits is here, too: 202 with its id. What it says stands in the answers to those who
may publish and nowhere else; ids are random, so an address says nothing.
"""

from typing import Any, Final
from uuid import UUID

import msgspec
from aiohttp import web

from node.errors import NotFoundError
from node.http.answers import json_answer, read_json
from node.http.parts import OwnLog, Parts
from node.http.routes import CALLER, Route, for_each_log, log_of
from node.recognition.publication.publish import PublishedEntry
from node.recognition.publication.second_person import SecondPerson, Waiting


class PublishedShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A published entry: where it stands, whether it was entered now, its proof, and the texts beside it."""

    leaf: int
    state: str
    witnessed: bool
    new: bool
    entry: msgspec.Raw
    log_proof: str
    texts: msgspec.Raw | None = None

    @classmethod
    def of(cls, log: OwnLog, done: PublishedEntry) -> "PublishedShown":
        """Return what is shown of a published entry."""
        return cls(
            leaf=done.leaf,
            state="released",
            witnessed=log.reader.published.witnessed,
            new=done.new,
            entry=msgspec.Raw(done.entry),
            log_proof=done.log_proof,
            texts=None if done.texts is None else msgspec.Raw(done.texts),
        )


class SignShown(msgspec.Struct, frozen=True):
    """A place that looks as if it were about a person, and why."""

    where: str
    what: str


class WaitingShown(msgspec.Struct, frozen=True, kw_only=True):
    """A publication that waits for a second person: nothing of it is entered."""

    state: str
    id: str
    kind: str
    by: str
    """The name of the token that it was asked with: another one approves."""
    asked: str
    signs: list[SignShown]

    @classmethod
    def of(cls, waiting: Waiting) -> "WaitingShown":
        """Return what is shown of a publication that waits."""
        return cls(
            state="waiting",
            id=str(waiting.id),
            kind=str(waiting.value.get("kind", "")),
            by=waiting.by,
            asked=waiting.asked,
            signs=[SignShown(sign.where, sign.what) for sign in waiting.signs],
        )


class ListShown(msgspec.Struct, frozen=True):
    """All that waits, the oldest first."""

    publications: list[WaitingShown]


class DraftWaiting(msgspec.Struct, frozen=True):
    """A publication that waits, whole."""

    publication: WaitingShown
    value: dict[str, Any]


class PublicationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which publication that waits."""

    id: UUID


class RefusedShown(msgspec.Struct, frozen=True):
    """A publication that waits no longer and was not published."""

    id: str
    state: str


async def listed(parts: Parts, request: web.Request) -> web.Response:
    """Return what waits."""
    waiting = await _of(parts, request).waiting()
    return json_answer(ListShown([WaitingShown.of(one) for one in waiting]))


async def show(parts: Parts, request: web.Request) -> web.Response:
    """Return one publication that waits, whole."""
    wanted = _id(request)
    for one in await _of(parts, request).waiting():
        if one.id == wanted:
            return json_answer(DraftWaiting(WaitingShown.of(one), dict(one.value)))
    raise NotFoundError("no publication waits under this id")


async def approve(parts: Parts, request: web.Request) -> web.Response:
    """Publish what waits."""
    log = log_of(parts, request)
    asked = await read_json(request, PublicationRequest)
    done = await _of(parts, request).approve(asked.id, by=request[CALLER].name)
    return json_answer(PublishedShown.of(log, done), 201 if done.new else 200)


async def refuse(parts: Parts, request: web.Request) -> web.Response:
    """Let a publication not be published."""
    asked = await read_json(request, PublicationRequest)
    await _of(parts, request).refuse(asked.id)
    return json_answer(RefusedShown(str(asked.id), "refused"))


def _of(parts: Parts, request: web.Request) -> SecondPerson:
    return parts.services[log_of(parts, request).origin].second_person


def _id(request: web.Request) -> UUID:
    """Return the id in the path; what can't be one names nothing."""
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFoundError("no publication waits under this id") from None


ROUTES: Final = for_each_log(
    Route(
        method="GET",
        path="/v1/publications",
        handler=listed,
        summary="List the publications that wait for a second person",
        listener="internal",
        role="publish",
        response=ListShown,
    ),
    Route(
        method="GET",
        path="/v1/publications/{id}",
        handler=show,
        summary="Show a publication that waits, whole",
        listener="internal",
        role="publish",
        response=DraftWaiting,
        problems=("not-found",),
    ),
    Route(
        method="POST",
        path="/v1/publications/approvals",
        handler=approve,
        summary="Approve a publication that somebody else asked for: it is published",
        notes="The token's name has to be another than the one that asked.",
        listener="internal",
        role="publish",
        request=PublicationRequest,
        response=PublishedShown,
        status=201,
        status_again=200,
        problems=("second-person", "not-found", "conflict", "inadmissible", "held", "push-back"),
    ),
    Route(
        method="POST",
        path="/v1/publications/refusals",
        handler=refuse,
        summary="Let a publication that waits not be published",
        notes="Whoever asked may take it back so, too. What it said goes with the next erasure.",
        listener="internal",
        role="publish",
        request=PublicationRequest,
        response=RefusedShown,
        problems=("not-found",),
    ),
)
