"""Steps from their making to their end: integrated and signed, committed or not, published, answered.

An outcome that isn't known is found out, never guessed: the note is discarded, a new connection commits a barrier with
replication, and the head behind it tells whether the batch is in. The barrier also moves the epoch, so that the lost
statement can't apply any more. Other processes may write the same log: the head's compare-and-swap decides, and whoever
loses loads what stands and sequences its batch anew.
"""

import asyncio
from functools import partial

from node.errors import PushBackError
from node.log.answers import Answers
from node.log.gather import Gather
from node.log.integrate import advance
from node.log.keep import LogKeeper
from node.log.log_key import LogSigner
from node.log.refuse import settle_standing
from node.log.state import Position
from node.log.step import Step, make_step
from node.log.submission import Submission
from node.storage.heads import Head
from node.storage.writer import DATABASE_FAILURES, Outcome, Writer
from node.telemetry import BATCH_ENTRIES, ENTRIES, event, warn
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint


class Steps:
    """The steps of one log."""

    def __init__(
        self,
        head: Head,
        signer: Signer,
        *,
        writer: Writer,
        keeper: LogKeeper,
        answers: Answers,
        gather: Gather | None,
    ) -> None:
        """Sign by this key, or by the one that it was changed to; answer whoever waits."""
        self._head = head
        self._signer = signer
        self._writer = writer
        self._keeper = keeper
        self._answers = answers
        self._gather = gather

    def make(self, before: Position, batch: list[Submission]) -> Step:
        """Integrate submissions behind a position, in their order."""
        return make_step(before, batch, partial(self._sign, before.head.verifier_key))

    def publish(self) -> None:
        """Publish what is known to be committed; a key that it changed to signs for the log from here on."""
        if isinstance(self._signer, LogSigner):
            self._signer.become(self._keeper.reader.state.head.verifier_key)
        self._keeper.publish()
        if self._gather is not None:
            self._gather.offered(self._keeper.reader.state.head.size)

    def _sign(self, verifier_key: str, size: int, root: bytes) -> bytes:
        """Sign by the key that the head names which is built upon: another process may have changed it."""
        signer = self._signer.by(verifier_key) if isinstance(self._signer, LogSigner) else self._signer
        return sign_checkpoint(Checkpoint(self._head.origin, size, root), signer)

    async def resolve(self, step: Step, outcome: Outcome) -> list[Submission]:
        """Go on after a commit that isn't simply done, however long it takes; return what must be tried again."""
        while True:
            try:
                return await self._find_out(step, outcome)
            except DATABASE_FAILURES as error:
                # A read failed. Whatever was known of the commit, a new connection behind a barrier knows.
                warn("database_unreachable", log=self._head.origin, failure=str(error))
                outcome = Outcome.UNKNOWN

    async def _find_out(self, step: Step, outcome: Outcome) -> list[Submission]:
        growth = step.integration.growth
        if outcome is Outcome.MOVED:
            # Our next commit on top of what the other process wrote proves it replicated, so a plain read is enough.
            await self._keeper.load(await self._writer.head())
            return step.batch
        if outcome is Outcome.REFUSED:
            return await self._settle(step.batch)
        if outcome is Outcome.UNKNOWN:
            await self._keeper.load(await self._writer.connect())
            if not await self._keeper.holds(growth.size, growth.root):
                return step.batch
        else:
            advance(self._keeper.reader.state, step.integration)
        self.publish()
        self.answer(step)
        return []

    async def _settle(self, batch: list[Submission]) -> list[Submission]:
        """The server wrote nothing and said so: answer and refuse what stands already, and return the rest."""
        refusal = self._writer.refusal
        await self._keeper.load(await self._writer.barrier())
        self._keeper.publish()
        rest = await settle_standing(self._writer.connection, self._head.log_id, batch, self._answers)
        self._answers.give(self._keeper.reader.state)
        if len(rest) < len(batch):
            return rest
        if len(batch) == 1:
            batch[0].refuse(PushBackError("the database refused the entry", mend=refusal))
            return []
        # Nothing stands: one by one, whatever the server minds stops only its own submission.
        again: list[Submission] = []
        for submission in batch:
            step = self.make(self._keeper.reader.state.position, [submission])
            again += await self.resolve(step, await asyncio.shield(self._writer.commit(step.integration.growth)))
        return again

    def answer(self, step: Step) -> None:
        """Answer the submissions of a step that is in, as far as the checkpoint that is shown now covers them."""
        begin = first = step.integration.growth.head.size
        for submission in step.batch:
            self._answers.stands(submission, first)
            first += len(submission)
        self._answers.give(self._keeper.reader.state)
        ENTRIES.labels(self._head.origin).inc(first - begin)
        BATCH_ENTRIES.labels(self._head.origin).observe(first - begin)
        if self._gather is None:
            event("checkpoint_published", log=self._head.origin, tree_size=first, entries=first - begin)
