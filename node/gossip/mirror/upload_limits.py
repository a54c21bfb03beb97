"""What uploads that are not finished may cost: anybody may begin one, and only a whole package shows that it is honest.

An upload holds one unfinished package in memory, 16 MiB at the most. So the uploads at once are counted, and what they
hold together is too; where it gets too much, one is cut off: the one that has brought no package for the longest time,
or the one that holds most. So whoever opens many and stalls loses them, and a log that pushes gets through.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from node.clock import Clock

MOST_UPLOADS: Final = 32
MOST_BYTES: Final = 64 << 20
"""Of unfinished packages, all uploads together."""

STALL_SECONDS: Final = 10.0
"""Between two pieces of a body."""


@dataclass(eq=False, slots=True)
class Opened:
    """One upload under way."""

    since: float
    """Monotonic time of its beginning, or of its latest package."""
    held: int = 0
    """Bytes that came since."""
    is_cut: bool = False
    waits: asyncio.Timeout | None = None
    """The wait for its next piece, while there is one."""


class UploadLimits:
    """All uploads of a node."""

    def __init__(self, clock: Clock) -> None:
        """Begin with none."""
        self._clock = clock
        self._opened: set[Opened] = set()

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """Count an upload in, and cut another off if there are too many."""
        upload = Opened(self._clock.monotonic())
        self._opened.add(upload)
        if len(self._opened) > MOST_UPLOADS:
            self._cut(min(self._opened, key=lambda one: one.since))
        try:
            yield upload
        finally:
            self._opened.discard(upload)

    async def pieces(self, upload: Opened, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield a body's pieces until it ends, stalls, or is cut off."""
        while not upload.is_cut:
            try:
                async with asyncio.timeout(STALL_SECONDS) as upload.waits:
                    piece = await anext(body)
            except (TimeoutError, StopAsyncIteration):
                return
            finally:
                upload.waits = None
            upload.held += len(piece)
            if sum(one.held for one in self._opened) > MOST_BYTES:
                self._cut(max(self._opened, key=lambda one: one.held))
            yield piece

    def _cut(self, upload: Opened) -> None:
        """End an upload as if its body had ended here; it counts no more, so it isn't cut twice."""
        self._opened.discard(upload)
        upload.is_cut = True
        if upload.waits is not None and not upload.waits.expired():
            upload.waits.reschedule(0)

    def advance(self, upload: Opened) -> None:
        """Note that a whole package of it was verified."""
        upload.since, upload.held = self._clock.monotonic(), 0
