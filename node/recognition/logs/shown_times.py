"""Writes down what each log shows, and when its quorum had cosigned it: so answers can tell when an entry was logged.

Beside everything else: a few times a second it is looked which checkpoint each log shows, and what is new is written in
one go. Whoever releases a checkpoint, or follows a log, doesn't know of it and waits for nothing. What is shown between
two looks is left out, as is what a crash or a full disk keeps from being written: a time that is lost only widens the
interval in which an entry is known to have been logged.

An own log's cosignatures came to us one by one, and were discarded where their clock was too far off ours
(`node.gossip.release.releaser`). Those on a partner's checkpoint come to us with it: only now is it seen how far off
they are. So one that was cosigned while this node was away counts as seen, and not as witnessed then, until it is
cosigned anew. What no quorum has cosigned is kept with the time of our own clock.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from node.clock import Clock
from node.recognition.known_logs import KnownLog, KnownLogs
from node.storage.database import Database
from node.storage.quorum_times import Recorded, store_recorded
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import warn

LOOK_SECONDS: Final = 0.25
"""Between two looks; what is shown more often than that costs no more."""

FAILED_SECONDS: Final = 5.0
"""Until a database that has not taken what was seen is asked again."""

MOST_WAITING: Final = 1_000
"""Checkpoints that wait for the database; beyond, the oldest are given up."""

Judge = Callable[[str, bytes, int], tuple[bytes, int | None]]
"""Gives of a partner's log, its checkpoint, and our time: the checkpoint as it counts, and its quorum time if any."""


class ShownTimes:
    """Looks at all logs that this node knows."""

    def __init__(
        self, database: Database, logs: KnownLogs, *, clock: Clock, judge: Judge = lambda _, note, __: (note, None)
    ) -> None:
        """Look at these logs; where nobody judges partners' checkpoints, none is witnessed."""
        self._database = database
        self._logs = logs
        self._judge = judge
        self._clock = clock
        self._seen: dict[str, bytes] = {}
        """By origin, the note that was looked at last."""
        self._waiting: list[Recorded] = []
        self._failing = False

    async def run(self) -> None:
        """Look and write, until cancelled."""
        while True:
            await asyncio.sleep(FAILED_SECONDS if self._failing else LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Look once, and write what is new; how that goes is nobody's matter but the log lines'."""
        try:
            self._waiting += [row for log in self._logs() if (row := self._new(log)) is not None]
            if self._waiting:
                await store_recorded(self._database, self._waiting)
        except Exception as error:  # whatever the database says, or a partner shows: nothing else depends on it
            if not self._failing:
                ours = None if isinstance(error, DATABASE_FAILURES) else error
                warn("times_not_stored", error=ours, failure=str(error) or type(error).__name__)
            self._failing, self._waiting = True, self._waiting[-MOST_WAITING:]
        else:
            self._failing, self._waiting = False, []

    def _new(self, log: KnownLog) -> Recorded | None:
        """Return what a log shows, if it was not looked at before."""
        published = None if log.reader is None else log.reader.state.published
        if published is None or self._seen.get(log.origin) == published.note:
            return None
        self._seen[log.origin] = published.note
        note, time = published.note, published.time
        if not log.own:
            note, time = self._judge(log.origin, note, self._clock.now())
        when = self._clock.now() if time is None else time
        return Recorded(log.log_id, published.size, when, time is not None, note)
