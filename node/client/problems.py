"""From a problem document (RFC 9457) back to the error it tells: the other direction of `node.http.problems`.

What a server says is shown to people, so it is cut to a line, without control characters.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from node.client.transport import Answer
from node.errors import (
    PROBLEM_URN,
    PROBLEMS,
    BadAnswerError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    InadmissibleError,
    NodeError,
    NotFoundError,
    PushBackError,
    TooLargeError,
    UnauthorizedError,
)

LONGEST_LINE: Final = 1000
MOST_PROBLEMS: Final = 100
LONGEST_WAIT: Final = 3600
SERVER_ERRORS: Final = 500


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong in a request: where, and what."""

    where: str = ""
    what: str = ""


class ProblemDocument(msgspec.Struct, frozen=True):
    """The members that we read; others are ignored."""

    type: str = ""
    title: str = ""
    detail: str = ""
    problems: Sequence[Fault] = ()
    leaf: int | None = None
    knownSize: int | None = None


def error_of(answer: Answer) -> NodeError:
    """Return the error that an answer other than success tells."""
    document = ProblemDocument()
    if answer.headers.get("Content-Type", "").partition(";")[0] == "application/problem+json":
        with contextlib.suppress(msgspec.MsgspecError):
            document = msgspec.json.decode(answer.body, type=ProblemDocument)
    code = document.type.removeprefix(PROBLEM_URN)
    known = code if code in PROBLEMS and PROBLEMS[code].status == answer.status else ""
    detail = line(document.detail or document.title) or f"{answer.url}: answered with HTTP status {answer.status}"
    make = _BY_STATUS.get(answer.status, _unexpected)
    return make(detail, known, document, answer)


def line(text: str) -> str:
    """Return foreign text as one line that a terminal can show."""
    return "".join(mark if mark.isprintable() else " " for mark in text[:LONGEST_LINE]).strip()


_Make = Callable[[str, str, ProblemDocument, Answer], NodeError]


def _plain(kind: type[NodeError]) -> _Make:
    return lambda detail, code, document, answer: kind(detail, code=code)


def _conflict(detail: str, code: str, document: ProblemDocument, _: Answer) -> NodeError:
    return ConflictError(detail, document.leaf, known_size=document.knownSize, code=code)


def _inadmissible(detail: str, code: str, document: ProblemDocument, _: Answer) -> NodeError:
    faults = [(line(one.where), line(one.what)) for one in document.problems[:MOST_PROBLEMS]]
    return InadmissibleError(detail, faults, code=code)


def _gone(detail: str, code: str, _: ProblemDocument, __: Answer) -> NodeError:
    return NotFoundError(detail, code=code or "gone")


def _push_back(detail: str, code: str, _: ProblemDocument, answer: Answer) -> NodeError:
    given = answer.headers.get("Retry-After", "")
    seconds = int(given) if given.isascii() and given.isdecimal() and len(given) < len(str(LONGEST_WAIT)) else 1
    return PushBackError(detail, seconds, code=code)


def _unexpected(detail: str, code: str, _: ProblemDocument, answer: Answer) -> NodeError:
    if code and answer.status < SERVER_ERRORS:
        return NodeError(detail, code=code)
    return BadAnswerError(detail)


_BY_STATUS: Final[dict[int, _Make]] = {
    400: _plain(BadRequestError),
    401: _plain(UnauthorizedError),
    403: _plain(ForbiddenError),
    404: _plain(NotFoundError),
    409: _conflict,
    410: _gone,
    413: _plain(TooLargeError),
    422: _inadmissible,
    429: _push_back,
    503: _push_back,
}
