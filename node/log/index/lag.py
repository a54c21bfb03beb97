"""How far the index that is shown of an own log is behind the checkpoint that is released: a figure for people."""

from typing import Final

from node.clock import Clock
from node.telemetry import INDEX_BEHIND, INDEX_SECONDS, INDEX_SIZE

LATE_SECONDS: Final = 30.0
"""An index that is behind for longer is told of."""


class Lag:
    """The lag of one index."""

    def __init__(self, origin: str, clock: Clock) -> None:
        """Begin with no index and no checkpoint."""
        self._origin = origin
        self._clock = clock
        self._since: float | None = None
        self.entries = 0
        """How many entries of the released checkpoint aren't covered yet."""

    @property
    def seconds(self) -> float:
        """For how long the index has not covered all of the released checkpoint."""
        return 0.0 if self._since is None else self._clock.monotonic() - self._since

    def note(self, released: int, indexed: int | None) -> None:
        """Take the size of the released checkpoint, and that of the index that is shown, None if none is."""
        if released == indexed:
            self._since = None
        elif self._since is None:
            self._since = self._clock.monotonic()
        self.entries = released - (indexed or 0)
        INDEX_BEHIND.labels(self._origin).set(self.entries)
        INDEX_SIZE.labels(self._origin).set(indexed or 0)

    def shown(self) -> None:
        """Take that an index is shown now, from what it was behind before."""
        INDEX_SECONDS.labels(self._origin).observe(self.seconds)
