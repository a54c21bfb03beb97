"""Bodies in, answers out."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

import msgspec
from aiohttp import web

from node.errors import BadRequestError, NodeError
from node.http.routes import JSON
from protocol.encoding import jcs
from protocol.errors import MalformedError

Kind = TypeVar("Kind")

Leaf = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A leaf index in a body."""

REQUEST_KEY_HEADER: Final = (
    "Request-Key",
    "1 to 128 visible ASCII characters: the same key and request give the same leaves",
)

MAX_DEPTH: Final = web.AppKey("max_depth", int)
"""The deepest nesting of a body that is read."""

_REQUEST_KEY: Final = re.compile(r"[!-~]{1,128}")
_ENCODER: Final = msgspec.json.Encoder()


def json_answer(value: object, status: int = 200, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a value as a JSON answer."""
    return web.Response(body=_ENCODER.encode(value), status=status, content_type=JSON, headers=headers)


async def read_json(request: web.Request, kind: type[Kind]) -> Kind:
    """Return a JSON body as a Struct.

    Raises:
        NodeError: It isn't JSON, names a member twice, is nested too deep, or isn't of this form.
    """
    check_media_type(request, JSON)
    body = await request.read()
    try:
        value = jcs.decode(body)
    except MalformedError as error:
        raise BadRequestError(f"the body can't be read: {error}") from None
    check_depth(value, request.app[MAX_DEPTH])
    return msgspec.convert(value, kind)


def request_key(request: web.Request) -> str | None:
    """Return the request key, where the caller gave one.

    Raises:
        BadRequestError: It isn't one.
    """
    key = request.headers.get("Request-Key")
    if key is not None and not _REQUEST_KEY.fullmatch(key):
        raise BadRequestError("Request-Key is 1 to 128 visible ASCII characters")
    return key


def read_query(request: web.Request, kind: type[Kind]) -> Kind:
    """Return the query's parameters as a Struct; numbers come as text there.

    Raises:
        BadRequestError: A parameter is given twice.
    """
    query = request.query
    values = dict(query)
    if len(values) != len(query):
        raise BadRequestError("a parameter is given twice")
    return msgspec.convert(values, kind, strict=False)


def check_media_type(request: web.Request, *taken: str) -> str:
    """Return the body's media type, which has to be one of those taken.

    Raises:
        NodeError: It is another.
    """
    given = request.headers.get("Content-Type", "")
    if given in taken:  # nearly always: no need to take it apart
        return given
    if request.content_type not in taken:
        raise NodeError(
            f"the body is '{request.content_type[:60]}'",
            code="unsupported-media-type",
            mend=f"send {' or '.join(taken)}",
        )
    return request.content_type


def check_depth(value: object, most: int) -> None:
    """Refuse a value that is nested too deep; walks level by level, so that no nesting exhausts the stack.

    Raises:
        BadRequestError: It is.
    """
    level = [value]
    for _ in range(most + 1):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _members(outer)]
        if not level:
            return
    raise BadRequestError(f"the body is nested deeper than {most} levels")


def _members(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
