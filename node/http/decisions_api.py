"""Recognition decisions on persons' credentials: decide, replace, annul, withdraw, and get one again.

Files, receipts and papers' data travel in the body. A receipt (or presentation) is given as the JSON it is; the node
keeps its decisions key with the encrypted case, and the log gets three keyed values for each credential.
"""

from typing import Annotated, Any

import msgspec
from aiohttp import web

from node.errors import BadRequestError
from node.http.answers import REQUEST_KEY_HEADER, Leaf, json_answer, read_json, request_key
from node.http.parts import OwnLog, Parts
from node.http.routes import Handler, Route, for_each_log, log_of
from node.recognition.decisions.decide import Decided, Decisions, TakenBack
from node.recognition.shown import Shown, show
from protocol.encoding import canonical


class CredentialShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A credential as it is shown: its file, a receipt or presentation of its award, or what a paper says."""

    document: bytes | None = None
    presented: dict[str, Any] | None = None
    paper: dict[str, Any] | None = None

    def shown(self, *origins: str) -> Shown:
        """Return it as recognition takes it, showing the decisions of these logs' institutions."""
        presented = None if self.presented is None else canonical.encode(self.presented)
        return show(document=self.document, presented=presented, paper=self.paper, origins=origins)


class DecisionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision's document, as `docs/formats/decision.md` describes it, and the credentials it is on, together."""

    decision: dict[str, Any]
    credentials: Annotated[list[CredentialShown], msgspec.Meta(min_length=1, max_length=100)]


class ReplacementRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The leaf or id of the decision that is replaced, and the new decision's document."""

    target: Leaf | str
    decision: dict[str, Any]


class TargetRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The leaf or id of a decision."""

    target: Leaf | str


class DecidedShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision: where it stands, its document, and what goes to the learner.

    `receipts` has one decision receipt for each credential. `presentations` are the keys of credentials that came
    without a receipt: with one, its learner can show the decision to anybody.
    """

    leaf: int
    size: int
    state: str
    witnessed: bool
    new: bool
    receipts: list[msgspec.Raw]
    presentations: list[msgspec.Raw]
    decision: msgspec.Raw | None = None


async def decide(parts: Parts, request: web.Request) -> web.Response:
    """Enter a decision on the credentials shown."""
    log, decisions = _chosen(parts, request)
    key = request_key(request)
    asked = await read_json(request, DecisionRequest)
    credentials = [one.shown(log.origin) for one in asked.credentials]
    return _answer(log, await decisions.decide(asked.decision, credentials, request_key=key))


async def replace(parts: Parts, request: web.Request) -> web.Response:
    """Enter a decision in place of an earlier one."""
    log, decisions = _chosen(parts, request)
    key = request_key(request)
    asked = await read_json(request, ReplacementRequest)
    return _answer(log, await decisions.replace(asked.target, asked.decision, request_key=key))


def _taking_back(act: TakenBack) -> Handler:
    async def take_back(parts: Parts, request: web.Request) -> web.Response:
        """Annul or withdraw a decision."""
        log, decisions = _chosen(parts, request)
        key = request_key(request)
        asked = await read_json(request, TargetRequest)
        return _answer(log, await decisions.take_back(asked.target, act, request_key=key))

    return take_back


async def again(parts: Parts, request: web.Request) -> web.Response:
    """Return a decision that was entered, with its receipts proved anew."""
    log, decisions = _chosen(parts, request)
    text = request.match_info["leaf"]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadRequestError(f"'{text[:24]}' is not a leaf index")
    return _answer(log, await decisions.again(int(text)))


def _chosen(parts: Parts, request: web.Request) -> tuple[OwnLog, Decisions]:
    log = log_of(parts, request)
    return log, parts.services[log.origin].decisions


def _answer(log: OwnLog, decided: Decided) -> web.Response:
    shown = DecidedShown(
        leaf=decided.leaf,
        size=decided.size,
        state="released",
        witnessed=log.reader.published.witnessed,
        new=decided.new,
        decision=None if decided.decision is None else msgspec.Raw(decided.decision),
        receipts=[msgspec.Raw(receipt.render()) for receipt in decided.receipts],
        presentations=[msgspec.Raw(one.render()) for one in decided.presentations],
    )
    return json_answer(shown, 201 if decided.new else 200)


_AGAIN = "The same decision again is answered with 200 and what it entered."
_TAKEN_BACK = "Under the same `Request-Key` it is answered again, with 200; without one, what was done is a conflict."


def _route(
    path: str, handler: Handler, summary: str, *, request: type[msgspec.Struct], notes: str, problems: tuple[str, ...]
) -> Route:
    return Route(
        method="POST",
        path=path,
        handler=handler,
        summary=summary,
        notes=notes,
        listener="internal",
        role="decide",
        request=request,
        headers=(REQUEST_KEY_HEADER,),
        response=DecidedShown,
        status=201,
        status_again=200,
        problems=(*problems, "conflict", "request-key-reused", "held", "push-back"),
    )


ROUTES = for_each_log(
    _route(
        "/v1/decisions",
        decide,
        "Decide on the recognition of a credential, or of several together",
        request=DecisionRequest,
        notes=_AGAIN,
        problems=("inadmissible",),
    ),
    _route(
        "/v1/decisions/replacements",
        replace,
        "Replace a decision",
        request=ReplacementRequest,
        notes=_AGAIN,
        problems=("not-found", "inadmissible"),
    ),
    _route(
        "/v1/decisions/annulments",
        _taking_back("annulled"),
        "Annul a decision that should not stand",
        request=TargetRequest,
        notes=_TAKEN_BACK,
        problems=("not-found",),
    ),
    _route(
        "/v1/decisions/withdrawals",
        _taking_back("withdrawn"),
        "Withdraw a decision from now on",
        request=TargetRequest,
        notes=_TAKEN_BACK,
        problems=("not-found",),
    ),
    Route(
        method="GET",
        path="/v1/decisions/{leaf}",
        handler=again,
        summary="Get a decision again, with its receipts proved anew",
        listener="internal",
        role="decide",
        response=DecidedShown,
        problems=("bad-request", "not-found"),
    ),
)
