"""A mirror: a verified copy of a partner's log, kept by following its checkpoints and reading its entries in bulk.

One round asks the partner for its checkpoint and takes over, step by step, what it has grown by (`node.log.follow`
verifies each step before it is handed to `node.gossip.mirror.intake`; while one commits, the next is read and
verified). If the process dies on the way, what is stored is a verified part of a signed tree, and the next round goes
on from there. Once the last step is in, the new checkpoint is released: in the same transaction, so that whoever reads
the mirror sees a checkpoint only with all its entries.

The log may push the same entries meanwhile (`node.gossip.mirror.upload`), and will have pushed what it shows only once
enough mirrors hold it: so that it shows less than it pushed is no fault. That it shows less than it showed is one.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

from node.clock import Clock
from node.config import PartnerSettings
from node.gossip.cosigning.cosigner import Cosigner
from node.gossip.mirror.claim import IsConvicted
from node.gossip.mirror.holding import Holding
from node.gossip.mirror.intake import Intake, MovedError
from node.gossip.mirror.joined import with_good_lines
from node.gossip.mirror.texts import MirrorTexts
from node.log.follow import (
    BehindError,
    InconsistentError,
    LogSource,
    Target,
    open_target,
    verified_growth,
    verify_extends,
)
from node.log.prove import LogReader
from node.log.signed_tree import SignedTree
from node.log.state import LogState
from node.storage.database import Database
from node.storage.known_writes import KnownWrites
from protocol.encoding.keys import VerifierKey

MOST_TRIES: Final = 4
"""Times that one round begins anew since something else has grown the mirror under it."""


class Mirror:
    """The copy of one partner's log."""

    def __init__(
        self,
        partner: PartnerSettings,
        source: LogSource,
        database: Database,
        *,
        clock: Clock,
        writes: KnownWrites,
        cosigner: Cosigner | None = None,
        is_convicted: IsConvicted = lambda _: False,
    ) -> None:
        """Prepare; `load` reads what is here."""
        self.partner = partner
        self.holding = Holding(
            partner, database, clock=clock, writes=writes, cosigner=cosigner, is_convicted=is_convicted
        )
        self.intake = Intake(self.holding)
        self._source = source
        self._texts = MirrorTexts(partner.origin, source, database, clock)
        self.not_taken: Target | None = None
        """What the log itself shows now, while it isn't taken over: its key has signed it all the same."""
        self._shown = 0
        """The largest size that the log has shown to us; below what it pushed, and not kept beyond the process."""

    @property
    def origin(self) -> str:
        """The log's name for good."""
        return self.partner.origin

    @property
    def reader(self) -> LogReader | None:
        """Reads the mirror, once it was loaded; it has a published checkpoint once all of one is here."""
        return self.holding.reader

    @property
    def held_reader(self) -> LogReader:
        """Reads what is held.

        Raises:
            PushBackError: It wasn't loaded yet.
        """
        return self.holding.held_reader

    async def load(self) -> LogState:
        """Read where the mirror stands, and return it.

        Raises:
            FatalError: The database holds the log under another key, or as our own, or damaged.
        """
        return await self.holding.load()

    async def begin(self) -> None:
        """Load, if that has not succeeded yet: the database may have been away when the node began.

        Raises:
            FatalError: As `load`.
        """
        if self.holding.reader is None:
            await self.load()

    async def follow(self, source: LogSource | None = None, *, public: bool = True) -> Target:
        """Take over what the partner's log has grown by, and the texts that belong to it; return what was shown.

        Args:
            source: Whoever else serves the log, such as another partner's mirror; None for the partner itself.
            public: Whether questions are to be answered from what is taken over.

        Raises:
            NodeError: The partner can't be reached, or what it serves isn't accepted. What is stored stays as it is,
                or has grown by verified steps.
        """
        await self.load()
        whom = source or self._source
        target = open_target(await whom.checkpoint(), *self.partner.log_keys)
        if source is None:
            self.not_taken = target
        for last in (*[False] * (MOST_TRIES - 1), True):
            try:
                await self._take_over(target, whom, public=public)
                break
            except MovedError:
                if last:
                    raise
                await self.load()
        if source is None:
            self.not_taken = None
            self._see(target)
        state = self.holding.state
        await self._texts.fetch(state.head.log_id, state.published.size if state.published else 0)
        return target

    def _see(self, target: Target) -> None:
        """Note what the log itself shows.

        Raises:
            BehindError: It has shown more before.
        """
        size, kept = target.checkpoint.size, self.holding.pending
        if size < self._shown and kept is not None:
            raise BehindError(kept, target)
        self._shown = size

    async def learn(self, note: bytes, cosigners: Sequence[VerifierKey]) -> None:
        """Answer questions from a checkpoint that was shown to others, if all of it is held here.

        Raises:
            BadAnswerError: The log's key has not signed it.
            InconsistentError: It is of another tree.
            PushBackError: The database has not taken it.
        """
        reader, target = self.reader, open_target(note, *self.partner.log_keys)
        if reader is None or target.checkpoint.size > reader.state.head.size:
            return
        if await reader.root_at(target.checkpoint.size) != target.checkpoint.root:
            raise InconsistentError(self.holding.pending or target, target)
        if self.holding.would_publish(target):
            await self.intake.publish(Target(target.checkpoint, with_good_lines(target, cosigners).render()))

    async def _take_over(self, target: Target, source: LogSource, *, public: bool) -> None:
        """Grow to a target, if what is here and what is pending are part of its tree.

        Raises:
            InconsistentError: They are not, and two signed notes say so.
        """
        await self.intake.settle()
        state, kept, size = self.holding.state, self.holding.pending, target.checkpoint.size
        if size <= state.head.size:
            if self.reader is not None and await self.reader.root_at(size) != target.checkpoint.root:
                raise InconsistentError(kept or target, target)
            if public:
                await self.intake.publish(target)
        elif kept is None or size >= kept.checkpoint.size:
            if kept is not None and kept.checkpoint.size > state.head.size:
                await verify_extends(state.position, target, source, kept=kept)
            await self._grow(target, source, kept=kept, public=public)
        elif await SignedTree(target.checkpoint, source.tile).root_at(state.head.size) != state.head.root:
            raise InconsistentError(kept, target)
        # Else it was pushed more than it shows, and the entries up to there come by its push: they lead to both.

    async def _grow(self, target: Target, source: LogSource, *, kept: Target | None, public: bool) -> None:
        under_way: asyncio.Task[object] | None = None
        try:
            async with aclosing(verified_growth(self.holding.accepted, target, source, kept=kept)) as steps:
                async for step in steps:
                    before, under_way = under_way, self.intake.take(step, target, over=kept, public=public)
                    if before is not None:
                        await asyncio.shield(before)
            if under_way is not None:
                await asyncio.shield(under_way)
        finally:
            await self.intake.settle()
