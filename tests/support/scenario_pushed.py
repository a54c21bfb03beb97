"""A scenario of the counting loop: a log pushes to our mirror, batch after batch, until each checkpoint is cosigned."""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from typing import Final

from node.errors import NodeError
from node.gossip.cosigning.plain_answer import PlainAnswer
from protocol.gossip.mirror_info import MirrorInfo
from protocol.gossip.witness import parse_size
from tests.support.counting import Place
from tests.support.entries import sealed_entries
from tests.support.growing_log import GrowingLog
from tests.support.mirroring import Pushed, pushed_to
from tests.support.pushing import an_upload
from tests.support.scenarios import DATABASE_FAILED, SOON

SIZES: Final = (0, 3, 300, 301, 900)
PACKAGES: Final = 1
"""Of one request, so that entries are held before all are here."""


class PushedDay:
    """A mirror starts, is pushed to, is restarted in between, and stops."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._log = GrowingLog(f"counted.example/{place.number}")
        self._log.entries = sealed_entries(f"counted {place.number}", SIZES[-1])
        self._stack = AsyncExitStack()
        self._mirror: Pushed | None = None
        self._cosigned: dict[int, bytes] = {}
        self._dsn = ""

    async def begin(self, dsn: str) -> None:
        """Name the log; nothing of it is there."""
        self._dsn = dsn

    async def work(self) -> None:
        """Push every checkpoint; in the middle the process ends and another begins."""
        for number, size in enumerate(SIZES):
            if number == len(SIZES) // 2:
                await self._stop()
            await self._push(size)
        await self._stop()

    async def _push(self, size: int) -> None:
        """Go on until the checkpoint is cosigned, as `node.gossip.release.push` does, and with no more knowledge."""
        pending = start = 0
        while True:
            mirror = await self._started()
            offered = await mirror.offer(min(pending, size), size)
            if offered.status == 409:
                pending = parse_size(offered.body)
                continue
            brought = offered
            if offered.status == 200:
                pending = size
                brought = await self._bring(mirror, start, size)
            if brought.status == 200:
                return
            if brought.status in (202, 409):
                start = MirrorInfo.parse(brought.body).next_entry
                continue
            assert brought.status == 503, brought
            await asyncio.sleep(SOON)

    async def _bring(self, mirror: Pushed, start: int, size: int) -> PlainAnswer:
        answer = await mirror.bring(an_upload(self._log, min(start, size), size, packages=PACKAGES), keep=False)
        if answer.status == 200:
            # It has left: from now on the mirror must hold this, whatever fails.
            self._cosigned[size] = self._log.root(size)
        return answer

    async def _started(self) -> Pushed:
        while self._mirror is None:
            with contextlib.suppress(*DATABASE_FAILED):
                self._mirror = await self._stack.enter_async_context(pushed_to(self._dsn, self._log))
                break
            await asyncio.sleep(SOON)
        while self._mirror.holding.reader is None:
            await asyncio.sleep(SOON)
            with contextlib.suppress(*DATABASE_FAILED):
                await self._mirror.holding.load()
        return self._mirror

    async def _stop(self) -> None:
        self._mirror = None
        await self._stack.aclose()

    async def check(self) -> None:
        """Read by another way what is stored: a part of the log, and all that was ever cosigned."""
        async with pushed_to(self._place.dsn, self._log) as looked_at:
            looked_at.cosigned = self._cosigned
            await looked_at.check()

    async def restart(self) -> None:
        """Start anew: what was cosigned last is shown, and cosigned again."""
        mirror = await self._started()
        assert mirror.holding.shown is not None
        await self._push(SIZES[-1])
        await self._stop()

    async def end(self) -> None:
        """Stop what still runs."""
        with contextlib.suppress(NodeError, OSError):
            await self._stop()
