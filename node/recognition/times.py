"""When an entry was logged, as far as this node saw it: by its own clock, without cosignatures.

The node writes down which tree size of each log it saw when (`observe`, called at intervals). An entry at leaf i was
logged in (lo, hi]: lo is the last moment at which the log was seen with at most i entries, hi the first at which it was
seen with more. So something 'was already there' at a moment where hi ≤ it, 'was not yet there' where lo ≥ it, and in
between it is undetermined. lo > hi, as after a clock was set back, is undetermined too.

What a partner shows is what it showed this node: that nobody saw more earlier is not proved.
"""

from dataclasses import dataclass
from typing import Final, Literal

from node.clock import posix_seconds
from node.recognition.known_logs import KnownLog, KnownLogs
from node.storage.database import Database
from node.storage.seen import seen_around, store_seen
from protocol.encoding.wire import check_date, check_instant

Then = Literal["already", "not yet", "undetermined"]

END_OF_DAY: Final = "T23:59:59Z"


@dataclass(frozen=True, slots=True)
class Logged:
    """Between which moments an entry was logged (POSIX seconds); None where that isn't known."""

    after: int | None
    by: int | None

    def at(self, moment: int) -> Then:
        """Return whether the entry was there at a moment."""
        if self.after is not None and self.by is not None and self.after > self.by:
            return "undetermined"
        if self.by is not None and self.by <= moment:
            return "already"
        if self.after is not None and self.after >= moment:
            return "not yet"
        return "undetermined"


async def observe(database: Database, logs: KnownLogs, now: int) -> None:
    """Write down how large every log is seen to be now.

    A partner's log is known not to be larger as of the moment at which its node was last asked, which lies before its
    answer; what it showed is known to be here only now.
    """
    for log in logs():
        newest = now if log.own else log.seen_at
        if log.readable and newest is not None:
            async with database.writing() as connection:
                await store_seen(connection, log.log_id, log.size, here=now, newest=newest)


async def logged(database: Database, log: KnownLog, leaf: int) -> Logged:
    """Return between which moments an entry was logged."""
    async with database.pool.acquire() as connection:
        return Logged(*await seen_around(connection, log.log_id, leaf))


def moment(text: str) -> int:
    """Return an instant, or the end of a date, in POSIX seconds.

    Raises:
        MalformedError: It is neither.
    """
    if len(text) == len("YYYY-MM-DD"):
        check_date(text)
        return posix_seconds(text + END_OF_DAY)
    check_instant(text)
    return posix_seconds(text)
