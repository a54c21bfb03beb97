"""What the node can refuse or suffer.

NodeError                base; the text is one clear line: what, where, how to mend
├── ConfigError          the configuration cannot be used; ``problems`` holds every reason
├── PushBackError        not now: try again after ``retry_after`` seconds
├── ConflictError        it stands otherwise already; ``leaf`` is the entry that was first, where there is one
├── NotFoundError        what was asked for is not here
├── ForbiddenError       the caller may not do this
└── FatalError           going on could harm the log: stop, and let the operator act

A kind of error exists only because somebody acts differently on it: the HTTP table gives each its status, the
command line each its exit code.
"""

from collections.abc import Sequence


class NodeError(Exception):
    """Base of all that the node refuses or suffers."""


class ConfigError(NodeError):
    """The configuration cannot be used."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep every problem, so that one look mends them all."""
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class PushBackError(NodeError):
    """The node refuses to queue more for now."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        """Say in whole seconds when to try again."""
        super().__init__(message)
        self.retry_after = retry_after


class ConflictError(NodeError):
    """Something else stands there already."""

    def __init__(self, message: str, leaf: int | None = None) -> None:
        """Name the leaf index of the entry that was first, where there is one."""
        super().__init__(message)
        self.leaf = leaf


class NotFoundError(NodeError):
    """What was asked for is not here."""


class ForbiddenError(NodeError):
    """The caller may not do this."""


class FatalError(NodeError):
    """Going on could harm the log; the text names the way out."""
