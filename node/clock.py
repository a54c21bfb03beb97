"""The only reader of time.

Everything that depends on time takes a `Clock`; tests give a clock of their own that moves only when told.
Wall-clock time is whole POSIX seconds (UTC, as in a cosignature's timestamp) or the instant text of our formats,
`YYYY-MM-DDTHH:MM:SSZ`; legal dates are `YYYY-MM-DD` in UTC. Durations come from `monotonic`, never from `now`:
the wall clock may be set back while a node runs.
"""

import time
from datetime import UTC, datetime

INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class Clock:
    """The machine's clock."""

    def now(self) -> int:
        """Return the present as POSIX seconds, rounded down."""
        return int(time.time())

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never go back; only differences mean anything."""
        return time.monotonic()

    def now_text(self) -> str:
        """Return the present as an instant, such as `2026-11-24T07:00:00Z`."""
        return instant(self.now())

    def today(self) -> str:
        """Return the present UTC date, such as `2026-11-24`."""
        return self.now_text()[:10]


def instant(seconds: int) -> str:
    """Return POSIX seconds as an instant text, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime(INSTANT_FORMAT)


def posix_seconds(text: str) -> int:
    """Return an instant text as POSIX seconds.

    Raises:
        ValueError: The text is not an instant of our form.
    """
    moment = datetime.strptime(text, INSTANT_FORMAT).replace(tzinfo=UTC)
    if moment.strftime(INSTANT_FORMAT) != text:  # strptime also reads `2026-1-2T3:4:5Z`
        raise ValueError(f"'{text[:40]}' is not an instant: write YYYY-MM-DDTHH:MM:SSZ")
    return int(moment.timestamp())
