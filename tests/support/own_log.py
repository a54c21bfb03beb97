"""An own log under test: its database, key, head file and sequencer, and everything that it has promised.

async with a_log(dsn, folder) as log:
answer = await log.submit("a", 3)       # three sealed entries made from the label
await log.restart()
await log.check()                       # tests.support.check_everything
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import asyncpg

from node.clock import Clock
from node.errors import NotFoundError, PushBackError
from node.gossip.release.releaser import Releaser
from node.log.admit import admit_bundle, admit_entries
from node.log.headfile import HeadFile
from node.log.log_key import open_log_key
from node.log.sequence import Sequencer
from node.log.submission import Sequenced, Submission
from node.log.waiting import DEFAULT_LIMIT
from node.storage.database import Database
from node.storage.growth import Companion
from node.storage.heads import create_log, find_head
from node.storage.migrate import migrate
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding.keys import Signer
from protocol.log.merkle import leaf_hash, verify_consistency, verify_inclusion
from tests.support.check_everything import Promises, check_everything
from tests.support.entries import bundle_of, sealed_entries
from tests.support.examples import seed
from tests.support.stored_log import StoredLog

PROVED = 20
"""Of the latest checkpoints and leaves, how many the log has to prove at each check."""

PATIENCE = 20.0
"""Seconds after which an answer is held to be lost."""


class OwnLog:
    """One log, one writing process; two of them on one database and promises are two processes."""

    def __init__(
        self,
        dsn: str,
        folder: Path,
        origin: str,
        *,
        promises: Promises | None = None,
        database: type[Database] = Database,
    ) -> None:
        self.dsn = dsn
        self.signer = Signer(origin, seed(origin))
        self.promises = promises or Promises(self.signer.verifier)
        self.key_file = folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:8]}.key"
        """Where the key is looked for; where there is none, it is the one that follows from the origin."""
        self.head_file = HeadFile(self.key_file)
        self.database = database({"dsn": dsn})
        self.releaser: Releaser | None = None
        """Releases its checkpoints, if anything does; whoever sets it runs it."""
        self.sequencer: Sequencer
        self._running: asyncio.Task[None] | None = None

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.signer.verifier.name

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._running is not None

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self._running is not None and self._running.done()

    @property
    def size(self) -> int:
        """The tree size that is shown."""
        return self.sequencer.reader.published.size

    async def start(self, *, restore_accepted: bool = False, queue_limit: int = DEFAULT_LIMIT) -> None:
        """Open the database and begin to sequence."""
        await self.database.open(pool_size=2)
        try:
            await self._begin(restore_accepted=restore_accepted, queue_limit=queue_limit)
        except BaseException:
            await self.database.close()
            raise
        self.observe()
        self._running = asyncio.create_task(self.sequencer.run())

    async def _begin(self, *, restore_accepted: bool, queue_limit: int) -> None:
        async with self.database.pool.acquire() as connection:
            await migrate(connection)
            if self.key_file.exists():
                found = await find_head(connection, self.origin)
                self.signer = open_log_key(self.key_file, None if found is None else found.verifier_key)
            head = await create_log(connection, self.origin, self.signer.verifier.render(), own=True)
        self.sequencer = Sequencer(
            *(self.database, head, self.signer),
            head_file=self.head_file,
            clock=Clock(),
            queue_limit=queue_limit,
            release=self.releaser,
        )
        await self.sequencer.start(restore_accepted=restore_accepted)

    async def stop(self) -> None:
        """Finish what is queued and stop."""
        running, self._running = self._running, None
        if running is not None:
            self.sequencer.stop()
            await asyncio.wait_for(running, PATIENCE)
            await self.database.close()

    async def die(self) -> None:
        """End as a killed process does, as far as that can be done inside another: no farewell to anybody."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            try:
                await running
            except asyncio.CancelledError:
                pass
            finally:
                self.database.pool.terminate()

    async def restart(self) -> None:
        """Stop and start anew, with nothing kept but the database, the key and its head file."""
        await self.stop()
        await self.start()

    def observe(self) -> None:
        """Keep the checkpoint that is shown."""
        with contextlib.suppress(NotFoundError):
            self.promises.observe(self.sequencer.reader.published.note)

    def enqueue(
        self, entries: Sequence[bytes], request_key: str | None = None, companions: Sequence[Companion] = ()
    ) -> "asyncio.Future[Sequenced]":
        """Hand entries to the sequencer and return the answer to come."""
        if len(entries) == 1:
            admitted = admit_entries(entries, origin=self.origin)
        else:
            admitted = admit_bundle(bundle_of(entries), origin=self.origin)
        digest = hashlib.sha256(bundle_of(entries)).digest()
        return self.sequencer.submit(Submission(admitted, request_key, digest, tuple(companions)))

    async def submit_entries(
        self, entries: Sequence[bytes], request_key: str | None = None, companions: Sequence[Companion] = ()
    ) -> Sequenced:
        """Log entries, verify the answer and keep it as a promise."""
        answer = await asyncio.wait_for(self.enqueue(entries, request_key, companions), PATIENCE)
        self.keep(answer, entries, request_key)
        return answer

    async def insist(
        self, entries: Sequence[bytes], request_key: str, companions: Sequence[Companion] = ()
    ) -> Sequenced:
        """Log entries as a patient client does: pushed back, it asks again under the same request key."""
        for _ in range(20):
            with contextlib.suppress(PushBackError):
                return await self.submit_entries(entries, request_key, companions)
            await asyncio.sleep(0.01)
        raise AssertionError(f"pushed back for ever: {request_key}")

    async def submit(self, label: str, count: int = 1, *, request_key: str | None = None) -> Sequenced:
        """Log sealed entries made from a label."""
        return await self.submit_entries(sealed_entries(label, count), request_key)

    def keep(self, answer: Sequenced, entries: Sequence[bytes], request_key: str | None = None) -> None:
        """Verify an answer as its submitter would, and keep it as a promise."""
        assert answer.count == len(entries)
        checkpoint = self.promises.observe(answer.published.note)
        assert (checkpoint.size, checkpoint.root) == (answer.published.size, answer.published.root)
        assert answer.first_leaf + answer.count <= checkpoint.size, "acknowledged beyond the checkpoint"
        if answer.log_proof is not None:
            proof = TlogProof.parse(answer.log_proof.encode())
            assert (proof.index, proof.checkpoint) == (answer.first_leaf, answer.published.note)
            verify_entry(entries[0], proof, checkpoint)
        self.promises.acknowledge(answer.first_leaf, list(entries), request_key)

    async def check(self) -> StoredLog:
        """Check every invariant of the stored log and, while it runs, that it proves what it promised."""
        session = await asyncpg.connect(self.dsn)
        try:
            stored = await check_everything(session, self.promises)
        finally:
            await session.close()
        if self.is_running and not self.has_ended:
            await self._check_proofs()
        return stored

    async def _check_proofs(self) -> None:
        """Ask the log itself for proofs of its latest promises."""
        reader = self.sequencer.reader
        size, root = reader.published.size, reader.published.root
        for old in sorted(old for old in self.promises.checkpoints if 0 < old <= size)[-PROVED:]:
            verify_consistency(old, size, await reader.consistency(old, size), self.promises.checkpoints[old], root)
        for leaf in sorted(leaf for leaf in self.promises.entries if leaf < size)[-PROVED:]:
            entry = self.promises.entries[leaf]
            assert await reader.entry(leaf) == entry
            verify_inclusion(leaf, size, leaf_hash(entry), await reader.inclusion(leaf, size), root)


async def until(condition: Callable[[], bool]) -> None:
    """Return once something is the case."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - there is no event for "the third barrier"
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def a_log(dsn: str, folder: Path, origin: str, **options) -> AsyncIterator[OwnLog]:
    """Give a running log; on the way out it is stopped and checked."""
    log = OwnLog(dsn, folder, origin, **options)
    await log.start()
    try:
        yield log
    except BaseException:
        await log.die()
        raise
    await log.stop()
    await log.check()
