"""The manual pages of the interface, made from the route table and the list of problems.

`docs/http.md` and `docs/problems.md`; a test compares them. ``python -m node.http.reference`` in the repository's root
writes them anew.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from node.errors import PROBLEM_URN, PROBLEMS
from node.http.app import routes_of
from node.http.openapi import plain_path
from node.http.routes import JSON, LOG_PREFIX, Route

HTTP_HEAD: Final = """\
# The HTTP interface

<!-- Made from the route table by node/http/reference.py; a test compares them. -->

Two listeners: **public** for partners and everybody (default 8640), **internal** for writers and the operator (default
8650), which serves all that the public one does too. The same as OpenAPI 3.1: `GET /v1/openapi.json`.

- A node's first log is served at `/`; each own log, the first too, under `/logs/NAME`: `/logs/NAME/checkpoint`.
- Whoever writes sends `Authorization: Bearer nst_…`. A token has roles: `issue` (awards and their status), `decide`
  (decisions), `publish` (entries in clear), `operate`. `nostra token add` makes one.
- Bodies and answers are JSON in UTF-8 unless said otherwise. A member named twice, an unknown member or parameter, more
  than 32 levels or more than 8 MiB are refused.
- An error is a problem document (RFC 9457); [problems](problems.md) lists every code. Where C2SP has a form of its own,
  as under `/witness` and `/mirror`, that form is kept, and it stands with the status.
- `state` is `released` once a checkpoint that covers the entry may be shown. `witnessed` says whether partners have
  cosigned it to the policy's quorum; a node whose partners don't cosign releases at once and says `false`.
- The checkpoint is asked for anew each time; tiles and bundles, full or partial, never change and may be kept for good.
- A page of entries is asked for by `after`, a leaf index: what stands behind it, in the log's order.

"""

PROBLEMS_HEAD: Final = f"""\
# Problems

<!-- Made from node/errors.py and the route table by node/http/reference.py; a test compares them. -->

Every error that leaves a node is a problem document (RFC 9457), `application/problem+json`:

```json
{{
  "type": "{PROBLEM_URN}duplicate-tag",
  "title": "An entry with this tag is in the log",
  "status": 409,
  "detail": "the tag of the entry stands already at leaf 7",
  "instance": "urn:nostra:request:5f3a9c01-2e",
  "leaf": 7
}}
```

`detail` says what happened and the way out. `problems` lists every `where` and `what` of a request that was read and
isn't admitted. `leaf` is the entry that was first, `known_size` a log's size. `instance` numbers the request: of a 500
the node's own log says more under it, and the caller is told nothing else. A 503 has `Retry-After`.

| code | status | title |
|---|---|---|
"""


def http_page() -> str:
    """Return `docs/http.md`."""
    routes = [route for route in routes_of("internal") if not route.path.startswith(LOG_PREFIX)]
    sections = ["\n".join(_section(route)) for route in routes]
    return HTTP_HEAD + "\n".join(sections)


def problems_page() -> str:
    """Return `docs/problems.md`."""
    rows = [f"| `{code}` | {problem.status} | {problem.title} |\n" for code, problem in PROBLEMS.items()]
    return PROBLEMS_HEAD + "".join(rows)


def _section(route: Route) -> Iterator[str]:
    yield from (f"## `{route.method} {plain_path(route)}`", "", f"{route.summary}.", "")
    role = f", role {' or '.join(f'`{role}`' for role in route.roles)}" if route.roles else ""
    yield f"- Listener: {route.listener}{role}"
    if route.query is not None:
        yield f"- Query: {', '.join(_members(route.query))}"
    for name, says in route.headers:
        yield f"- Header `{name}`: {says}"
    if route.method == "POST":
        yield f"- Body: {_form(route.takes, route.request)}"
    statuses = f"{route.status}, or {route.status_again}" if route.status_again else f"{route.status}"
    yield f"- Answer: {statuses}, {_form(route.gives, route.response)}"
    if route.waits is not None:
        yield f"- Where it waits for somebody else: 202, {_form(JSON, route.waits)}"
    for status, media_type, says in route.also:
        yield f"- {status}, `{media_type}`: {says}"
    yield f"- Problems: {', '.join(f'`{code}`' for code in route.all_problems)}"
    if route.notes:
        yield from ("", route.notes)
    yield ""


def _form(media_types: str, kinds: Any) -> str:
    listed = ", ".join(f"`{each}`" for each in media_types.split(", "))
    structs = [kind for kind in (kinds if isinstance(kinds, tuple) else (kinds,)) if hasattr(kind, "__struct_fields__")]
    forms = [f"{{{', '.join(_members(struct))}}}" for struct in structs]
    return f"{listed}: {' or '.join(forms)}" if forms else listed


def _members(struct: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        yield f"`{field.encode_name}`" + ("" if field.required else "?")


def main() -> int:
    """Write both pages."""
    Path("docs/http.md").write_text(http_page(), "utf-8")
    Path("docs/problems.md").write_text(problems_page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
