"""The one place where what is held of a partner's log changes: by our own pull and by the log's push.

Both verify side by side, each against the signed tree that it goes towards, and hand over what they accepted. From here
on there is one queue. A commit moves the head by compare-and-swap on (size, root, epoch), and with the last of a
checkpoint's entries goes our mirror's cosignature, in the same transaction.

================================  ================================================================================
if the process dies …             then
================================  ================================================================================
before a note is kept as pending  it was not answered; nobody relies on our having seen it
while entries are accepted        they are gone; what is held tells the log where to go on
while the last of them commits    entries and cosignature are in the database, both or neither; no line has left
after that, before the answer     the log asks again, and gets a line over the same checkpoint
================================  ================================================================================

A commit whose outcome isn't known counts as failed: nothing that rests on it is said. What the database holds is read
again, and the next commit upon it, or its failure, tells what became of it.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from logging import DEBUG, INFO
from typing import Final

from node.errors import BadAnswerError, NodeError, PushBackError
from node.gossip.mirror.holding import Holding
from node.log.follow import Target
from node.log.integrate import Integration, advance
from node.storage.cosigned import advance_all
from node.storage.growth import COSIGNED, commit_growth
from node.storage.heads import store_pending, store_release
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import MIRRORED, event, warn
from protocol.encoding.note import NoteSignature
from protocol.errors import StaleSizeError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.witness import State, check_update

MOST_UNDER_WAY: Final = 2
"""Steps that are accepted and not durable yet: one commits while the next is verified."""

Lines = tuple[NoteSignature, ...]


class MovedError(PushBackError):
    """What is held has changed since this was verified against it: verify again."""


class Intake:
    """Takes in one log."""

    def __init__(self, holding: Holding) -> None:
        """Change what is held here."""
        self._holding = holding
        self._under_way: set[asyncio.Task[Lines]] = set()

    async def offer(self, request: AddCheckpoint, target: Target) -> None:
        """Keep a checkpoint, whose signature is verified, as the pending one.

        Raises:
            MalformedError, StaleSizeError, BadProofError: As `protocol.gossip.witness.check_update`.
            PushBackError: The database has not taken it.
        """
        holding = self._holding
        async with holding.lock:
            try:
                check_update(request, target.checkpoint, state_of(holding.pending))
            except StaleSizeError:
                await holding.read()  # another process may have kept what the request builds on
                check_update(request, target.checkpoint, state_of(holding.pending))
            if holding.pending is not None and holding.pending.checkpoint == target.checkpoint:
                return
            state, head = holding.state, holding.state.head
            if not await holding.writes.known(lambda c: store_pending(c, head, target.note), origin=holding.origin):
                await holding.read()
                raise MovedError(f"another process has moved {holding.origin}")
            state.position = replace(state.position, head=replace(head, note=target.note, epoch=head.epoch + 1))
            holding.remember(target)

    async def room(self) -> None:
        """Return once a further step may be accepted."""
        while len(self._under_way) >= MOST_UNDER_WAY:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    def take(
        self, step: Integration, target: Target, *, over: Target | None = None, public: bool = False
    ) -> "asyncio.Task[Lines]":
        """Accept a step that is verified to lead towards a target, and return what tells that it is held.

        Args:
            step: Begins where what is accepted ends.
            target: A note that is or was pending, or one that is verified to extend `over`.
            over: What was pending when that was verified.
            public: Whether the log shows this note to everybody.

        Returns:
            Gives our mirror's lines over the target if the step reaches it, else none; or raises PushBackError. Shield
            it: nothing may cancel a commit.

        Raises:
            MovedError: It does not begin there.
        """
        before, accepted = step.growth.head, self._holding.accepted.head
        if (before.size, before.root) != (accepted.size, accepted.root):
            raise MovedError(f"the mirror of {self._holding.origin} has grown meanwhile")
        self._holding.accepted = step.after
        return self._begin(self._commit(step, target, over=over, public=public, given_up=self._holding.given_up))

    def conclude(self, target: Target) -> "asyncio.Task[Lines]":
        """Cosign a target whose entries are all accepted, and return what gives our lines, as `take` does."""
        return self._begin(self._cosign(target))

    async def publish(self, target: Target) -> None:
        """Answer questions from a checkpoint that its log shows to everybody, and that is found to be of our tree."""
        holding = self._holding
        checkpoint = target.checkpoint
        async with holding.lock:
            if holding.would_publish(target):
                head = holding.state.head
                await holding.writes.known(
                    lambda c: store_release(c, head.log_id, checkpoint.size, target.note), origin=holding.origin
                )
                holding.publish(target)
            if holding.claim.row.note is None or holding.claim.row.size < checkpoint.size:
                await self._cosign_held(target)

    async def settle(self) -> None:
        """Return once what is under way now has ended, well or not."""
        if self._under_way:
            await asyncio.wait(set(self._under_way))

    def _begin(self, work: Coroutine[None, None, Lines]) -> "asyncio.Task[Lines]":
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._end)
        return task

    def _end(self, task: "asyncio.Task[Lines]") -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # who waited for it may be gone: it is no fault that nobody hears it

    async def _commit(
        self, step: Integration, target: Target, *, over: Target | None, public: bool, given_up: int
    ) -> Lines:
        holding = self._holding
        async with holding.lock:
            if given_up != holding.given_up:
                raise MovedError(f"what was accepted of {holding.origin} was given up")
            try:
                known = holding.target_of(target.checkpoint.size)
                if (known is None or known.checkpoint != target.checkpoint) and holding.pending is not over:
                    raise MovedError(f"{holding.origin} has pushed another checkpoint meanwhile")
                return await self._write(step, target, public=public)
            except BaseException:
                holding.give_up(holding.state.position)
                await self._read_again()
                raise

    async def _write(self, step: Integration, target: Target, *, public: bool) -> Lines:
        """Store a step. If the process dies inside, it is in the database whole or not at all."""
        holding, growth = self._holding, step.growth
        state, head, wanted = holding.state, holding.state.head, target.checkpoint
        reached = growth.size == wanted.size
        if reached and growth.root != wanted.root:
            raise BadAnswerError(f"the entries of {holding.origin} don't have the root hash of size {wanted.size}")
        pending = holding.pending
        newest = pending if pending is not None and pending.checkpoint.size > wanted.size else target
        growth.head, growth.note = head, newest.note
        growth.released = (wanted.size, target.note) if reached and public else None
        if reached and await holding.extends_cosigned():
            growth.cosigned = holding.claim.mark(target)
        moved = await holding.writes.known(lambda c: commit_growth(c, growth), origin=holding.origin)
        if not moved:
            raise MovedError(f"another process has grown the mirror of {holding.origin}")
        head = replace(head, size=growth.size, root=growth.root, note=newest.note)
        if growth.released:
            head = replace(head, released_size=wanted.size, released_note=target.note)
        advance(state, Integration(growth, replace(step.after, head=head)))
        MIRRORED.labels(holding.origin).inc(growth.size - growth.head.size)
        holding.remember(newest)
        if growth.released:
            holding.publish(target)
        if not reached:
            return ()
        # What is pushed comes batch by batch, and each batch has its line in the log of the node that wrote it.
        event("mirror_grown", level=INFO if public else DEBUG, log=holding.origin, tree_size=growth.size)
        if growth.cosigned is not None and moved == COSIGNED:
            return holding.cosigned(growth.cosigned)
        return await self._cosign_held(target)

    async def _cosign(self, target: Target) -> Lines:
        async with self._holding.lock:
            return await self._cosign_held(target)

    async def _cosign_held(self, target: Target) -> Lines:
        """Cosign a checkpoint whose entries are held already, unless that was done a moment ago."""
        holding, checkpoint = self._holding, target.checkpoint
        if lines := holding.claim.young_lines(target):
            return lines
        if holding.reader is None or holding.state.head.size < checkpoint.size:
            raise MovedError(f"what was accepted of {holding.origin} was given up")
        if await holding.reader.root_at(checkpoint.size) != checkpoint.root:
            raise BadAnswerError(f"the checkpoint of size {checkpoint.size} is not of the tree that is held here")
        mark = holding.claim.mark(target) if await holding.extends_cosigned() else None
        if mark is None:
            return ()
        moved = await holding.writes.known(lambda c: advance_all(c, [mark]), origin=holding.origin)
        if not moved:
            await holding.confirm()
            return ()
        return holding.cosigned(mark)

    async def _read_again(self) -> None:
        """Find out what the database holds after a failure; where that fails too, the next commit finds it out."""
        try:
            await self._holding.read()
        except (NodeError, *DATABASE_FAILURES) as error:
            warn("mirror_not_read", log=self._holding.origin, failure=str(error))


def state_of(target: Target | None) -> State | None:
    """Return a checkpoint as the rule of a witness takes it."""
    return None if target is None else State(target.checkpoint.size, target.checkpoint.root)
