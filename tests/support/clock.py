"""A clock that moves only when told."""

from node.clock import Clock, posix_seconds


class FakeClock(Clock):
    """Stands still at an instant until `advance` moves it; never sleeps."""

    def __init__(self, at: str = "2026-11-24T07:00:00Z") -> None:
        self._now: float = posix_seconds(at)
        self._monotonic = 0.0

    def now(self) -> int:
        """Return the instant it was told, in POSIX seconds."""
        return int(self._now)

    def monotonic(self) -> float:
        """Return the seconds it was advanced in all."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
        self._monotonic += seconds

    def set_back(self, seconds: float) -> None:
        """Let an operator set the wall clock back: `now` falls, `monotonic` doesn't."""
        self._now -= seconds


class SkewedClock(Clock):
    """A clock that goes with another, so many seconds ahead of it."""

    def __init__(self, clock: Clock, skew: int) -> None:
        self._clock = clock
        self.skew = skew

    def now(self) -> int:
        """Return the other clock's present, and the skew."""
        return self._clock.now() + self.skew

    def monotonic(self) -> float:
        """Return the other clock's."""
        return self._clock.monotonic()
