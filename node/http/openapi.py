"""The route table as an OpenAPI 3.1 document, served at `/v1/openapi.json` of each listener.

What the table says is said here, and nothing beside it: paths and queries, bodies and answers with their JSON Schemas
(made by msgspec from the Structs), the roles of tokens, and the problems that a route can name. A path's parameter that
may hold slashes (a tile's address) is written as one parameter, which OpenAPI has no word for.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from node import __version__
from node.errors import PROBLEMS
from node.http.problems import CONTENT_TYPE, ProblemDocument
from node.http.routes import JSON, Route

REF: Final = "#/components/schemas/{name}"
PARAMETER: Final = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})+))?\}")

DESCRIPTION: Final = (
    "A node of Nostra, a ledger of which credentials are recognised, by whom, as what, with proof. "
    "What is read is public; what is written needs a token, on the internal listener. "
    "Errors are problem documents (RFC 9457)."
)


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document of a route table."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in routes:
        paths[plain_path(route)][route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nostra", "version": __version__, "description": DESCRIPTION},
        "paths": dict(paths),
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "`nst_…`"}},
        },
    }


def plain_path(route: Route) -> str:
    """Return a route's path without the forms of its parameters: `/v1/entries/{leaf}`."""
    return PARAMETER.sub(r"{\1}", route.path)


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": [route.listener],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": _responses(route),
    }
    if route.roles:
        operation["security"] = [{"token": []}]
        operation["description"] = f"Takes a token with the role {' or '.join(f'`{role}`' for role in route.roles)}."
    if route.method in ("POST", "PUT", "PATCH") and route.takes:
        operation["requestBody"] = {"required": True, "content": _content(route.takes, route.request)}
    return operation


def operation_id(route: Route) -> str:
    """Return a name for a route that no other has: `get_v1_entries_leaf`."""
    return "_".join([route.method.lower(), *re.findall(r"[A-Za-z0-9]+", plain_path(route))])


def _path_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name, form in PARAMETER.findall(route.path):
        schema = {"type": "string", **({"pattern": f"^{form}$"} if form else {})}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(route: Route) -> Iterator[dict[str, Any]]:
    if route.query is None:
        return
    (_,), components = msgspec.json.schema_components([route.query], ref_template=REF)
    schema = components[route.query.__name__]
    for name, form in schema["properties"].items():
        yield {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": form}


def _header_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name, says in route.headers:
        yield {"name": name, "in": "header", "required": False, "description": says, "schema": {"type": "string"}}


def _responses(route: Route) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": route.summary}
    if route.gives:
        answer["content"] = _content(route.gives, route.response)
    responses = {str(route.status): answer}
    if route.status_again is not None:
        responses[str(route.status_again)] = answer | {"description": f"{route.summary}: it stood already"}
    if route.waits is not None:
        says = f"{route.summary}: it waits, and nothing is entered"
        responses["202"] = {"description": says, "content": _content(JSON, route.waits)}
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in route.all_problems:
        by_status[PROBLEMS[code].status].append(code)
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = {
            "description": "; ".join(f"`{code}`: {PROBLEMS[code].title}" for code in codes),
            "content": {CONTENT_TYPE: {"schema": _schema_of(ProblemDocument)}},
        }
    for status, media_type, says in route.also:
        response = responses.setdefault(str(status), {"description": "", "content": {}})
        response["description"] = "; ".join(filter(None, (response["description"], says)))
        response["content"] = response.get("content", {}) | {media_type: {"schema": {}}}
    return responses


def _content(media_types: str, kinds: Any) -> dict[str, Any]:
    return {
        media_type: {"schema": _schema_of(kinds) if media_type == JSON and kinds is not None else {}}
        for media_type in media_types.split(", ")
    }


def _schema_of(kinds: Any) -> dict[str, Any]:
    schemas, _ = msgspec.json.schema_components(_each(kinds), ref_template=REF)
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def _schemas(routes: Sequence[Route]) -> dict[str, Any]:
    kinds = [kind for route in routes for kind in (*_each(route.request), *_each(route.response), *_each(route.waits))]
    return msgspec.json.schema_components([ProblemDocument, *kinds], ref_template=REF)[1]


def _each(kinds: Any) -> tuple[Any, ...]:
    """Return what a route's `request` or `response` names: nothing, one type or several."""
    if kinds is None:
        return ()
    return kinds if isinstance(kinds, tuple) else (kinds,)
