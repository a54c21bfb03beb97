"""The submissions that wait to be sequenced, in their order, and how many entries may."""

import asyncio
import contextlib
from collections import deque
from typing import Final

from node.errors import PushBackError
from node.log.submission import Submission

MAX_BATCH: Final = 10_000
"""Entries of one transaction: the largest single submission."""

DEFAULT_LIMIT: Final = 20_000
"""Entries that may wait before the log pushes back."""


class Waiting:
    """A queue of submissions."""

    __slots__ = ("_limit", "_queue", "_wake", "entries", "urgent")

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        """Let so many entries wait."""
        self._queue: deque[Submission] = deque()
        self._limit = limit
        self._wake = asyncio.Event()
        self.entries = 0
        """Entries that wait."""
        self.urgent = False
        """Whether somebody waits only for durability."""

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._queue)

    def add(self, submission: Submission) -> None:
        """Let a submission wait.

        Raises:
            PushBackError: Too much is waiting already.
        """
        # A submission above the limit is taken where nothing else waits: pushed back, it would be so for ever.
        if self.entries and self.entries + len(submission) > self._limit:
            raise PushBackError(f"{self.entries} entries are waiting to be logged")
        self.entries += len(submission)
        self._queue.append(submission)
        self.urgent = self.urgent or submission.until == "durable"
        self._wake.set()

    def take(self) -> list[Submission]:
        """Take the next batch: whole submissions, in their order."""
        batch: list[Submission] = []
        count = 0
        while self._queue and (not batch or count + len(self._queue[0]) <= MAX_BATCH):
            submission = self._queue.popleft()
            count += len(submission)
            batch.append(submission)
        self.entries -= count
        self.urgent = bool(self._queue) and self.urgent
        return batch

    def put_back(self, batch: list[Submission]) -> None:
        """Put submissions back to the front, in their order."""
        self._queue.extendleft(reversed(batch))
        self.entries += sum(map(len, batch))

    def refuse_all(self, why: str = "the log has stopped") -> None:
        """Refuse whatever waits."""
        for submission in self._queue:
            submission.refuse(PushBackError(why))
        self._queue.clear()
        self.entries = 0

    def wake(self) -> None:
        """End a wait."""
        self._wake.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a submission, or to be woken; return False if nothing came in time."""
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # `wait_for` would swallow a cancellation, up to Python 3.11
                await self._wake.wait()
            return True
        return False
