"""Publish in clear: the institution, achievements, rules, mandates, and withdrawals of any of them.

Each address takes the plain JSON of one kind; what can only mean one thing may be left out
(`node.recognition.publication.publish`). Texts of grounds, conditions and reasons stand in the same JSON: the node
splits them off and commits to them.
"""

from typing import Any

from aiohttp import web

from node.errors import InadmissibleError
from node.http.answers import json_answer, read_json
from node.http.parts import Parts
from node.http.routes import CALLER, Handler, Route, for_each_log, log_of
from node.http.second_person_api import PublishedShown, WaitingShown
from node.recognition.publication.publish import PublishedEntry
from node.recognition.publication.second_person import Waiting
from protocol.recognition.roster import Roster

_SECOND_PERSON = (
    " With free text, or where it looks as if it were about a person, it waits for a second person, unless"
    " `[publication] second_person` is `false`: 202 and an id."
)


def _publishing(kind: str) -> Handler:
    async def publish(parts: Parts, request: web.Request) -> web.Response:
        """Publish an entry of this kind, or find the very same one."""
        log = log_of(parts, request)
        value: dict[str, Any] = await read_json(request, dict[str, Any])
        if value.get("kind", kind) != kind:
            problem = ("kind", f"must be '{kind}' here, and can be left out")
            raise InadmissibleError(f"this {kind} can't be published: {': '.join(problem)}", [problem])
        services = parts.services[log.origin]
        if kind == Roster.kind:
            done = await services.rosters.publish(value | {"kind": kind})
        else:
            found = await _looked_at(parts, request, value | {"kind": kind})
            if isinstance(found, Waiting):
                return json_answer(WaitingShown.of(found), 202)
            done = found or await services.publisher.publish(value | {"kind": kind})
        return json_answer(PublishedShown.of(log, done), 201 if done.new else 200)

    return publish


async def _looked_at(parts: Parts, request: web.Request, value: dict[str, Any]) -> PublishedEntry | Waiting | None:
    """Return what waits for a second person, or stands already; None where nobody else has to look."""
    if not parts.config.publication.second_person:
        return None
    second_person = parts.services[log_of(parts, request).origin].second_person
    return await second_person.ask(value, by=request[CALLER].name)


def _route(path: str, kind: str, summary: str, *more: str) -> Route:
    return Route(
        method="POST",
        path=path,
        handler=_publishing(kind),
        summary=summary,
        notes=f"The body is plain JSON, as in `docs/formats/{kind}.md`; version, order of sets and the texts' "
        "commitment are filled in. The very same again is answered with 200 and the leaf that it has."
        + ("" if kind == Roster.kind else _SECOND_PERSON),
        listener="internal",
        role="publish",
        request=dict[str, Any],
        response=PublishedShown,
        status=201,
        status_again=200,
        waits=None if kind == Roster.kind else WaitingShown,
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
