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

STEP_SECONDS: Final = 0.001
COMING_STEPS: Final = 5
"""When nobody has come for so long, whoever was answered last doesn't come back at once."""

LONGEST_STEPS: Final = 30
LONGEST_SECONDS: Final = LONGEST_STEPS * STEP_SECONDS
"""Partners may take longer, or be away: entries become durable meanwhile."""


class Gather:
    """Decides for one log."""

    def __init__(self, clock: Clock) -> None:
        """Expect nobody."""
        self._clock = clock
        self._at_partners = 0
        """The size that partners are asked to hold."""
        self._expected = 0
        self._answered_at = 0.0

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
        self._expected, self._answered_at = entries + waiting, self._clock.monotonic()

    async def wait(self, waiting: Waiting) -> None:
        """Return once it is time to commit what waits."""
        before, quiet = waiting.entries, 0
        for _ in range(LONGEST_STEPS):
            if waiting.entries >= ENOUGH or waiting.urgent:
                return
            if not (self._at_partners or self._are_coming(waiting.entries, quiet)):
                return
            await asyncio.sleep(STEP_SECONDS)
            quiet = 0 if waiting.entries > before else quiet + 1
            before = waiting.entries

    def _are_coming(self, entries: int, quiet: int) -> bool:
        """Whether those are expected still who were answered last, nobody having come for so many steps."""
        is_late = self._clock.monotonic() - self._answered_at >= LONGEST_SECONDS
        return entries < SHARE * self._expected and quiet < COMING_STEPS and not is_late
