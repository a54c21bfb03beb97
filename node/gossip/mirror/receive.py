"""Receives one upload of entries: package by package, each verified before anything of it is kept.

At most one package and what was verified since the last step are in memory. A step is what one commit takes: it is
handed over once it is large, or the body ends. While it commits, what follows is read and verified. An upload that ends
early, for whatever reason, leaves what was verified.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from node.gossip.cosigning.plain_answer import TEXT, PlainAnswer, line
from node.gossip.mirror.intake import Lines, MovedError, state_of
from node.gossip.mirror.mirror import Mirror
from node.log.classify import classify_entries
from node.log.follow import STEP_BYTES, STEP_ENTRIES, Target
from node.log.integrate import integrate
from protocol.errors import BadProofError, MalformedError, StaleSizeError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.add_entries import MAX_REQUEST_PACKAGES, Package, Upload, verify_package
from protocol.gossip.mirror_info import MIRROR_INFO_TYPE, MirrorInfo
from protocol.gossip.upload_reader import UploadReader
from protocol.gossip.witness import check_update, render_lines
from protocol.log.tile import TILE_WIDTH, Tile, hashes_of

MOST_EXCESS: Final = MAX_REQUEST_PACKAGES * TILE_WIDTH
"""Entries that are here already and may be sent again: what one request holds."""

MOST_ENTRIES: Final = 64 * STEP_ENTRIES
"""Entries of one request; then the log is told how far it got, and goes on with another."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A request to make a checkpoint the pending one, its note signed by the log."""

    request: AddCheckpoint
    target: Target


@dataclass(frozen=True, slots=True)
class _Verified:
    """A package that stands in the target's tree."""

    package: Package
    leaves: tuple[bytes, ...]


class Receiver:
    """Reads one body."""

    def __init__(self, pieces: AsyncIterator[bytes], advance: Callable[[], None]) -> None:
        """Read these pieces; `advance` is told of each package that was verified."""
        self._pieces = pieces
        self._advance = advance
        self._reader = UploadReader()
        self._mirror: Mirror
        self._target: Target
        self._offer: Offer | None = None
        """What the target comes from, where it isn't known as pending yet."""
        self._over: Target | None = None
        """What was pending when that was found to extend it."""
        self._verified: list[_Verified] = []
        self._bytes = 0
        self._entries = 0
        self._last: asyncio.Task[Lines] | None = None

    async def head(self) -> Upload | None:
        """Return what the body begins with; None if it ends before that.

        Raises:
            MalformedError: It can't be read.
        """
        while (upload := self._reader.head()) is None:
            try:
                self._reader.feed(await anext(self._pieces))
            except StopAsyncIteration:
                return None
        return upload

    async def receive(self, upload: Upload, mirror: Mirror, offer: Offer | None) -> PlainAnswer:
        """Take in the packages, and answer.

        Args:
            upload: What the body begins with.
            mirror: The mirror of its log.
            offer: The checkpoint that came with it as its ticket.

        Raises:
            BadProofError, StaleSizeError: What was offered does not extend what is pending.
            NodeError: What was accepted is not known to be held.
        """
        target: Target | None = None
        with suppress(BadProofError, StaleSizeError):
            target = self._target_of(upload, mirror, offer)
        if target is None:
            await mirror.load()  # another process may have taken in what the upload builds on
            target = self._target_of(upload, mirror, offer)
        if target is None:
            if mirror.holding.pending is None:
                return line(422, "no checkpoint of this log is pending here")
            return conflict(upload, mirror)
        self._mirror, self._target = mirror, target
        try:
            await self._read_packages(await self._held_leaves(upload.start))
        except BadProofError as error:
            await self._hand_over()
            return line(422, str(error))
        except MalformedError:
            if not self._entries:
                raise
        await self._hand_over()
        if self._reader.complete and self._last is None and self._offer is not None:
            # There is no step that would bring it along.
            await mirror.intake.offer(self._offer.request, self._offer.target)
        return await self._answer(upload)

    def _target_of(self, upload: Upload, mirror: Mirror, offer: Offer | None) -> Target | None:
        """Return the checkpoint that an upload leads to; None if it doesn't fit what is here."""
        holding, here = mirror.holding, mirror.holding.accepted.head.size
        if upload.start > here or min(upload.end, here) - upload.start > MOST_EXCESS:
            return None
        if upload.end < holding.claim.row.size:
            return None
        target = holding.target_of(upload.end)
        if offer is None or (target is not None and target.checkpoint == offer.target.checkpoint):
            return target
        check_update(offer.request, offer.target.checkpoint, state_of(holding.pending))
        self._offer, self._over = offer, holding.pending
        return offer.target

    async def _read_packages(self, held: list[bytes]) -> None:
        while True:
            while (package := self._reader.package()) is not None:
                leaves = verify_package(package, held, self._target.checkpoint)
                held = []
                self._advance()
                self._verified.append(_Verified(package, leaves))
                self._entries += len(leaves)
                self._bytes += sum(map(len, package.entries))
                if len(self._verified) * TILE_WIDTH >= STEP_ENTRIES or self._bytes >= STEP_BYTES:
                    await self._hand_over()
            if self._reader.complete or self._entries >= MOST_ENTRIES:
                return
            try:
                self._reader.feed(await anext(self._pieces))
            except StopAsyncIteration:
                return

    async def _held_leaves(self, start: int) -> list[bytes]:
        """Return the leaf hashes of the bundle that the first package goes on with, up to where it begins."""
        holding, first = self._mirror.holding, start - start % TILE_WIDTH
        if start == first:
            return []
        edge = holding.accepted.edge
        if first == edge.size - edge.size % TILE_WIDTH:
            return hashes_of(edge.open_tile(0))[: start - first]
        await self._mirror.intake.settle()
        if holding.reader is None or holding.state.head.size < start:
            raise MovedError(f"what was accepted of {holding.origin} was given up")
        tile = Tile(0, first // TILE_WIDTH, start - first)
        return hashes_of(await holding.reader.tile(tile, holding.state.head.size))

    async def _hand_over(self) -> None:
        """Have what was verified committed, without what others have brought meanwhile; don't wait for it.

        Raises:
            MovedError: What it goes on from was given up.
        """
        holding = self._mirror.holding
        await self._mirror.intake.room()
        at, batch = holding.accepted.head.size, []
        for one in self._verified:
            span = one.package.span
            if span.start > at:
                raise MovedError(f"what was accepted of {holding.origin} was given up")
            if span.end > at:
                skip = at - span.start
                batch.append(classify_entries(one.package.entries, one.leaves, origin=holding.origin, skip=skip))
                at = span.end
        self._verified, self._bytes = [], 0
        if batch:
            step = integrate(holding.accepted, batch, lambda size, root: b"")
            self._last = self._mirror.intake.take(step, self._target, over=self._over)

    async def _answer(self, upload: Upload) -> PlainAnswer:
        mirror, target = self._mirror, self._target
        if self._reader.complete:
            lines = await asyncio.shield(self._last) if self._last is not None else ()
            lines = lines or await asyncio.shield(mirror.intake.conclude(target))
            if lines:
                return PlainAnswer(200, TEXT, render_lines(lines))
            if upload.end < mirror.holding.claim.row.size:
                return conflict(upload, mirror)
            return line(503, mirror.holding.claim.refusal or "the checkpoint could not be cosigned: try again")
        if self._entries:
            return _info(202, target.checkpoint.size, mirror)
        return line(400, "the body ends before its first package does")


def conflict(upload: Upload, mirror: Mirror) -> PlainAnswer:
    """Return the answer that an upload's start or end doesn't fit, with what does."""
    holding = mirror.holding
    known = holding.target_of(upload.end) is not None and upload.end >= holding.claim.row.size
    pending = holding.pending.checkpoint.size if holding.pending is not None else 0
    return _info(409, upload.end if known else pending, mirror)


def _info(status: int, size: int, mirror: Mirror) -> PlainAnswer:
    return PlainAnswer(status, MIRROR_INFO_TYPE, MirrorInfo(size, mirror.holding.accepted.head.size).render())
