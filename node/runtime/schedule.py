"""Work that comes round: APScheduler on the node's own event loop.

A piece of work never overlaps itself, runs late rather than not at all, and fails alone: what it failed on is written
to the log, and its next time comes.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from node.telemetry import warn

ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Work:
    """What comes round, and when: every so many seconds, or daily at an hour."""

    name: str
    do: Callable[[], Awaitable[None]]
    every_seconds: int | None = None
    jitter_seconds: int = 0
    """So much earlier or later it may begin, at random: what many nodes do shouldn't come all at once."""
    daily_at_hour: int | None = None

    async def run(self) -> None:
        """Do it once; a failure is written down and ends nothing."""
        try:
            await self.do()
        except Exception as error:
            warn("scheduled_work_failed", work=self.name, error=error)

    @property
    def trigger(self) -> IntervalTrigger | CronTrigger:
        """When it runs, in APScheduler's words."""
        if self.every_seconds is not None:
            return IntervalTrigger(seconds=self.every_seconds, jitter=self.jitter_seconds or None, timezone=ZONE)
        return CronTrigger(hour=self.daily_at_hour, minute=17, timezone=ZONE)


@contextmanager
def scheduled(works: Sequence[Work]) -> Iterator[None]:
    """Let the work come round while the block runs."""
    scheduler = AsyncIOScheduler(timezone=ZONE)
    for work in works:
        scheduler.add_job(work.run, work.trigger, id=work.name, max_instances=1, coalesce=True, misfire_grace_time=None)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
