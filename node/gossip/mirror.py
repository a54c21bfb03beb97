"""A mirror: a verified copy of a partner's log, kept by following its checkpoints and reading its entries in bulk.

One round asks the partner for its checkpoint and takes over, step by step, what it has grown by
(`node.log.follow` verifies each step before it is stored). If the process dies on the way, what is stored is a verified
part of a signed tree, and the next round goes on from there. Once the last step is in, the new checkpoint is released:
in the same transaction, so that whoever reads the mirror sees a checkpoint only with all its entries.

A mirror's head has its partner's note, verbatim: of the tree that is here or, while a growth is under way, of the tree
that it goes towards.
"""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from node.clock import Clock
from node.config import PartnerSettings
from node.errors import FatalError, PushBackError
from node.gossip.mirror_texts import MirrorTexts
from node.log.follow import (
    BehindError,
    InconsistentError,
    LogSource,
    Target,
    open_target,
    verified_growth,
    verify_extends,
)
from node.log.integrate import Integration, advance
from node.log.prove import LogReader
from node.log.state import LogState, Published, load_position, published_of
from node.log.tile_cache import TileCache
from node.storage.database import Database
from node.storage.heads import Head, create_log, find_head, store_release
from node.storage.writer import Outcome, Writer
from node.telemetry import MIRRORED, TREE_SIZE, event

KEPT_TILES: Final = 128
"""Tiles that a mirror keeps in memory: 2 to 4 MB each mirror."""


class Mirror:
    """The copy of one partner's log; `commits` bounds the connections on which all mirrors together write."""

    def __init__(
        self,
        partner: PartnerSettings,
        source: LogSource,
        database: Database,
        *,
        clock: Clock,
        commits: asyncio.Semaphore,
    ) -> None:
        """Prepare; `load` reads what is here."""
        self.partner = partner
        self.reader: LogReader | None = None
        """Reads the mirror, once it was loaded; it has a published checkpoint once all of one is here."""
        self._source = source
        self._database = database
        self._clock = clock
        self._commits = commits
        self._texts = MirrorTexts(partner.origin, source, database, clock)

    @property
    def origin(self) -> str:
        """The log's name for good."""
        return self.partner.origin

    async def load(self) -> LogState:
        """Read where the mirror stands, unless that is known, and return it.

        Raises:
            FatalError: The database holds the log under another key, or as our own, or damaged.
        """
        verifier_key = self.partner.verifier_key.render()
        async with self._database.pool.acquire() as connection:
            head = await find_head(connection, self.origin)
            if head is None:
                head = await create_log(connection, self.origin, verifier_key, own=False)
            self._check(head, verifier_key)
            state = None if self.reader is None else self.reader.state
            if state is None or (state.head.size, state.head.root) != (head.size, head.root):
                state = LogState(await load_position(connection, head), TileCache(KEPT_TILES))
        state.position = replace(state.position, head=head)
        if head.released_note is not None and head.released_size is not None:
            state.published = published_of(head.released_size, head.released_note)
            TREE_SIZE.labels(self.origin).set(head.released_size)
        if self.reader is None:
            self.reader = LogReader(self._database.pool, state)
        self.reader.state = state
        return state

    def _check(self, head: Head, verifier_key: str) -> None:
        if head.own:
            raise FatalError(f"{self.origin} is a log of our own", mend="remove the [[partner]] of that origin")
        if head.verifier_key != verifier_key:
            raise FatalError(
                f"the mirror of {self.origin} was begun under the key {head.verifier_key}",
                mend="put that key back into [[partner]]; a log that changed its key says so in an entry",
            )

    async def follow(self, source: LogSource | None = None) -> None:
        """Take over what the partner's log has grown by, and the texts that belong to it.

        Args:
            source: Whoever else serves the log, such as another partner's mirror; None for the partner itself.

        Raises:
            NodeError: The partner can't be reached, or what it serves isn't accepted. What is stored stays as it is,
                or has grown by verified steps.
        """
        source = source or self._source
        state = await self.load()
        target = open_target(await source.checkpoint(), self.partner.verifier_key)
        kept = self._kept(state.head)
        await self._compare(state, target, kept=kept, source=source)
        await self._grow(state, target, kept=kept, source=source)
        await self._texts.fetch(state.head.log_id, state.published.size if state.published else 0)

    def _kept(self, head: Head) -> Target | None:
        """Return the newest signed checkpoint that is kept."""
        note = head.note or head.released_note
        return None if note is None else open_target(note, self.partner.verifier_key)

    async def _compare(self, state: LogState, target: Target, *, kept: Target | None, source: LogSource) -> None:
        """Tell a log that is behind from one that has two histories.

        Raises:
            BehindError: The log shows less than it has signed before.
            InconsistentError: It shows a tree that does not agree with ours.
        """
        size, known = target.checkpoint.size, state.head.size
        if kept is None or self.reader is None:
            return
        if size < known:
            if await self.reader.root_at(size) != target.checkpoint.root:
                raise InconsistentError(kept, target)
            raise BehindError(kept, target)
        if size == known or kept.checkpoint.size > known:
            await verify_extends(state.position, target, source, kept=kept)
        if size < kept.checkpoint.size:
            raise BehindError(kept, target)

    async def _grow(self, state: LogState, target: Target, *, kept: Target | None, source: LogSource) -> None:
        checkpoint = target.checkpoint
        released = state.head.released_size
        async with aclosing(verified_growth(state.position, target, source, kept=kept)) as steps:
            async for step in steps:
                if step.growth.size == checkpoint.size:
                    step.growth.released = (checkpoint.size, target.note)
                await self._commit(state, step)
                released = step.growth.released and checkpoint.size
        if released != checkpoint.size:
            async with self._database.writing() as connection:
                await store_release(connection, state.head.log_id, checkpoint.size, target.note)
        if state.published is None or state.published.size < checkpoint.size:
            state.published = Published(checkpoint.size, checkpoint.root, target.note)
            TREE_SIZE.labels(self.origin).set(checkpoint.size)
            event("mirror_grown", log=self.origin, tree_size=checkpoint.size)

    async def _commit(self, state: LogState, step: Integration) -> None:
        """Store a verified step.

        If the process dies inside, the step is in the database whole or not at all; `load` finds out which.
        """
        writer = Writer(self._database, state.head)
        async with self._commits:
            try:
                head = await writer.connect()
                if (head.size, head.root) != (state.head.size, state.head.root):
                    raise PushBackError(f"another process is following {self.origin}")
                step.growth.head = head
                outcome = await writer.commit(step.growth)
            finally:
                await writer.close()
        if outcome is not Outcome.DONE:
            raise PushBackError(
                f"the database has not taken the growth of {self.origin}", mend="the next round goes on"
            )
        advance(state, step)
        MIRRORED.labels(self.origin).inc(step.growth.size - step.growth.head.size)
