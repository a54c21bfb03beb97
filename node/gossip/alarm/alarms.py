"""Alarms: what an operator must hear of, as an event, a metric, a reason against freshness, and to a webhook.

An alarm *stands* from the moment it is raised until its cause is gone. While it stands it is told once, and again every
day; raised anew after it was taken back, it is told anew. All is kept in memory, on purpose: a cause that lasts raises
its alarm again in the next process (stored evidence when it is read, a database that is behind at the start rule,
damage at the next integrity run), and one that is gone should not be told of by a queue from yesterday.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from node.clock import Clock
from node.telemetry import ALARMS, event

Kind = Literal[
    "split-view",
    "own-log-convicted",
    "forked",
    "behind",
    "unresolved",
    "wrong-index",
    "quorum-short",
    "integrity-fault",
    "test",
]
"""What alarms can be about; docs/operate/partners.md says what to do."""

KINDS: Final[tuple[str, ...]] = get_args(Kind)

AGAIN_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to be told: that an alarm was raised, or that its cause is gone."""

    kind: str
    origin: str
    """The log that it is about; "" for the node itself."""
    detail: str
    """One line for people."""
    at: int
    """POSIX seconds at which it was raised or taken back."""
    raised: bool = True


class Alarms:
    """What stands, and what is to be told of it."""

    def __init__(self, clock: Clock) -> None:
        """Begin with no alarm."""
        self._clock = clock
        self._standing: dict[tuple[str, str], Alarm] = {}
        self._told_at: dict[tuple[str, str], float] = {}
        self.on_news: Callable[[Alarm], None] = lambda alarm: None
        """Given each alarm to be told; must not fail and must not wait."""

    def tell(self, kind: str, origin: str, detail: str) -> None:
        """Raise an alarm; while it stands, only its detail changes. A `test` is written down and doesn't stand."""
        key, now = (kind, origin), self._clock.monotonic()
        before = self._standing.get(key)
        alarm = Alarm(kind, origin, detail, self._clock.now() if before is None else before.at)
        if kind != "test":
            self._standing[key] = alarm
            ALARMS.labels(kind, origin).set(1)
        if before is None or now - self._told_at[key] >= AGAIN_SECONDS:
            self._told_at[key] = now
            event("alarm", level=logging.ERROR, kind=kind, log=origin, detail=detail)
            if kind != "test":
                self.on_news(alarm)

    def clear(self, kind: str, origin: str) -> None:
        """Say that an alarm's cause is gone; where it didn't stand, nothing happens."""
        before = self._standing.pop((kind, origin), None)
        if before is None:
            return
        ALARMS.labels(kind, origin).set(0)
        event("alarm_over", kind=kind, log=origin)
        self.on_news(Alarm(kind, origin, before.detail, self._clock.now(), raised=False))

    def standing(self) -> list[Alarm]:
        """Return the alarms that stand, the oldest first."""
        return list(self._standing.values())

    def stands(self, kind: str, origin: str) -> bool:
        """Whether this alarm stands."""
        return (kind, origin) in self._standing

    def reasons(self) -> list[str]:
        """Return what stands as reasons against freshness."""
        return [line(alarm) for alarm in self.standing()]


def line(alarm: Alarm) -> str:
    """Return an alarm as a line for people."""
    about = f" of {alarm.origin}" if alarm.origin else ""
    return f"{'' if alarm.raised else 'over: '}alarm '{alarm.kind}'{about}: {alarm.detail}"
