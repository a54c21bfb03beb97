"""`POST /v1/awards`: a credential document becomes an award, and its learner gets a receipt.

The document travels in the body, as base64, with its file's name: neither ever stands in an address. The same file
again gives the same leaf and a receipt whose recognition secret is new.
"""

from typing import Any

import msgspec
from aiohttp import web

from node.formats.draft import achievement_draft
from node.http.answers import REQUEST_KEY_HEADER, Leaf, json_answer, read_json, request_key
from node.http.parts import Parts
from node.http.routes import Route, for_each_log, log_of
from node.recognition.awards.issue import read
from node.recognition.awards.record import KIND
from node.recognition.erasure.retention import checked_duty


class DutyAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until which day, and by which law, what is recorded of the award has to be kept."""

    until: str
    basis: str


class AwardRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A credential to be awarded: the file's very bytes, its name, and the leaf of the award that it replaces."""

    document: bytes
    file_name: str = ""
    replaces: Leaf | None = None
    keep: DutyAsked | None = None


class AwardShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An award: where it stands, whether it was entered now, what it superseded, and the learner's receipt."""

    leaf: int
    size: int
    state: str
    witnessed: bool
    new: bool
    receipt: msgspec.Raw
    title: dict[str, str]
    """Of the achievement that the document claims first."""
    superseded: int | None = None
    unconfirmed: tuple[str, ...] = ()
    """Awarding bodies that the document names and that have confirmed nothing."""


class DraftRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A credential whose first achievement is to be described."""

    document: bytes


class MissingShown(msgspec.Struct, frozen=True):
    """An element that the document doesn't state: the entry's member, its name, and what the document says instead."""

    element: str
    name: str
    mandatory: bool
    hint: str


class DraftShown(msgspec.Struct, frozen=True):
    """The members of an `achievement` entry that a document gives, and those that a person has to add."""

    entry: dict[str, Any]
    missing: list[MissingShown]
    complete: bool


async def award(parts: Parts, request: web.Request) -> web.Response:
    """Award a credential, or find its award."""
    log = log_of(parts, request)
    key = request_key(request)
    asked = await read_json(request, AwardRequest)
    duty = None if asked.keep is None else checked_duty(asked.keep.until, asked.keep.basis)
    services = parts.services[log.origin]
    issued = await services.awards.issue(
        asked.document, file_name=asked.file_name, request_key=key, replaces=asked.replaces
    )
    if duty is not None:
        # If the process dies before this, nothing was answered: the same request finds the award, and comes here again.
        await services.erasures.keep(KIND, issued.leaf, duty)
    main = issued.reading.main
    shown = AwardShown(
        leaf=issued.leaf,
        size=issued.size,
        state="released",
        witnessed=log.reader.published.witnessed,
        new=issued.new,
        receipt=msgspec.Raw(issued.receipt.render()),
        title=dict(main.title),
        superseded=issued.superseded,
        unconfirmed=issued.unconfirmed,
    )
    return json_answer(shown, 201 if issued.new else 200)


async def draft(parts: Parts, request: web.Request) -> web.Response:
    """Describe a credential's achievement; nothing is published or kept."""
    asked = await read_json(request, DraftRequest)
    found = achievement_draft(read(asked.document).main)
    missing = [MissingShown(one.element, one.name, one.mandatory, one.hint) for one in found.missing]
    return json_answer(DraftShown(dict(found.entry), missing, found.complete))


ROUTES = for_each_log(
    Route(
        method="POST",
        path="/v1/awards",
        handler=award,
        summary="Award a credential document and get the learner's receipt",
        notes="The same file gives the same leaf; a changed file of the same credential supersedes the earlier award, "
        "and one that is revoked or suspended only where `replaces` names it. "
        "The answer is 201 where an entry was made, and 200 where the award stood already.",
        listener="internal",
        role="issue",
        request=AwardRequest,
        headers=(REQUEST_KEY_HEADER,),
        response=AwardShown,
        status=201,
        status_again=200,
        problems=(
            "not-found",
            "conflict",
            "request-key-reused",
            "inadmissible",
            "not-a-credential",
            "awarding-body-not-ours",
            "held",
            "push-back",
        ),
    ),
    Route(
        method="POST",
        path="/v1/achievements/draft",
        handler=draft,
        summary="Describe the achievement that a credential document claims",
        notes="Gives what the document states, and names each element of the Council Recommendation that it doesn't.",
        listener="internal",
        role=("issue", "publish"),
        request=DraftRequest,
        response=DraftShown,
        problems=("not-a-credential",),
    ),
)
