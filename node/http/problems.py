"""From an exception to the problem document (RFC 9457) that tells it: the one table.

::

    {"type":"urn:nostra:problem:duplicate-tag","title":"An entry with this tag is in the log","status":409,
     "detail":"the tag of the entry stands already at leaf 7","leaf":7,"instance":"urn:nostra:request:5f3a9c01-2e"}

`problems` lists every (where, what) of a request that was read and is not admitted. Of a failure of the node itself
nothing is told but the request's number, under which the node's own log has it.
"""

import itertools
import secrets
from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import web

from node.errors import (
    PROBLEM_URN,
    PROBLEMS,
    BadRequestError,
    ConflictError,
    InadmissibleError,
    NodeError,
    PushBackError,
    TooLargeError,
)
from node.storage.database import is_unreachable
from node.telemetry import REFUSED, warn
from protocol.errors import ProtocolError
from protocol.recognition.problems import InadmissibleError as BrokenRulesError

CONTENT_TYPE: Final = "application/problem+json"
SERVER_FAILURE: Final = 500
UNREACHABLE_SECONDS: Final = 5


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong in a request: where, and what."""

    where: str
    what: str


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an error looks like to the caller."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    problems: tuple[Fault, ...] = ()
    leaf: int | None = None
    known_size: int | None = None


_ENCODER = msgspec.json.Encoder()
_RUN = secrets.token_hex(4)
_NUMBERS = itertools.count(1)


def problem_answer(error: Exception, route: str) -> web.Response:
    """Return the answer that tells an exception; a failure of the node goes to its own log too."""
    number = f"{_RUN}-{next(_NUMBERS):x}"
    told = node_error(error)
    REFUSED.labels(told.code).inc()
    if told.status == SERVER_FAILURE:
        warn("request_failed", error=error, request=number, route=route)
    document = ProblemDocument(
        type=PROBLEM_URN + told.code,
        title=told.title,
        status=told.status,
        detail=_sayable(_detail(told)),
        instance=f"urn:nostra:request:{number}",
        problems=_faults(told),
        leaf=told.leaf if isinstance(told, ConflictError) else None,
        known_size=told.known_size if isinstance(told, ConflictError) else None,
    )
    return web.Response(
        body=_ENCODER.encode(document), status=told.status, content_type=CONTENT_TYPE, headers=_headers(told, error)
    )


def node_error(error: Exception) -> NodeError:
    """Return an exception as the kind of refusal or failure that it is."""
    match error:
        case NodeError():
            return error
        case BrokenRulesError():
            return InadmissibleError(str(error), [(one.where, one.what) for one in error.problems])
        case ProtocolError():
            return BadRequestError(str(error))
        case msgspec.ValidationError():
            return BadRequestError(str(error).replace("`$.", "`").replace("`$`", "the document"))
        case msgspec.DecodeError():
            return BadRequestError(f"the body is not JSON: {error}")
        case web.HTTPRequestEntityTooLarge():
            return TooLargeError("the body is too large", mend="send less at once")
        case web.HTTPNotFound():
            return NodeError("this node has no such address", code="not-found")
        case web.HTTPMethodNotAllowed():
            return NodeError(
                f"this address takes {', '.join(sorted(error.allowed_methods))}", code="method-not-allowed"
            )
        case web.HTTPClientError():
            return BadRequestError(error.reason)
        case _ if is_unreachable(error):
            return PushBackError("the node can't reach its database", UNREACHABLE_SECONDS, code="not-ready")
        case _:
            return NodeError("")


def _detail(told: NodeError) -> str:
    if told.status == SERVER_FAILURE:
        return "the node's own log says more, under the number of this request"
    return str(told)


def _faults(told: NodeError) -> tuple[Fault, ...]:
    problems = told.problems if isinstance(told, InadmissibleError) else ()
    return tuple(Fault(_sayable(where), _sayable(what)) for where, what in problems)


def _sayable(text: str) -> str:
    """Return what a problem quotes of a request as text that UTF-8 can hold: a header's bytes need not be."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _headers(told: NodeError, error: Exception) -> Mapping[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(told, PushBackError):
        headers["Retry-After"] = str(told.retry_after)
    if told.problem is PROBLEMS["unauthorized"] or told.problem is PROBLEMS["token-expired"]:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    return headers
