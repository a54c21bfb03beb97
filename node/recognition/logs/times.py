"""When an entry was logged: by the clocks of a quorum of cosigners or, where none has cosigned it, by this node's own.

The cosigners' are the quorum times of the checkpoints that the log has shown (`node.recognition.logs.shown_times`). By
its own clock the node writes down which tree size of each log it saw when (`observe`, called at intervals). Either way
an entry at leaf i was logged in (lo, hi]: lo is the last moment at which the log was seen with at most i entries, hi
the first at which it was seen with more; what that says of a moment is `protocol.recognition.logged`.

What a partner shows is what it showed this node: that nobody saw more earlier is not proved, by a quorum of cosigners
no more than by ourselves unless any two such quorums share one.
"""

from dataclasses import dataclass
from typing import Final

from node.recognition.answer import WhoseClock
from node.recognition.known_logs import KnownLog, KnownLogs
from node.storage.database import Database
from node.storage.quorum_times import times_around
from node.storage.seen import seen_around, store_seen
from protocol.recognition.logged import Logged

COSIGNERS: Final = "the cosigners'"
OWN: Final = "this node's own"


@dataclass(frozen=True, slots=True)
class LoggedBy(Logged):
    """Between which moments an entry was logged, and by whose clock."""

    clock: WhoseClock


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


async def logged(database: Database, log: KnownLog, leaf: int) -> LoggedBy:
    """Return between which moments an entry was logged."""
    async with database.pool.acquire() as connection:
        after, by = await times_around(connection, log.log_id, leaf)
        by = _earlier(by, log.shown_time(leaf))
        if by is not None:
            return LoggedBy(after, by, COSIGNERS)
        return LoggedBy(*await seen_around(connection, log.log_id, leaf), OWN)


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((time for time in (one, other) if time is not None), default=None)
