"""When an entry was logged, as far as it is known, and what that says of a moment.

An entry at leaf i was logged in (lo, hi]: lo is the latest moment at which the log is known to have had at most i
entries, hi the earliest at which it is known to have had more. Who knows it is the caller's to say: a quorum of
cosigners by their clocks, or a node by its own. Of a moment::

    already        hi is at the moment or before it
    not yet        lo is at the moment or after it
    undetermined   neither; or both, as lo > hi where clocks differ and the moment lies between

So clocks that differ leave open what lies between them, and nothing before or after. A date means until its 23:59:59Z.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from protocol.encoding.wire import check_date, check_instant

Then = Literal["already", "not yet", "undetermined"]
"""Whether an entry was there at the moment asked about."""

Retroactive = Literal["", "yes", "undetermined"]
"""Whether an entry was logged after the day that it is applied to; empty where it was there by then."""

END_OF_DAY: Final = "T23:59:59Z"

_LAST_INSTANT: Final = 253402300799
"""9999-12-31T23:59:59Z: later times are shown as the number they are."""


@dataclass(frozen=True, slots=True)
class Logged:
    """Between which moments an entry was logged, in POSIX seconds; None where that isn't known."""

    after: int | None
    by: int | None

    def at(self, moment: int) -> Then:
        """Return whether the entry was there at a moment."""
        there = self.by is not None and self.by <= moment
        missing = self.after is not None and self.after >= moment
        # Within one second the later word counts: the entry was there before the second ended.
        if there and (not missing or self.after == self.by):
            return "already"
        return "not yet" if missing and not there else "undetermined"

    def retroactive(self, day: str) -> Retroactive:
        """Return whether the entry was logged after a day, ``YYYY-MM-DD``."""
        then = self.at(moment(day))
        return "" if then == "already" else "yes" if then == "not yet" else "undetermined"

    def __str__(self) -> str:
        """Return the interval in words."""
        if self.by is None:
            return "logged at no known time" if self.after is None else f"logged after {instant(self.after)}"
        if self.after is None:
            return f"logged by {instant(self.by)}"
        return f"logged after {instant(self.after)} and by {instant(self.by)}"


def moment(text: str) -> int:
    """Return an instant, or the end of a date, in POSIX seconds.

    Raises:
        MalformedError: It is neither.
    """
    if len(text) == len("YYYY-MM-DD"):
        check_date(text)
        text += END_OF_DAY
    check_instant(text)
    return int(datetime.fromisoformat(text).timestamp())


def instant(seconds: int) -> str:
    """Return POSIX seconds as an instant ``YYYY-MM-DDTHH:MM:SSZ``."""
    if seconds > _LAST_INSTANT:
        return f"{seconds} seconds after 1970"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
