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
from dataclasses import replace
from typing import Final

from node.clock import Clock
from node.errors import PushBackError
from node.log.headfile import HeadFile, HeadState, check
from node.log.integrate import Integration, advance, integrate
from node.log.prove import BatchProver, LogReader, render_log_proof
from node.log.refuse import settle_standing
from node.log.state import load_state, published_of
from node.log.submission import Sequenced, Submission, without_repeats
from node.storage.database import Database, Identity
from node.storage.growth import SubmissionRow
from node.storage.heads import Head
from node.storage.writer import Outcome, Writer
from node.telemetry import BATCH_ENTRIES, ENTRIES, QUEUE, TREE_SIZE, event
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint

MAX_BATCH: Final = 10_000
"""Entries of one transaction: the largest single submission."""

DEFAULT_QUEUE: Final = 20_000
"""Entries that may wait before the log pushes back."""

IDLE_SECONDS: Final = 0.25
"""After this long without work, the release of the last checkpoint is written down for other processes."""


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
        self._identity: Identity
        self.reader: LogReader

    async def start(self, *, restore_accepted: bool = False) -> None:
        """Connect, load the log, and sign the empty checkpoint of a log that has none.

        Raises:
            FatalError: The database isn't the one that this key last signed upon (`node.log.headfile`).
        """
        head = await self._writer.connect()
        self._identity = await self._writer.identity()
        check(self._state_of(head), self._head_file.read(), restore_accepted=restore_accepted)
        self.reader = LogReader(self._database.pool, await load_state(self._writer.connection, head))
        if head.note is None:
            await self._commit([])
        self._publish()

    def submit(self, submission: Submission) -> "asyncio.Future[Sequenced]":
        """Queue a submission and return its answer.

        Raises:
            PushBackError: Too much is waiting already, or the log is stopping.
        """
        if self._stopping:
            raise PushBackError("the log is stopping")
        if self._queued + len(submission) > self._queue_limit:
            raise PushBackError(f"{self._queued} entries are waiting to be logged")
        self._queued += len(submission)
        self._queue.append(submission)
        self._wake.set()
        return submission.answer

    async def run(self) -> None:
        """Sequence batches until `stop`; what is queued by then is finished first."""
        try:
            while self._queue or not self._stopping:
                batch = self._take()
                if batch:
                    await self._sequence(batch)
                else:
                    await self._rest()
        finally:
            self.stop()
            self._head_file.flush()
            await self._writer.close()
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
        QUEUE.labels(self._head.origin).set(self._queued)
        return batch

    async def _rest(self) -> None:
        """Wait for work; when none comes, write down for other processes what is released."""
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), IDLE_SECONDS)
            return
        published, head = self.reader.published, self.reader.state.head
        if head.released_size != published.size:
            await self._writer.release(published.size, published.note)
            self.reader.state.head = replace(head, released_size=published.size, released_note=published.note)

    async def _sequence(self, batch: list[Submission]) -> None:
        """Bring a batch into the log, whatever it takes; what can't go in is refused alone."""
        try:
            while batch:
                now, later = without_repeats(batch)
                batch = [*await self._commit(now), *later]
        except BaseException:
            for submission in batch:
                submission.refuse(PushBackError("the log has stopped"))
            raise

    async def _commit(self, batch: list[Submission]) -> list[Submission]:
        """Commit a batch and answer it; return what must be tried again."""
        integration = integrate(self.reader.state, [submission.admitted for submission in batch])
        growth = integration.growth
        growth.note = sign_checkpoint(Checkpoint(self._head.origin, growth.size, growth.root), self._signer)
        _add_rows(integration, batch)
        outcome = await self._writer.commit(growth)
        if outcome is Outcome.MOVED:
            # Our next commit on top of what the other process wrote proves it replicated, so a plain read is enough.
            await self._load(await self._writer.head())
            return batch
        if outcome is Outcome.REFUSED:
            return await self._settle(batch)
        if outcome is Outcome.UNKNOWN:
            await self._load(await self._writer.connect())
            if not await self._holds(growth.size, growth.root):
                return batch
        else:
            advance(self.reader.state, integration)
        self._publish()
        self._answer(batch, growth.head.size)
        return []

    async def _settle(self, batch: list[Submission]) -> list[Submission]:
        """The server wrote nothing and said so: answer and refuse what stands already, and return the rest."""
        refusal = self._writer.refusal
        await self._load(await self._writer.barrier())
        self._publish()
        published = self.reader.published
        rest = await settle_standing(self._writer.connection, self._head.log_id, batch, published)
        if len(rest) < len(batch):
            return rest
        if len(batch) == 1:
            batch[0].refuse(PushBackError("the database refused the entry", mend=refusal))
            return []
        # Nothing stands: one by one, whatever the server minds stops only its own submission.
        for submission in batch:
            await self._sequence([submission])
        return []

    async def _load(self, head: Head) -> None:
        """Go on from this head; the published checkpoint stays what it is."""
        state = self.reader.state
        if (head.size, head.root) == (state.head.size, state.head.root):
            state.head = replace(head, released_size=state.head.released_size, released_note=state.head.released_note)
            return
        loaded = await load_state(self._writer.connection, head)
        loaded.published = state.published
        self.reader.state = loaded

    async def _holds(self, size: int, root: bytes) -> bool:
        """Whether the log behind the barrier has this root hash at this size: then the batch is in."""
        return self.reader.state.head.size >= size and await self.reader.root_at(size) == root

    def _publish(self) -> None:
        """Make the durable checkpoint the one that is shown: with no partners to ask, that is at once."""
        head = self.reader.state.head
        if head.note is not None:
            self.reader.state.published = published_of(head.size, head.note)
            self._head_file.remember(self._state_of(head), self._clock.monotonic())
            TREE_SIZE.labels(head.origin).set(head.size)

    def _state_of(self, head: Head) -> HeadState:
        return HeadState(head.origin, head.size, head.root, self._identity.system_identifier, self._identity.timeline)

    def _answer(self, batch: list[Submission], first: int) -> None:
        published = self.reader.published
        prover = BatchProver(self.reader.state, published.size)
        begin = first
        for submission in batch:
            count = len(submission)
            proof = render_log_proof(first, prover.lines(first), published.note) if count == 1 else None
            submission.resolve(Sequenced(first, count, published, proof))
            first += count
        ENTRIES.labels(self._head.origin).inc(first - begin)
        BATCH_ENTRIES.labels(self._head.origin).observe(first - begin)
        event("checkpoint_published", log=self._head.origin, tree_size=published.size, entries=first - begin)


def _add_rows(integration: Integration, batch: list[Submission]) -> None:
    """Give the growth its rows of request keys, and what else goes into the same transaction."""
    growth = integration.growth
    first = growth.head.size
    for submission in batch:
        count = len(submission)
        if submission.request_key is not None:
            growth.submissions.append(SubmissionRow(submission.request_key, submission.digest, first, count))
        growth.companions += [(companion, first) for companion in submission.companions]
        first += count
