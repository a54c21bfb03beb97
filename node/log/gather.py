"""When to commit, in a log whose submitters are answered only once partners hold their entries.

What is committed while partners are at the round before has to wait for that round anyway. So it is left to gather,
and goes into one commit and one round. Behind a round, those who were answered are waited for as well, while they keep
coming, so that they and those who waited meanwhile become one company, and many submitters share what one would cost. A
submitter who comes alone is not kept: nobody else is expected. Nobody waits long for others, and who asked for no more
than durability not at all.
"""

import asyncio
from typing import Final

from node.clock import Clock
from node.log.waiting import Waiting

ENOUGH: Final = 256
"""Entries for which a commit is worth its while, whatever else is under way."""

SHARE: Final = 0.8
"""Of those who were answered last, and who waited then, so many are waited for."""

COMING_SECONDS: Final = 0.005
"""When nobody has come for so long, whoever was answered last doesn't come back at once."""

LONGEST_SECONDS: Final = 0.03
"""Partners may take longer, or be away: entries become durable meanwhile."""

STEP_SECONDS: Final = 0.001


class Gather:
    """Decides for one log."""

    def __init__(self, clock: Clock) -> None:
        """Expect nobody."""
        self._clock = clock
        self._at_partners = 0
        """The size that partners are asked to hold."""
        self._expected = 0
        self._came_at = 0.0
        """When somebody was answered last, or came since."""

    def offered(self, size: int) -> None:
        """Take note that partners are asked to hold so many entries."""
        self._at_partners = max(self._at_partners, size)

    def released(self, size: int, entries: int, waiting: int) -> None:
        """Take note that a checkpoint was released.

        Args:
            size: The checkpoint's.
            entries: How many it has more than the one before: who brought them was answered, and may come back.
            waiting: How many wait to be sequenced now.
        """
        if size >= self._at_partners:
            self._at_partners = 0
        self._expected, self._came_at = entries + waiting, self._clock.monotonic()

    async def wait(self, waiting: Waiting) -> None:
        """Return once it is time to commit what waits."""
        began, before = self._clock.monotonic(), waiting.entries
        while waiting.entries < ENOUGH and not waiting.urgent:
            now = self._clock.monotonic()
            if waiting.entries > before:
                self._came_at, before = now, waiting.entries
            if now - began >= LONGEST_SECONDS or not (self._at_partners or self._are_coming(waiting.entries, now)):
                return
            await asyncio.sleep(STEP_SECONDS)

    def _are_coming(self, entries: int, now: float) -> bool:
        return entries < SHARE * self._expected and now - self._came_at < COMING_SECONDS
