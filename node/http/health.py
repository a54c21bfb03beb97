"""How the node is, as three answers with reasons: live, ready, fresh.

Whoever knows something writes it down here: the runtime, each log, the mirrors. Nothing here asks anybody, so that a
health check costs nothing and can't hang.
"""

from collections.abc import Callable
from typing import Final

Reasons = Callable[[], list[str]]
"""Returns what is wrong now; empty means nothing is."""

STARTING: Final = "the node is starting"


class Health:
    """What keeps the node from being ready or fresh."""

    def __init__(self) -> None:
        """Begin as not ready: the node is starting."""
        self._state = STARTING
        self._ready: list[Reasons] = []
        self._fresh: list[Reasons] = []

    def started(self) -> None:
        """Say that everything has started."""
        self._state = ""

    def stopping(self) -> None:
        """Say that the node is stopping: no more requests should be sent to it."""
        self._state = "the node is stopping"

    def ready_if(self, reasons: Reasons) -> None:
        """Add a source of reasons against readiness."""
        self._ready.append(reasons)

    def fresh_if(self, reasons: Reasons) -> None:
        """Add a source of reasons against freshness."""
        self._fresh.append(reasons)

    def not_ready(self) -> list[str]:
        """Return why the node can't serve now."""
        return [*filter(None, [self._state]), *(reason for source in self._ready for reason in source())]

    def not_fresh(self) -> list[str]:
        """Return which checkpoints, own or followed, are older than their limit."""
        return [reason for source in self._fresh for reason in source()]
