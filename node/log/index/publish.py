"""Publish the index of an own log: grown to each released checkpoint, signed, cosigned by partners, then shown.

A stage takes the index from what is shown, over N entries, to a released checkpoint's size M:

1. its pages are computed, in memory; if the newest checkpoint is too far away, the index is walked towards it first,
   in committed steps without a note, and proves nothing meanwhile;
2. the note over M is signed, and partners' index cosigners are asked for their lines on it;
3. with the lines of a quorum, pages and note are committed together. Until then everybody proves under N.

Without partners who could make a quorum the stage is shown at once. Without their quorum for longer than a quarter of
the limit on age it is shown all the same, by the log's word alone, and so are those after it until they answer again.
Lines that come later are added to the note. A note that stays the newest is cosigned anew every quarter of the limit.

When the next stage begins is `node.log.index.pace`'s.

================================  ================================================================================
if the process dies …             then
================================  ================================================================================
before the commit of a stage      the index before it is shown; the next process signs the same note again, or a newer
after it                          the stage is shown with the lines that it had; partners are asked again at the start
================================  ================================================================================
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from node.clock import Clock
from node.errors import ConflictError, NodeError, PushBackError
from node.log.index.lag import Lag
from node.log.index.lines import Lines
from node.log.index.pace import MOST_STAGED, POLL_SECONDS, rest
from node.log.index.stands import index_stands
from node.log.index.tree import STAGE_ENTRIES, DamagedIndexError, IndexTree, Overlay, TooFarError
from node.log.prove import LogReader
from node.log.state import Published, published_of
from node.storage.database import Database
from node.storage.former_keys import former_keys
from node.storage.quorum_times import Recorded, next_recorded, store_recorded
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import event, warn
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note
from protocol.gossip.cosign_index import CosignIndex
from protocol.log.index_note import sign_index

STUCK_SECONDS: Final = 2.0
"""After this long without a quorum a stage gives way to a newer checkpoint; with slow partners it may last longer."""

LONGEST_STAGE: Final = 60.0
PAUSE_SECONDS: Final = 1.0
"""Before a stage that failed is begun again."""

COSIGNED_PER_LIMIT: Final = 4


class IndexPublisher:
    """Publishes the index of one own log; `run` does it for ever."""

    def __init__(
        self,
        tree: IndexTree,
        reader: Callable[[], LogReader],
        signer: Signer,
        *,
        lines: Lines,
        database: Database,
        clock: Clock,
        freshness_seconds: float,
        held: Callable[[], str] = lambda: "",
    ) -> None:
        """Publish what `tree` makes of the log, signed by its key; nothing is signed while it is held."""
        self._tree = tree
        self._reader = reader
        self._signer = signer
        self._lines = lines
        self._database = database
        self._clock = clock
        self._quarter = freshness_seconds / COSIGNED_PER_LIMIT
        self._held = held
        self._size: int | None = None
        """Over how many entries the index stands, as far as is known; None before it was looked at."""
        self._shown: bytes | None = None
        """The note that is shown."""
        self._unsigned_by_others: bytes | None = None
        """The note that partners are asked about, without their lines."""
        self._added = 0
        """Lines on the shown note, of those that are being gathered."""
        self._asked_at: float | None = None
        self._short_since: float | None = None
        """Since when no quorum has been had."""
        self._patience = STUCK_SECONDS
        self.lag = Lag(tree.origin, clock)
        self.failure = ""
        """What publication fails on now."""

    @property
    def is_short(self) -> bool:
        """Whether partners who could make a quorum have not, for longer than a quarter of the limit."""
        return self._short_since is not None and self._clock.monotonic() - self._short_since > self._quarter

    async def run(self) -> None:
        """Publish stage after stage, until cancelled; what one fails on costs a pause."""
        try:
            while True:
                began = self._clock.monotonic()
                try:
                    moved = await self.step()
                    self.failure = ""
                except Exception as error:  # what a stage fails on costs a pause, never the node
                    await self._failed(error)
                    moved = False
                if moved and not self.failure:
                    await rest(began, self._behind, self._clock)
                else:
                    await asyncio.sleep(PAUSE_SECONDS if self.failure else POLL_SECONDS)
        finally:
            self._lines.close()

    def _behind(self) -> int:
        """Return how many entries the index lacks."""
        published = self._reader().state.published
        return 0 if published is None or self._size is None else published.size - self._size

    async def step(self) -> bool:
        """Do one stage if there is a newer checkpoint, else what is due on the note that is shown; tell which."""
        if self._size is None:
            await self._look()
        published = self._reader().state.published
        self._note_lag(published)
        if published is None or self._held():
            return False
        if self._size == published.size and self._shown is not None:
            await self._keep_cosigned()
            return False
        return await self._stage(await self._target(published))

    async def _look(self) -> None:
        row = await index_stands(self._tree, self._reader())
        self._size, self._shown = row.size, row.note

    async def _target(self, published: Published) -> Published:
        """Return the checkpoint to go to: the newest, or one on the way that one stage leads to."""
        size = self._size or 0
        if not STAGE_ENTRIES < published.size - size <= MOST_STAGED:
            return published
        async with self._database.pool.acquire() as connection:
            near = await next_recorded(connection, self._tree.log_id, size, most=STAGE_ENTRIES)
        if near is None or not size < near.size <= min(size + STAGE_ENTRIES, published.size):
            return published
        if near.time < self._clock.now() - self._quarter / 2:
            return published  # partners cosign nothing that has been left behind for long
        return published_of(near.size, near.note, near.time if near.witnessed else None)

    async def _stage(self, target: Published) -> bool:
        overlay = await self._overlay(target.size)
        if overlay.head.log_root != target.root:
            raise NodeError(
                f"the entries of {self._tree.origin} don't make its checkpoint at size {target.size}",
                mend="run `nostra check` to find the damage",
            )
        if not await self._may_sign(target.size):
            await self._commit(overlay, None)
            return True
        note = sign_index(overlay.head, self._signer)
        self._ask(CosignIndex(overlay.head.trie_root, note, self._shown))
        if not await self._is_to_be_shown(target):
            return True
        await self._record(target)
        lines = self._lines.all()
        if await self._commit(overlay, Note.parse(note).adding(lines).render()):
            self._added = len(lines)
            self._tell_published(target)
        return True

    async def _overlay(self, size: int) -> Overlay:
        try:
            return await self._tree.extend(size)
        except TooFarError:
            event("index_catches_up", log=self._tree.origin, tree_size=size)
            row = await self._tree.catch_up(size)
            self._size, self._shown = row.size, row.note
            return await self._tree.extend(size)

    async def _may_sign(self, size: int) -> bool:
        """Whether the key that signs now counts at this size: what the keys before it ended at lies behind it."""
        async with self._database.pool.acquire() as connection:
            return all(key.size <= size for key in await former_keys(connection, self._tree.log_id))

    def _ask(self, request: CosignIndex) -> None:
        self._unsigned_by_others, self._added = request.note, 0
        self._asked_at = self._clock.monotonic()
        self._lines.begin(request)

    async def _is_to_be_shown(self, target: Published) -> bool:
        """Return once there is a quorum, or there won't be; False gives way to a newer checkpoint.

        The lines that a stage has got are lost by that: so the next one may last longer, or partners who are slow
        would never make a quorum under load.
        """
        if not target.size or not self._lines.can_suffice:
            return True  # over no entries ML-DSA-44 signs no other hash than that of an empty tree
        began = self._clock.monotonic()
        while not self._lines.suffice:
            if self._short_since is None:
                self._short_since = began
            published = self._reader().state.published
            if self.is_short or self._held():
                return not self._held()
            is_old = published is not None and published.size > target.size
            if is_old and self._clock.monotonic() - began > self._patience:
                self._patience = min(2 * self._patience, LONGEST_STAGE)
                return False
            await self._lines.moved(POLL_SECONDS)
        self._short_since, self._patience = None, max(STUCK_SECONDS, 2 * (self._clock.monotonic() - began))
        return True

    async def _record(self, target: Published) -> None:
        """Keep the checkpoint of the index's size, so that both can be shown together."""
        time = self._clock.now() if target.time is None else target.time
        row = Recorded(self._tree.log_id, target.size, time, target.witnessed, target.note)
        await store_recorded(self._database, [row])

    async def _commit(self, overlay: Overlay, note: bytes | None) -> bool:
        # If the process dies behind this line, the stage is shown; the next one finds it so.
        if not await self._tree.commit(overlay, note):
            self._size = None  # another process was first
            return False
        self._size, self._shown = overlay.head.size, note
        return True

    def _tell_published(self, target: Published) -> None:
        event("index_published", log=self._tree.origin, tree_size=target.size, cosigned=self._lines.suffice)
        self.lag.shown()
        self._note_lag(self._reader().state.published)

    async def _keep_cosigned(self) -> None:
        """Add lines that have come, and ask for new ones when those are old."""
        if self._shown is None:
            return
        now = self._clock.monotonic()
        if self._asked_at is None or now - self._asked_at >= self._quarter:
            await self._ask_anew()
            return
        lines = self._lines.all()
        if len(lines) > self._added and self._unsigned_by_others is not None and self._lines.suffice:
            overlay = await self._tree.extend(self._size or 0)
            note = Note.parse(self._unsigned_by_others).adding(lines).render()
            if await self._commit(overlay, note):
                self._added, self._short_since = len(lines), None

    async def _ask_anew(self) -> None:
        row = await self._tree.state()
        self._size, self._shown = row.size, row.note
        if row.note is not None and await self._may_sign(row.size):
            note = sign_index(self._tree.head_of(row), self._signer)
            self._ask(CosignIndex(row.trie_root, note, row.note))

    def _note_lag(self, published: Published | None) -> None:
        if published is not None:
            self.lag.note(published.size, self._size if self._shown is not None else None)

    async def _failed(self, error: Exception) -> None:
        """Note what a stage failed on; a damaged index is made anew."""
        ours = None if isinstance(error, (NodeError, *DATABASE_FAILURES)) else error
        origin, failure = self._tree.origin, str(error) if ours is None else f"this node failed ({type(ours).__name__})"
        self._size = None
        if isinstance(error, ConflictError | PushBackError):
            return  # another process has moved it: look again
        if failure != self.failure:
            warn("index_not_published", error=ours, log=origin, failure=failure)
        self.failure = failure or type(error).__name__
        if isinstance(error, DamagedIndexError):
            event("index_made_anew", log=origin)
            with suppress(*DATABASE_FAILURES):  # else the next stage finds it damaged again
                await self._tree.rebuild()
