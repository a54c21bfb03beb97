"""What the node can refuse or suffer.

NodeError                base; its text is one clear line: what, where, and how to mend it
├── ConfigError          the configuration can't be used; `problems` holds every reason
├── PushBackError        not now: try again after `retry_after` seconds
├── ConflictError        it stands otherwise already: `leaf` is the entry that was first, `known_size` the log's size
├── NotFoundError        what was asked for is not here
├── UnauthorizedError    no token, or none that holds
├── ForbiddenError       the token's role doesn't allow this
├── BadRequestError      the request can't be read
├── TooLargeError        the request, or a part of it, exceeds a limit
├── InadmissibleError    read, but against the rules: `problems` holds every (where, what)
├── UnreachableError     another server gave no answer, or none in time
├── BadAnswerError       another server's answer can't be used: too large, broken, or not what its log signed
└── FatalError           going on could harm the log: stop, reload, let the operator act

A kind of error exists only because somebody acts differently on it. What differs only in words differs in its
`code`: PROBLEMS lists every code that leaves the node, as `urn:nostra:problem:CODE` in a problem document
(RFC 9457), with its HTTP status and title. An error class has a code of its own and takes a narrower one where
there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

PROBLEM_URN = "urn:nostra:problem:"


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the list of problems: HTTP status and a title that never varies."""

    status: int
    title: str


PROBLEMS = {
    "bad-request": Problem(400, "The request can't be read"),
    "unauthorized": Problem(401, "A token is needed"),
    "token-expired": Problem(401, "The token has expired"),
    "forbidden": Problem(403, "The token's role doesn't allow this"),
    "second-person": Problem(403, "Somebody else has to approve this"),
    "not-found": Problem(404, "There is nothing here"),
    "method-not-allowed": Problem(405, "This address doesn't take this method"),
    "conflict": Problem(409, "Something else stands there already"),
    "duplicate-tag": Problem(409, "An entry with this tag is in the log"),
    "request-key-reused": Problem(409, "The request key was used for other bytes"),
    "retained": Problem(409, "A recorded duty to keep this runs"),
    "closed": Problem(409, "The log is closed, and another one follows"),
    "gone": Problem(410, "It was here and has been taken down"),
    "too-large": Problem(413, "The request is too large"),
    "unsupported-media-type": Problem(415, "This content type isn't taken here"),
    "inadmissible": Problem(422, "The rules don't admit this"),
    "not-a-credential": Problem(422, "The document isn't a credential that Nostra reads"),
    "awarding-body-not-ours": Problem(422, "The awarding body isn't ours, and we hold no mandate"),
    "misconfigured": Problem(500, "The node's configuration can't be used"),
    "internal": Problem(500, "The node failed"),
    "fatal": Problem(500, "The node has stopped to protect its log"),
    "bad-answer": Problem(502, "Another server's answer can't be used"),
    "unreachable": Problem(502, "Another server couldn't be reached"),
    "held": Problem(503, "The log signs nothing for now"),
    "push-back": Problem(503, "Not now: try again later"),
    "not-ready": Problem(503, "The node isn't ready"),
    "not-fresh": Problem(503, "A checkpoint is older than its limit"),
}


class NodeError(Exception):
    """Base of all that the node refuses or suffers."""

    default_code: ClassVar[str] = "internal"

    def __init__(self, detail: str, *, code: str = "", mend: str = "") -> None:
        """Keep what happened, its code from PROBLEMS, and the way out where the detail doesn't name it."""
        super().__init__(f"{detail}: {mend}" if mend else detail)
        self.code = code or self.default_code
        self.detail = detail
        self.mend = mend
        self.problem = PROBLEMS[self.code]

    @property
    def status(self) -> int:
        """The HTTP status that says this."""
        return self.problem.status

    @property
    def title(self) -> str:
        """The title of the code, the same at every occurrence."""
        return self.problem.title


class ConfigError(NodeError):
    """The configuration can't be used."""

    default_code = "misconfigured"

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep every problem, so that one look mends them all."""
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class PushBackError(NodeError):
    """The node refuses to queue more for now."""

    default_code = "push-back"

    def __init__(self, detail: str, retry_after: int = 1, *, code: str = "", mend: str = "") -> None:
        """Say in whole seconds when to try again."""
        super().__init__(detail, code=code, mend=mend)
        self.retry_after = retry_after


class ConflictError(NodeError):
    """Something else stands there already."""

    default_code = "conflict"

    def __init__(
        self, detail: str, leaf: int | None = None, *, known_size: int | None = None, code: str = "", mend: str = ""
    ) -> None:
        """Name the leaf index of the entry that was first, or the log's size, where there is one."""
        super().__init__(detail, code=code, mend=mend)
        self.leaf = leaf
        self.known_size = known_size


class NotFoundError(NodeError):
    """What was asked for is not here."""

    default_code = "not-found"


class UnauthorizedError(NodeError):
    """The caller showed no token, or none that holds."""

    default_code = "unauthorized"


class ForbiddenError(NodeError):
    """The caller may not do this."""

    default_code = "forbidden"


class BadRequestError(NodeError):
    """The request can't be read."""

    default_code = "bad-request"


class TooLargeError(NodeError):
    """The request, or a part of it, exceeds a limit."""

    default_code = "too-large"


class InadmissibleError(NodeError):
    """The request was read, and the rules don't admit it."""

    default_code = "inadmissible"

    def __init__(
        self, detail: str, problems: Sequence[tuple[str, str]] = (), *, code: str = "", mend: str = ""
    ) -> None:
        """Keep every (where, what), so that one look mends them all."""
        super().__init__(detail, code=code, mend=mend)
        self.problems = tuple(problems)


class UnreachableError(NodeError):
    """Another server gave no answer, or none in time."""

    default_code = "unreachable"


class BadAnswerError(NodeError):
    """Another server's answer can't be used."""

    default_code = "bad-answer"


class FatalError(NodeError):
    """Going on could harm the log; the text names the way out."""

    default_code = "fatal"
