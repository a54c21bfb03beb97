"""Publish in clear: the institution, achievements, rules, mandates, and withdrawals of any of them.

Each address takes the plain JSON of one kind; what can only mean one thing may be left out
(`node.recognition.publish`). Texts of grounds, conditions and reasons stand in the same JSON: the node splits them off
and commits to them.
"""

from typing import Any

import msgspec
from aiohttp import web

from node.errors import InadmissibleError
from node.http.answers import json_answer, read_json
from node.http.parts import Parts
from node.http.routes import Handler, Route, for_each_log, log_of
from protocol.recognition.roster import Roster


class PublishedShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A published entry: where it stands, whether it was entered now, its proof, and the texts beside it."""

    leaf: int
    state: str
    witnessed: bool
    new: bool
    entry: msgspec.Raw
    log_proof: str
    texts: msgspec.Raw | None = None


def _publishing(kind: str) -> Handler:
    async def publish(parts: Parts, request: web.Request) -> web.Response:
        """Publish an entry of this kind, or find the very same one."""
        log = log_of(parts, request)
        value: dict[str, Any] = await read_json(request, dict[str, Any])
        if value.get("kind", kind) != kind:
            problem = ("kind", f"must be '{kind}' here, and can be left out")
            raise InadmissibleError(f"this {kind} can't be published: {': '.join(problem)}", [problem])
        services = parts.services[log.origin]
        publisher = services.rosters if kind == Roster.kind else services.publisher
        done = await publisher.publish(value | {"kind": kind})
        shown = PublishedShown(
            leaf=done.leaf,
            state="released",
            witnessed=log.reader.published.witnessed,
            new=done.new,
            entry=msgspec.Raw(done.entry),
            log_proof=done.log_proof,
            texts=None if done.texts is None else msgspec.Raw(done.texts),
        )
        return json_answer(shown, 201 if done.new else 200)

    return publish


def _route(path: str, kind: str, summary: str, *more: str) -> Route:
    return Route(
        method="POST",
        path=path,
        handler=_publishing(kind),
        summary=summary,
        notes=f"The body is plain JSON, as in `docs/formats/{kind}.md`; version, order of sets and the texts' "
        "commitment are filled in. The very same again is answered with 200 and the leaf that it has.",
        listener="internal",
        role="publish",
        request=dict[str, Any],
        response=PublishedShown,
        status=201,
        status_again=200,
        problems=("conflict", "inadmissible", *more, "held", "push-back"),
    )


ROUTES = for_each_log(
    _route("/v1/institutions", "institution", "Publish who the institution is"),
    _route(
        "/v1/achievements",
        "achievement",
        "Publish a learning achievement that the institution awards",
        "awarding-body-not-ours",
    ),
    _route("/v1/rules", "rule", "Publish a recognition rule"),
    _route("/v1/mandates", "mandate", "Let another log enter awards of the institution"),
    _route("/v1/rosters", "roster", "Publish a consortium's members, signed by this institution's assertion key"),
    _route("/v1/withdrawals", "withdrawal", "End a rule or a mandate"),
)
