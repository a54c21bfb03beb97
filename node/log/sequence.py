"""The sequencer: gives entries their leaf indexes, one durable batch after the other.

Entries that arrive while a batch commits form the next batch. One transaction stores entries, tiles, head and the new
signed checkpoint; only after a known COMMIT does the note, or anything that rests on it, leave this process.

===========================  =====================================================================================
if the process dies …        then
===========================  =====================================================================================
before the commit            nothing of the batch exists; its submitters have no answer and ask again
while it commits             all of the batch exists or nothing; whoever asks again by request key gets the same leaf
after it, before the answer  the batch stands, signed; the same question gives the same leaf
===========================  =====================================================================================

What becomes of a commit whose outcome isn't known, or that somebody else was before, is `node.log.steps`'.
"""

import asyncio
from typing import Final

from node.clock import Clock
from node.errors import FatalError, PushBackError
from node.log.answers import Answers
from node.log.gather import Gather
from node.log.headfile import HeadFile
from node.log.integrate import advance
from node.log.keep import LogKeeper, Release
from node.log.prove import LogReader
from node.log.refuse import fitting, refuse_if_closed
from node.log.state import Position, Published
from node.log.step import Step
from node.log.steps import Steps
from node.log.submission import Sequenced, Submission, without_repeats
from node.log.waiting import DEFAULT_LIMIT, Waiting
from node.storage.database import Database
from node.storage.growth import Growth
from node.storage.heads import Head
from node.storage.writer import Outcome, Writer
from node.telemetry import COMMIT_SECONDS, QUEUE, event
from protocol.encoding.keys import Signer

PREPARE_FROM: Final = 256
"""Entries for which the next step is integrated while one commits; with fewer, waiting gathers more for one commit."""

HELD_SECONDS: Final = 5
"""When to ask a log again that is held."""

IDLE_SECONDS: Final = 0.25
"""After this long without work, the pause is used (`LogKeeper.rest`)."""


class Sequencer:
    """The one writer of an own log in this process."""

    def __init__(
        self,
        database: Database,
        head: Head,
        signer: Signer,
        *,
        head_file: HeadFile,
        clock: Clock,
        queue_limit: int = DEFAULT_LIMIT,
        release: Release | None = None,
        wait_seconds: float = 10,
    ) -> None:
        """Prepare to write the log; `start` connects.

        `release` sees to it that partners hold a checkpoint before it is shown, which a submitter is kept waiting for
        at most `wait_seconds`; without it a durable checkpoint is shown at once.
        """
        self._head = head
        self._clock = clock
        self._writer = Writer(database, head)
        self._keeper = LogKeeper(database, self._writer, head, head_file=head_file, clock=clock, release=release)
        self._answers = Answers(clock, wait_seconds)
        self._gather = None if release is None else Gather(clock)
        self._steps = Steps(
            *(head, signer), writer=self._writer, keeper=self._keeper, answers=self._answers, gather=self._gather
        )
        self.held = "" if release is None else "it has just started"
        """Why the log signs nothing and takes no entries now; "" while it does."""
        self._waiting = Waiting(queue_limit)
        self._stopping = False
        self._under_way: Step | None = None
        self._following: Step | None = None

    @property
    def reader(self) -> LogReader:
        """What reads the log."""
        return self._keeper.reader

    @property
    def failure(self) -> str:
        """Why the database can't be reached now; "" while it can."""
        return self._writer.failure

    async def start(self, *, restore_accepted: bool = False) -> None:
        """Connect, load the log, and sign the empty checkpoint of a log that has none.

        Raises:
            FatalError: The database isn't the one that this key last signed upon (`node.log.headfile`).
        """
        try:
            while not await self._has_begun(restore_accepted):
                pass
            self._keeper.show_stored()
            if not self.held:
                self._keeper.publish()
        except BaseException:
            await self._writer.close()
            raise

    async def _has_begun(self, restore_accepted: bool) -> bool:
        """Begin; return False where one has to begin anew, to see what came of it."""
        if not await self._keeper.begin(restore_accepted=restore_accepted):
            return False
        position = self.reader.state.position
        if position.head.note is not None:
            return True
        outcome = await self._writer.commit(self._steps.make(position, []).integration.growth)
        if outcome is Outcome.REFUSED:
            origin = self._head.origin
            raise FatalError(f"the database refuses the first checkpoint of {origin}: {self._writer.refusal}")
        return False

    def submit(self, submission: Submission) -> "asyncio.Future[Sequenced]":
        """Queue a submission and return its answer.

        Raises:
            PushBackError: Too much is waiting already, the log is stopping, or it is held.
            ConflictError: The log is closed.
        """
        refuse_if_closed(self.reader.state.head)
        if self.held:
            raise PushBackError(f"the log signs nothing for now: {self.held}", HELD_SECONDS, code="held")
        if self._stopping:
            raise PushBackError("the log is stopping")
        self._waiting.add(submission)
        if (
            self._under_way is not None
            and not self._under_way.changes_log
            and self._following is None
            and self._waiting.entries >= PREPARE_FROM
        ):
            self._following = self._prepare(self._under_way.integration.after)
        return submission.answer

    async def run(self) -> None:
        """Sequence batches until `stop`; what is queued by then is finished first."""
        try:
            while self._waiting or not self._stopping:
                if self._gather is not None and self._waiting:
                    await self._gather.wait(self._waiting)
                self._under_way = self._prepare(self.reader.state.position)
                if self._under_way is not None:
                    await self._drive()
                elif not await self._waiting.wait(IDLE_SECONDS):
                    await self._keeper.rest()
                    self._answers.give(self.reader.state)
                    self._answers.give_up()
        finally:
            self.stop()
            for step in filter(None, (self._under_way, self._following)):
                self._waiting.put_back(step.batch)
            self._waiting.refuse_all()
            self._answers.refuse_all()
            await self._writer.close()
            self._keeper.close()  # last: it may fail, and nobody must be left waiting for that

    def stop(self) -> None:
        """Take no more submissions; `run` ends once the queue is empty."""
        self._stopping = True
        self._waiting.wake()

    def hold(self, why: str) -> None:
        """Sign nothing from here on but what is under way, and take no entries, until called with ""."""
        self.held = why
        if why:
            self._waiting.refuse_all(f"the log signs nothing for now: {why}")
        else:
            # Only now: until partners have answered after a restore, the head file must not take the copy for ours.
            self._keeper.publish()

    async def release(self, published: Published) -> None:
        """Show a checkpoint that partners hold, and answer whoever waited for it.

        Raises:
            DATABASE_FAILURES: It couldn't be stored, and isn't shown.
        """
        before = self.reader.state.published
        await self._keeper.show_released(published)
        self._answers.give(self.reader.state)
        self._answers.give_up()
        if before is None or published.size > before.size:
            entries = published.size - (0 if before is None else before.size)
            if self._gather is not None:
                self._gather.released(published.size, entries, self._waiting.entries)
            event("checkpoint_published", log=self._head.origin, tree_size=published.size, entries=entries)

    def _prepare(self, before: Position) -> Step | None:
        """Integrate what is queued behind a position; None if nothing is."""
        batch: list[Submission] = []
        while self._waiting and not batch:
            now, later = without_repeats(self._waiting.take())
            self._waiting.put_back(later)
            batch = fitting(now, before.head)
        QUEUE.labels(self._head.origin).set(self._waiting.entries)
        return self._steps.make(before, batch) if batch else None

    def _is_worth_it(self) -> bool:
        """Whether to go on at once with what waits, instead of letting it gather."""
        return self._gather is None or self._waiting.urgent or self._waiting.entries >= PREPARE_FROM

    async def _drive(self) -> None:
        """Commit step after step: while one commits, the one before is answered and the next is integrated.

        If the process dies here, each step is in the database or not; none that is not was answered or shown.
        """
        done: Step | None = None
        step: Step | None = None
        try:
            while (step := self._under_way) is not None:
                began = self._clock.monotonic()
                commit = asyncio.ensure_future(self._writer.commit(step.integration.growth))
                await asyncio.sleep(0)  # the statement goes out before the answers are written
                if done is not None:
                    self._steps.answer(done)
                # Whatever cancels this loop must not cancel the commit: its outcome would be unknown for nothing.
                outcome = await asyncio.shield(commit)
                COMMIT_SECONDS.labels(self._head.origin).observe(self._clock.monotonic() - began)
                following, self._following, self._under_way = self._following, None, None
                if outcome is not Outcome.DONE:
                    self._waiting.put_back(following.batch if following else [])
                    self._waiting.put_back(await self._steps.resolve(step, outcome))
                    return
                advance(self.reader.state, step.integration)
                self._steps.publish()
                if following is None and self._is_worth_it():
                    following = self._prepare(self.reader.state.position)
                done, self._under_way = step, following
                if self._under_way is not None:
                    self._tell_released(self._under_way.integration.growth, step.integration.growth)
            if done is not None:
                self._steps.answer(done)
        except BaseException:
            # `run` refuses what is queued; who was answered already is not answered again.
            for unanswered in filter(None, (step, done)):
                self._waiting.put_back(unanswered.batch)
            raise

    def _tell_released(self, growth: Growth, before: Growth) -> None:
        """What is known to be committed is shown: other processes learn it with the next commit."""
        if self._gather is None:
            growth.released = (before.size, before.note)
            self._keeper.told(before.size)
