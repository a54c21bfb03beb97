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

An outcome that isn't known is found out, never guessed: the note is discarded, a new connection commits a barrier with
replication, and the head behind it tells whether the batch is in. The barrier also moves the epoch, so that the lost
statement can't apply any more. Other processes may write the same log: the head's compare-and-swap decides, and whoever
loses loads what stands and sequences its batch anew.
"""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from node.clock import Clock
from node.errors import FatalError, PushBackError
from node.log.headfile import RECOVER, HeadFile, HeadState, check
from node.log.integrate import Integration, advance, integrate
from node.log.prove import InclusionProver, LogReader, MissingTileError, render_log_proof
from node.log.refuse import settle_standing
from node.log.state import LogState, Position, Published, load_position, published_of
from node.log.submission import Sequenced, Submission, without_repeats
from node.storage.database import Database
from node.storage.growth import Growth, SubmissionRow
from node.storage.heads import Head
from node.storage.writer import DATABASE_FAILURES, Outcome, Writer
from node.telemetry import BATCH_ENTRIES, ENTRIES, QUEUE, TREE_SIZE, event, warn
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint

MAX_BATCH: Final = 10_000
"""Entries of one transaction: the largest single submission."""

DEFAULT_QUEUE: Final = 20_000
"""Entries that may wait before the log pushes back."""

PREPARE_FROM: Final = 256
"""Entries for which the next step is integrated while one commits; with fewer, waiting gathers more for one commit."""

IDLE_SECONDS: Final = 0.25
"""After this long without work, the release of the last checkpoint is written down for other processes."""

LOOK_SECONDS: Final = 1.0
"""How often a sequencer without work looks for what other processes have released."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A batch with its integration: one commit."""

    batch: list[Submission]
    integration: Integration


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
        queue_limit: int = DEFAULT_QUEUE,
    ) -> None:
        """Prepare to write the log; `start` connects."""
        self._database = database
        self._head = head
        self._signer = signer
        self._head_file = head_file
        self._clock = clock
        self._writer = Writer(database, head)
        self._queue: deque[Submission] = deque()
        self._queued = 0
        self._queue_limit = queue_limit
        self._wake = asyncio.Event()
        self._stopping = False
        self._under_way: _Step | None = None
        self._following: _Step | None = None
        self._released_size = head.released_size
        self._looked_at = 0.0
        self._relied_on: HeadState
        """The newest head that was shown, or begun with."""
        self.reader: LogReader

    async def start(self, *, restore_accepted: bool = False) -> None:
        """Connect, load the log, and sign the empty checkpoint of a log that has none.

        Raises:
            FatalError: The database isn't the one that this key last signed upon (`node.log.headfile`).
        """
        try:
            while not await self._has_begun(restore_accepted):
                pass
            self._publish()
        except BaseException:
            await self._writer.close()
            raise

    async def _has_begun(self, restore_accepted: bool) -> bool:
        """Connect and load the log; return False where one has to begin anew, to see what came of it."""
        head = await self._writer.connect()
        remembered = self._head_file.read()
        check(self._state_of(head), remembered, restore_accepted=restore_accepted)
        try:
            state = LogState(await load_position(self._writer.connection, head))
            self.reader = LogReader(self._database.pool, state)
            await self._check_extends(remembered)
        except DATABASE_FAILURES as error:
            warn("database_unreachable", log=self._head.origin, failure=str(error))
            return False
        if head.note is None:
            await self._sign_empty(state.position)
            return False
        self._relied_on = self._state_of(head)
        return True

    async def _sign_empty(self, position: Position) -> None:
        outcome = await self._writer.commit(self._step(position, []).integration.growth)
        if outcome is Outcome.REFUSED:
            origin = self._head.origin
            raise FatalError(f"the database refuses the first checkpoint of {origin}: {self._writer.refusal}")

    @property
    def failure(self) -> str:
        """Why the database can't be reached now; "" while it can."""
        return self._writer.failure

    def submit(self, submission: Submission) -> "asyncio.Future[Sequenced]":
        """Queue a submission and return its answer.

        Raises:
            PushBackError: Too much is waiting already, or the log is stopping.
        """
        if self._stopping:
            raise PushBackError("the log is stopping")
        # A submission above the limit is taken where nothing else waits: pushed back, it would be so for ever.
        if self._queued and self._queued + len(submission) > self._queue_limit:
            raise PushBackError(f"{self._queued} entries are waiting to be logged")
        self._queued += len(submission)
        self._queue.append(submission)
        self._wake.set()
        if self._under_way is not None and self._following is None and self._queued >= PREPARE_FROM:
            self._following = self._prepare(self._under_way.integration.after)
        return submission.answer

    async def run(self) -> None:
        """Sequence batches until `stop`; what is queued by then is finished first."""
        try:
            while self._queue or not self._stopping:
                self._under_way = self._prepare(self.reader.state.position)
                await (self._drive() if self._under_way else self._rest())
        finally:
            self.stop()
            self._head_file.flush()
            await self._writer.close()
            for step in filter(None, (self._under_way, self._following)):
                self._put_back(step.batch)
            for submission in self._queue:
                submission.refuse(PushBackError("the log has stopped"))

    def stop(self) -> None:
        """Take no more submissions; `run` ends once the queue is empty."""
        self._stopping = True
        self._wake.set()

    def _take(self) -> list[Submission]:
        """Take the next batch from the queue: whole submissions, in their order."""
        batch: list[Submission] = []
        count = 0
        while self._queue and (not batch or count + len(self._queue[0]) <= MAX_BATCH):
            submission = self._queue.popleft()
            count += len(submission)
            batch.append(submission)
        self._queued -= count
        return batch

    def _put_back(self, batch: list[Submission]) -> None:
        """Put submissions back to the front of the queue, in their order."""
        self._queue.extendleft(reversed(batch))
        self._queued += sum(map(len, batch))

    async def _rest(self) -> None:
        """Wait for work; when none comes, write down for other processes what is released."""
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(IDLE_SECONDS):  # `wait_for` would swallow a cancellation, up to Python 3.11
                await self._wake.wait()
            return
        self._head_file.write_if_due(self._clock.monotonic())
        published = self.reader.published
        if self._released_size != published.size:
            await self._writer.release(published.size, published.note)
            self._released_size = published.size
        elif self._clock.monotonic() - self._looked_at >= LOOK_SECONDS:
            await self._look()

    async def _look(self) -> None:
        """Show what another process of this database has released meanwhile; nothing of ours is under way."""
        self._looked_at = self._clock.monotonic()
        try:
            await self._show_released(await self._writer.head())
        except DATABASE_FAILURES as error:
            warn("database_unreachable", log=self._head.origin, failure=str(error))
            await self._show_released(await self._writer.connect())

    async def _show_released(self, head: Head) -> None:
        size, note = head.released_size or 0, head.released_note
        await self._load(head)
        if note is not None and size > self.reader.published.size:
            published = self.reader.state.published = published_of(size, note)
            self._released_size = size
            self._relied_on = replace(self._state_of(head), size=size, root=published.root)
            self._head_file.remember(self._relied_on, self._clock.monotonic())
            TREE_SIZE.labels(head.origin).set(size)

    def _prepare(self, before: Position) -> _Step | None:
        """Integrate what is queued behind a position; None if nothing is."""
        batch, later = without_repeats(self._take())
        self._put_back(later)
        QUEUE.labels(self._head.origin).set(self._queued)
        return self._step(before, batch) if batch else None

    def _step(self, before: Position, batch: list[Submission]) -> _Step:
        integration = integrate(before, [submission.admitted for submission in batch], self._sign)
        _add_rows(integration.growth, batch)
        return _Step(batch, integration)

    def _sign(self, size: int, root: bytes) -> bytes:
        return sign_checkpoint(Checkpoint(self._head.origin, size, root), self._signer)

    async def _drive(self) -> None:
        """Commit step after step: while one commits, the one before is answered and the next is integrated.

        If the process dies here, each step is in the database or not; none that is not was answered or shown.
        """
        done: _Step | None = None
        step: _Step | None = None
        try:
            while (step := self._under_way) is not None:
                commit = asyncio.ensure_future(self._writer.commit(step.integration.growth))
                await asyncio.sleep(0)  # the statement goes out before the answers are written
                if done is not None:
                    self._answer(done)
                # Whatever cancels this loop must not cancel the commit: its outcome would be unknown for nothing.
                outcome = await asyncio.shield(commit)
                following, self._following, self._under_way = self._following, None, None
                if outcome is not Outcome.DONE:
                    self._put_back(following.batch if following else [])
                    self._put_back(await self._resolve(step, outcome))
                    return
                advance(self.reader.state, step.integration)
                self._publish()
                done, self._under_way = step, following or self._prepare(self.reader.state.position)
                if self._under_way is not None:
                    self._tell_released(self._under_way.integration.growth, step.integration.growth)
            if done is not None:
                self._answer(done)
        except BaseException:
            # `run` refuses what is queued; who was answered already is not answered again.
            for unanswered in filter(None, (step, done)):
                self._put_back(unanswered.batch)
            raise

    def _tell_released(self, growth: Growth, before: Growth) -> None:
        """What is known to be committed is shown: other processes learn it with the next commit."""
        growth.released = (before.size, before.note)
        self._released_size = before.size

    async def _resolve(self, step: _Step, outcome: Outcome) -> list[Submission]:
        """Go on after a commit that isn't simply done, however long it takes; return what must be tried again."""
        while True:
            try:
                return await self._find_out(step, outcome)
            except DATABASE_FAILURES as error:
                # A read failed. Whatever was known of the commit, a new connection behind a barrier knows.
                warn("database_unreachable", log=self._head.origin, failure=str(error))
                outcome = Outcome.UNKNOWN

    async def _find_out(self, step: _Step, outcome: Outcome) -> list[Submission]:
        growth = step.integration.growth
        if outcome is Outcome.MOVED:
            # Our next commit on top of what the other process wrote proves it replicated, so a plain read is enough.
            await self._load(await self._writer.head())
            return step.batch
        if outcome is Outcome.REFUSED:
            return await self._settle(step.batch)
        if outcome is Outcome.UNKNOWN:
            await self._load(await self._writer.connect())
            if not await self._holds(growth.size, growth.root):
                return step.batch
        else:
            advance(self.reader.state, step.integration)
        self._publish()
        self._answer(step)
        return []

    async def _settle(self, batch: list[Submission]) -> list[Submission]:
        """The server wrote nothing and said so: answer and refuse what stands already, and return the rest."""
        refusal = self._writer.refusal
        await self._load(await self._writer.barrier())
        self._publish()
        rest = await settle_standing(self._writer.connection, self._head.log_id, batch, self.reader.published)
        if len(rest) < len(batch):
            return rest
        if len(batch) == 1:
            batch[0].refuse(PushBackError("the database refused the entry", mend=refusal))
            return []
        # Nothing stands: one by one, whatever the server minds stops only its own submission.
        again: list[Submission] = []
        for submission in batch:
            step = self._step(self.reader.state.position, [submission])
            again += await self._resolve(step, await asyncio.shield(self._writer.commit(step.integration.growth)))
        return again

    async def _load(self, head: Head) -> None:
        """Go on from this head; what is published stays.

        Raises:
            FatalError: It doesn't extend what this process relied on: the database was restored under our feet.
        """
        check(self._state_of(head), self._relied_on)
        state = self.reader.state
        if (head.size, head.root) == (state.head.size, state.head.root):
            state.position = replace(state.position, head=head)
        else:
            state.position = await load_position(self._writer.connection, head)
            await self._check_extends(self._relied_on)

    async def _check_extends(self, known: HeadState | None) -> None:
        """Check that the loaded log has at an earlier size the root hash that is known of it."""
        if known is not None and await self.reader.root_at(known.size) != known.root:
            raise FatalError(f"the database holds another tree of {known.origin} at size {known.size}", mend=RECOVER)

    async def _holds(self, size: int, root: bytes) -> bool:
        """Whether the log behind the barrier has this root hash at this size: then the batch is in."""
        return self.reader.state.head.size >= size and await self.reader.root_at(size) == root

    def _publish(self) -> None:
        """Make the durable checkpoint the one that is shown: with no partners to ask, that is at once."""
        head = self.reader.state.head
        if head.note is not None:
            self.reader.state.published = published_of(head.size, head.note)
            self._relied_on = self._state_of(head)
            self._head_file.remember(self._relied_on, self._clock.monotonic())
            TREE_SIZE.labels(head.origin).set(head.size)

    def _state_of(self, head: Head) -> HeadState:
        server = self._writer.identity
        return HeadState(head.origin, head.size, head.root, server.system_identifier, server.timeline)

    def _answer(self, step: _Step) -> None:
        """Answer every submission of a step that is in, under the checkpoint that is shown now."""
        published = self.reader.published
        prover = InclusionProver(self.reader.state, published.size)
        begin = first = step.integration.growth.head.size
        for submission in step.batch:
            count = len(submission)
            proof = _log_proof(prover, first, published) if count == 1 else None
            submission.resolve(Sequenced(first, count, published, proof))
            first += count
        ENTRIES.labels(self._head.origin).inc(first - begin)
        BATCH_ENTRIES.labels(self._head.origin).observe(first - begin)
        event("checkpoint_published", log=self._head.origin, tree_size=published.size, entries=first - begin)


def _log_proof(prover: InclusionProver, leaf: int, published: Published) -> str | None:
    """Return a leaf's proof; None where a tile must be read first, as after a commit whose outcome was looked up."""
    try:
        return render_log_proof(leaf, prover.lines(leaf), published.note)
    except MissingTileError:
        return None


def _add_rows(growth: Growth, batch: list[Submission]) -> None:
    """Give the growth its rows of request keys, and what else goes into the same transaction."""
    first = growth.head.size
    for submission in batch:
        if submission.request_key is not None:
            growth.submissions.append(SubmissionRow(submission.request_key, submission.digest, first, len(submission)))
        growth.companions += [(companion, first) for companion in submission.companions]
        first += len(submission)
