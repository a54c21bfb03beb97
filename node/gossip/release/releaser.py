"""Gets durable checkpoints of an own log to where they may be shown: held by enough partners.

A round takes the newest durable checkpoint and has every partner's mirror take over what it lacks and cosign it. Once
those who have are a quorum of the policy, the note with their lines is shown, and the next round begins with what has
become durable meanwhile. One partner that is slow, or down, holds nobody up: each has a worker of its own, which goes
on with the round that it finds when it is done, and when it is its turn (`node.gossip.release.turns`). Lines that come
after the quorum are added while nothing newer is known.

A checkpoint that stays the newest is cosigned anew every quarter of the policy's limit on age, so that a log at rest
isn't taken for one that hides something.

If the process dies, the next one offers its durable head again; mirrors that cosigned it do so once more.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final, Protocol

from node.clock import Clock
from node.errors import BadAnswerError, NodeError
from node.gossip.release.policy import ReleasePolicy
from node.gossip.release.turns import Turns
from node.log.sequence import Sequencer
from node.log.state import Published
from node.storage.quorum_times import MOST_SKEW_SECONDS
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import RELEASE_SECONDS, warn
from protocol.encoding.note import Note, NoteSignature
from protocol.gossip.cosignature import read_time

HELD_SECONDS: Final = 1.0
"""How often a log that is held is looked at again."""

STUCK_SECONDS: Final = 2.0
"""After this long without a quorum, a round gives way to what is newer; where partners take longer, so do rounds."""

LONGEST_ROUND: Final = 60.0

PAUSES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Seconds before a mirror that failed is asked again; the last one repeats."""

RECOSIGNED_PER_LIMIT: Final = 4


class Cosigner(Protocol):
    """Somebody else's mirror or witness, as one of our logs asks it."""

    async def push(self, target: Published) -> tuple[NoteSignature, ...]:
        """Return its verified lines over this note; safe to cancel.

        Raises:
            NodeError: It doesn't cosign.
        """
        ...


class Releaser:
    """The rounds of one own log."""

    def __init__(self, policy: ReleasePolicy, *, clock: Clock, freshness_seconds: float) -> None:
        """Prepare; `run` begins the rounds."""
        self.policy = policy
        self._clock = clock
        self._recosign_seconds = freshness_seconds / RECOSIGNED_PER_LIMIT
        self._durable: Published | None = None
        """The newest that was offered; the target itself while nothing newer was."""
        self._target: Published | None = None
        """What the round under way is about."""
        self._released: Published | None = None
        """The target, once it was shown in this round."""
        self._lines: dict[str, tuple[NoteSignature, ...]] = {}
        """Lines for the target, by who made them."""
        self._moved = asyncio.Event()
        """Something has changed for the rounds: an offer, or lines."""
        self._new = asyncio.Event()
        """Something has changed for the workers: a target, or its release; renewed each time."""
        self._turns = Turns(tuple(policy.operators), policy.suffice)
        self._patience = STUCK_SECONDS
        """How long the next round may last before it gives way."""
        self.holders: frozenset[str] = frozenset()
        """Whose mirrors hold what was released last."""
        self.failures: dict[str, str] = {}
        """What each cosigner fails on now."""
        self.waits_since: float | None = None
        """Since when, by the monotonic clock, a checkpoint waits for its quorum; None while none does."""

    def offer(self, durable: Published) -> None:
        """Take the newest durable checkpoint; one that was offered before is no news, and begins no round."""
        if self._durable is not None and self._durable.note == durable.note:
            return
        self._durable = durable
        if self.waits_since is None:
            self.waits_since = self._clock.monotonic()
        self._moved.set()

    def quorum_time(self, note: bytes) -> int | None:
        """Return when a note of ours got its quorum of mirrors; None if it hasn't."""
        return self.policy.quorum_time(note)

    async def run(
        self, log: Sequencer, mirrors: Mapping[str, Cosigner], witnesses: Mapping[str, Cosigner] | None = None
    ) -> None:
        """Go on for ever; `witnesses` get to see only what is released, and no round waits for them."""
        async with asyncio.TaskGroup() as tasks:
            for name, mirror in mirrors.items():
                tasks.create_task(self._work(name, mirror, lambda: self._target))
            for name, witness in (witnesses or {}).items():
                tasks.create_task(self._work(f"witness {name}", witness, lambda: self._released))
            await self._rounds(log)

    async def _rounds(self, log: Sequencer) -> None:
        while True:
            while self._durable is None or log.held:
                await self._move(HELD_SECONDS)
            await self._gather(self._durable)
            await self._show(log)
            await self._rest(log)

    async def _gather(self, durable: Published) -> None:
        """Return once those who have cosigned the target are a quorum.

        A round that lasts gives way to what is newer, since a mirror may have seen more. The lines that it has are lost
        by that: so the next one may last longer, or partners who are slow would never make a quorum under load.
        """
        now = asyncio.get_running_loop().time
        self._begin(durable)
        began = now()
        while not self.policy.suffice(self._lines):
            left = began + self._patience - now()
            await self._move(left if left > 0 else STUCK_SECONDS)
            if now() - began >= self._patience and self._durable is not self._target and self._durable is not None:
                self._patience = min(2 * self._patience, LONGEST_ROUND)
                self._begin(self._durable)
                began = now()
        self._turns.made(tuple(self._lines), now())
        self._patience = min(max(STUCK_SECONDS, 2 * (now() - began)), LONGEST_ROUND)

    async def _rest(self, log: Sequencer) -> None:
        """Return once something newer is durable, or it is time to have the newest cosigned anew."""
        while self._target is self._durable:
            shown = len(self._lines)
            if not await self._move(self._recosign_seconds):
                return
            if self._target is self._durable and len(self._lines) > shown:
                await self._show(log)

    def _begin(self, durable: Published) -> None:
        # A copy, so that a checkpoint which is cosigned anew is another target than before.
        self._durable = self._target = replace(durable)
        self._released, self._lines = None, {}
        self._turns.begin(asyncio.get_running_loop().time())
        self._tell_workers()

    def _tell_workers(self) -> None:
        new, self._new = self._new, asyncio.Event()
        new.set()

    async def _move(self, seconds: float) -> bool:
        """Wait until something has changed; return False if nothing has in time."""
        self._moved.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._moved.wait()
            return True
        return False

    async def _show(self, log: Sequencer) -> None:
        """Show the target with the lines that are there, however long the database needs to take it."""
        target, attempt, origin = self._target, 0, log.reader.state.head.origin
        if target is None:
            return
        note = Note.parse(target.note)
        lines = [line for lines in self._lines.values() for line in lines]
        whole = Note(note.text, (*note.signatures, *lines)).render()
        published = replace(target, note=whole, time=self._quorum_time())
        while True:
            try:
                await log.release(published)
                break
            except DATABASE_FAILURES as error:
                warn("release_not_stored", log=origin, failure=str(error))
                await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
                attempt += 1
        self.holders = frozenset(self._lines)
        if self._released is None:
            self._released = published
            self._tell_workers()
        if self.waits_since is not None:
            RELEASE_SECONDS.labels(origin).observe(self._clock.monotonic() - self.waits_since)
        self.waits_since = None if self._target is self._durable else self._clock.monotonic()

    def _quorum_time(self) -> int | None:
        """Return when the lines that are there became a quorum, by their own times."""
        partners: set[str] = set()
        for time, name in sorted((min(map(read_time, lines)), name) for name, lines in self._lines.items()):
            partners.add(name)
            if self.policy.suffice(partners):
                return time
        return None

    async def _work(self, name: str, cosigner: Cosigner, target_now: Callable[[], Published | None]) -> None:
        """Have one cosigner cosign one target after the other."""
        done: Published | None = None
        attempt = 0
        while True:
            target = await self._next(name, target_now, done=done)
            try:
                lines = self._in_time(await cosigner.push(target))
                self.failures.pop(name, None)
                done, attempt = target, 0
            except Exception as error:  # whatever a partner answers costs its own worker a pause, never the node
                self._note_failure(name, error)
                if self._turns.failed(name):
                    self._tell_workers()
                await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
                attempt += 1
                continue
            if lines and (target is self._target or target is self._released):
                self._lines[name] = lines
                self._moved.set()

    async def _next(
        self, name: str, target_now: Callable[[], Published | None], *, done: Published | None
    ) -> Published:
        """Return the target once it is another than the one that is done, and this cosigner's turn."""
        now = asyncio.get_running_loop().time
        while True:
            target, pause = target_now(), None
            if target is not None and target is not done:
                pause = self._turns.pause(name, now())
                if not pause:
                    self._turns.asked(name, now())
                    return target
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._new.wait()

    def _in_time(self, lines: tuple[NoteSignature, ...]) -> tuple[NoteSignature, ...]:
        """Return the lines that our clock agrees with; whose clock is put right is to be asked again."""
        now = self._clock.now()
        kept = tuple(line for line in lines if abs(read_time(line) - now) <= MOST_SKEW_SECONDS)
        if lines and not kept:
            skew = min((read_time(line) - now for line in lines), key=abs)
            raise BadAnswerError(
                f"it cosigned as of {abs(skew):,} s {'after' if skew > 0 else 'before'} our clock's time; "
                f"{MOST_SKEW_SECONDS} s may lie between"
            )
        return kept

    def _note_failure(self, name: str, error: Exception) -> None:
        ours = None if isinstance(error, NodeError) else error
        failure = str(error) if ours is None else f"this node failed ({type(error).__name__})"
        if self.failures.get(name) != failure:
            warn("cosigner_failed", error=ours, partner=name, failure=failure)
        self.failures[name] = failure
