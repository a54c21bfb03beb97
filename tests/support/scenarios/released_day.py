"""A released day: the scenario of a log that is shown once two of three partners' mirrors have cosigned it."""

import asyncio
import contextlib
from collections.abc import Sequence

import asyncpg

from node.clock import Clock
from node.config import PolicySettings
from node.errors import NodeError, PushBackError
from node.gossip.release.policy import release_policy
from node.gossip.release.releaser import Releaser
from node.log.state import Published
from node.log.submission import Sequenced
from node.storage.growth import Companion
from protocol.encoding.note import NoteSignature
from tests.support.check_everything import check_everything
from tests.support.counting import Place
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.fake_mirrors import FakeMirror
from tests.support.own_log import OwnLog
from tests.support.scenarios.insist import insist, start, stop

DAY = 86_400
ENTRIES = 8


class Watching(FakeMirror):
    """A mirror to which a log's notes leave: whatever it was shown is a promise."""

    log: OwnLog

    async def push(self, target: Published) -> tuple[NoteSignature, ...]:
        """Keep what is shown, and cosign."""
        self.log.promises.observe(target.note)
        return await super().push(target)


class ReleasedLog(OwnLog):
    """An own log with three partners, two of whom suffice."""

    def __init__(self, dsn: str, folder, origin: str) -> None:
        super().__init__(dsn, folder, origin)
        self.mirrors = {name: Watching(name, Clock()) for name in ("alfa", "beta", "gamma")}
        for mirror in self.mirrors.values():
            mirror.log = self
        partners = [mirror.partner for mirror in self.mirrors.values()]
        self.policy = release_policy(PolicySettings(quorum=2), partners, [self.signer.verifier])
        self._releasing: asyncio.Task[None] | None = None

    async def _begin(self, **words) -> None:
        self.releaser = Releaser(self.policy, clock=Clock(), freshness_seconds=DAY)
        await super()._begin(**words)

    async def start(self, **words) -> None:
        """Begin to sequence, as after partners have answered, and to release."""
        await super().start(**words)
        self.sequencer.hold("")
        self._releasing = asyncio.create_task(self.releaser.run(self.sequencer, self.mirrors))

    async def stop(self) -> None:
        """Stop both."""
        self._end()
        await super().stop()

    async def die(self) -> None:
        """End both."""
        self._end()
        await super().die()

    def _end(self) -> None:
        releasing, self._releasing = self._releasing, None
        if releasing is not None:
            releasing.cancel()

    async def submit_entries(
        self, entries: Sequence[bytes], request_key: str | None = None, companions: Sequence[Companion] = ()
    ) -> Sequenced:
        """Log entries and wait until they are released; who is told that they are durable asks again."""
        answer = await asyncio.wait_for(self.enqueue(entries, request_key, companions), 20)
        if answer.published is None:
            raise PushBackError("not released yet")
        self.check_witnessed(answer.published.note)
        self.keep(answer, entries, request_key)
        return answer

    def check_witnessed(self, note: bytes) -> None:
        """Check that what is shown has its quorum."""
        self.policy.policy.check(note)


class AReleasedDay:
    """A log starts, logs by several paths, meets a repetition and stops; partners release each checkpoint."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._log: ReleasedLog

    async def begin(self, dsn: str) -> None:
        """Name the log; the database is still empty."""
        self._log = ReleasedLog(dsn, self._place.folder, f"released.example/{self._place.number}")
        self._log.dsn = self._place.dsn

    async def work(self) -> None:
        """Have a day."""
        few = sealed_entries("few", 4)
        await insist(self._log, few, "few")
        await insist(self._log, [an_achievement_entry("A-1")], "clear")
        await insist(self._log, sealed_entries("more", 3), "more")
        await insist(self._log, few, "few")
        await stop(self._log)

    async def check(self) -> None:
        """Check everything that is stored; what is stored as shown has its quorum."""
        session = await asyncpg.connect(self._place.dsn)
        try:
            if not await session.fetchval("SELECT to_regclass('logs') IS NOT NULL"):
                return
            if await session.fetchval("SELECT count(*) FROM logs WHERE note IS NOT NULL"):
                stored = await check_everything(session, self._log.promises)
                if stored.head["released_note"] is not None:
                    self._log.check_witnessed(stored.head["released_note"])
        finally:
            await session.close()

    async def restart(self) -> None:
        """Start anew: it shows what it showed, and goes on to release."""
        await start(self._log)
        assert self._log.size == ENTRIES
        await insist(self._log, sealed_entries("few", 4), "few")
        await self._log.stop()

    async def end(self) -> None:
        """Let it die."""
        with contextlib.suppress(NodeError):
            await self._log.die()
