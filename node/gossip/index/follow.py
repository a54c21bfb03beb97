"""Pulls the index notes that partners' logs show: of those who didn't ask us to cosign, or whose shown note we missed.

Each log has a loop of its own. It also walks an index to where a request wants it, and makes evidence of a wrong one:
both take longer than a request may.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Final

from node.client.index import IndexClient
from node.errors import NodeError, NotFoundError, PushBackError
from node.gossip.index.followed import FollowedIndex, WrongIndexError
from node.gossip.index.wrong import WrongIndexes
from node.gossip.release.turns import SPREAD_SECONDS
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import warn
from protocol.errors import ProtocolError

SOON_SECONDS: Final = 2.0 * SPREAD_SECONDS
"""Until the index of a log is asked for that has shown more than its index covers here; those who are asked to cosign,
as everybody is in turn, have been told of it by then."""


class IndexFollower:
    """Follows the index of one partner's log."""

    def __init__(
        self, index: FollowedIndex, client: IndexClient, wrong: WrongIndexes, *, interval_seconds: float
    ) -> None:
        """Ask at the address where the log is served; where nothing is new, once an interval."""
        self._index = index
        self._client = client
        self._wrong = wrong
        self._interval = interval_seconds
        self._pause = SOON_SECONDS
        self._wake = asyncio.Event()
        index.on_wanted = self._wake.set
        self._judged: bytes | None = None
        """The note that was found wrong, and of which evidence was tried to make."""
        self.failure = ""
        """What following fails on now."""

    @property
    def index(self) -> FollowedIndex:
        """What is followed."""
        return self._index

    async def run(self) -> None:
        """Follow, until cancelled; what a round fails on costs nothing but that round."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause if self._is_behind() else self._interval):
                    await self._wake.wait()
            self._wake.clear()
            await self.follow()
            # A log that shows no index is asked less and less often.
            self._pause = min(2 * self._pause, self._interval) if self.failure else SOON_SECONDS

    def _is_behind(self) -> bool:
        reader = self._index.log.reader
        published = None if reader is None else reader.state.published
        return published is not None and published.size > self._index.shown_size

    async def follow(self) -> None:
        """Do one round; what it fails on is `failure`."""
        try:
            await self._index.guarded(self._round)
            self.failure = ""
        except (NotFoundError, PushBackError) as error:
            self.failure = str(error)  # it shows no index: not yet, or it is a log of another program
        except Exception as error:  # whatever a log shows costs its own loop a round, never the node
            known = isinstance(error, (NodeError, ProtocolError, *DATABASE_FAILURES))
            failure = str(error) if known else f"this node failed ({type(error).__name__})"
            if failure != self.failure:
                ours = None if known else error
                warn("index_not_followed", error=ours, log=self._index.origin, failure=failure)
            self.failure = failure or type(error).__name__

    async def _round(self) -> None:
        if self._index.wanted:
            await self._index.catch_up()
        if self._index.log.mirror.reader is None:
            return
        note = await self._client.checkpoint()
        try:
            await self._take(note)
        except WrongIndexError as error:
            self._wrong.tell(self._index, error)
            if note != self._judged or not self._wrong.is_shown(self._index):
                await self._convict(error)
                self._judged = note
        else:
            self._wrong.right(self._index, self._index.shown_size)

    async def _take(self, note: bytes) -> None:
        try:
            await self._index.take_shown(note)
        except PushBackError:
            if not self._index.wanted:
                raise
            await self._index.catch_up()
            await self._index.take_shown(note)

    async def _convict(self, error: WrongIndexError) -> None:
        async with self._index.turn():
            await self._wrong.convict(self._index, error, self._client)


def following(followers: Iterable[IndexFollower]) -> list[Coroutine[None, None, None]]:
    """Return what runs beside the node until it is cancelled."""
    return [follower.run() for follower in followers]


def reasons(followers: Iterable[IndexFollower]) -> Callable[[], list[str]]:
    """Return what tells what following fails on, for people."""
    return lambda: [f"{one.index.origin}: {one.failure}" for one in followers if one.failure]
