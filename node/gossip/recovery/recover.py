"""Bring a log of ours back from partners' mirrors, each entry verified up to what our own key has signed.

1.  Partners are asked first (`node.gossip.partners.last_seen`), and the database's head is read behind a barrier after
    that. A node commits before a mirror sees a checkpoint: so a database that is then behind a partner's note has lost
    what it had, and nobody signs upon it.
2.  All that our key is known to have signed must be one history (`node.gossip.recovery.signed_history`), and what is
    here a part of it. If not, nothing is changed.
3.  The newest of it is written into the head file, as of no server: from here on a database that is behind it isn't
    signed upon (`node.log.headfile`), and upon what was recovered only with the operator's word that a restore is
    meant.
4.  Entries are read up to the largest checkpoint that a mirror serves, in verified steps (`node.log.follow`), from one
    mirror after the other as they fail or serve false bytes. Each step is committed by compare-and-swap of the head.
5.  If that is less than what was signed, nobody who was asked has the rest. It has left this node all the same: the log
    can't be gone on with.

If the process dies after any step, the same command goes on. While entries come in, the head's note is the signed note
that they lead to. A checkpoint is released once all its entries are here.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final

from node.errors import FatalError, NodeError
from node.gossip.partners.last_seen import LastSeen
from node.gossip.recovery.signed_history import Signed, check_beginnings, signed_of
from node.log.follow import Target, verified_growth
from node.log.headfile import NO_SERVER, WRONG_FILE, HeadFile, HeadState
from node.log.integrate import Integration
from node.log.prove import LogReader
from node.log.signed_tree import SignedTree
from node.log.state import LogState, Position, load_position
from node.storage.database import Connection, Database
from node.storage.former_keys import close_log, set_keys
from node.storage.heads import Head, create_log, find_head
from node.storage.writer import DATABASE_FAILURES, Outcome, Writer
from protocol.encoding.keys import VerifierKey
from protocol.log.checkpoint import Checkpoint
from protocol.log.ended_key import EndedKey

CLOSE: Final = "ask again when all answer; if nobody has the rest, the log is closed, and a new origin succeeds it"
ANOTHER: Final = "recover into an empty database, with the key that the log began with"
AGAIN: Final = "stop whatever writes it, and run `nostra recover` again: it goes on"


@dataclass(slots=True)
class Recovered:
    """What a recovery did."""

    log_id: int
    before: int
    """Entries that were here."""
    size: int
    """Entries that are here now."""
    root: bytes
    signed: int
    """Size of the largest tree that our key is known to have signed."""
    read_from: list[str] = field(default_factory=list)
    """Mirrors that entries came from."""
    failures: dict[str, str] = field(default_factory=dict)
    """Mirrors that failed to serve them, and why."""


class Recovery:
    """Recovers one log of ours."""

    def __init__(
        self,
        database: Database,
        key: VerifierKey,
        head_file: HeadFile,
        *,
        former: Sequence[EndedKey] = (),
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Recover the log that this key signs, and `former` ones signed before it.

        `head_file` stands beside the key, `progress` is told the size reached.
        """
        self.origin = key.name
        self._database = database
        self._key = key
        self._former = former
        self._head_file = head_file
        self._progress = progress
        self._is_remembered = False
        self._position: Position
        self._writer: Writer

    async def run(self, told: Sequence[LastSeen], *, read_from: Sequence[LastSeen]) -> Recovered:
        """Recover as much as the mirrors serve.

        Args:
            told: What partners told, before this is called.
            read_from: Those of them whose mirrors are read.

        Raises:
            FatalError: What is here isn't what was signed; or the signed end can't be had; or the database fails.
        """
        remembered = self._remembered()
        try:
            head = await self._begin()
            try:
                return await self._run(head, told, read_from, remembered)
            finally:
                await self._writer.close()
        except DATABASE_FAILURES as error:
            raise FatalError(f"the database fails: {error or type(error).__name__}", mend=AGAIN) from None

    async def _run(
        self, head: Head, told: Sequence[LastSeen], read_from: Sequence[LastSeen], remembered: HeadState | None
    ) -> Recovered:
        trees = signed_of(told, remembered, head)
        done = Recovered(head.log_id, head.size, head.size, head.root, trees[-1].size)
        await self._check_here(trees)
        if done.signed > head.size:
            for target in _targets(read_from, head.size):
                if done.size < target.checkpoint.size:
                    await self._reach(target, trees, read_from, done=done)
            self._remember(trees[-1])
        if done.size < done.signed:
            raise FatalError(self._unrecoverable(done, trees[-1]), mend=CLOSE)
        return done

    def _remembered(self) -> HeadState | None:
        remembered = self._head_file.read()
        if remembered is not None and remembered.origin != self.origin:
            raise FatalError(
                f"the head file beside the key is of {remembered.origin}, not of {self.origin}", mend=WRONG_FILE
            )
        return remembered

    async def _begin(self) -> Head:
        """Find the log, or make it, and return its head behind a barrier."""
        verifier_key = self._key.render()
        async with self._database.pool.acquire() as connection:
            head = await find_head(connection, self.origin)
            if head is None:
                # If the process dies now, an empty log of ours is here, as `nostra init` leaves one.
                head = await create_log(connection, self.origin, verifier_key, own=True)
        if head.own and head.verifier_key in [key.render() for key in (self._key, *self._former)] and self._former:
            # A database from before a change of key: what is recovered goes on to the key that signs now.
            async with self._database.writing() as connection:
                await set_keys(connection, head.log_id, verifier_key, self._former, own=True)
            head = replace(head, verifier_key=verifier_key)
        if not head.own or head.verifier_key != verifier_key:
            held = "holds another key's log" if head.own else "follows a partner's log"
            raise FatalError(f"the database {held} under the origin {self.origin}", mend=ANOTHER)
        self._writer = Writer(self._database, head)
        head = await self._writer.connect()
        try:
            self._position = await load_position(self._writer.connection, head)
        except BaseException:
            await self._writer.close()
            raise
        return head

    async def _check_here(self, trees: Sequence[Signed]) -> None:
        """Check that every signed tree that isn't larger than what is here is its beginning."""
        head = self._position.head
        reader = LogReader(self._database.pool, LogState(self._position))
        here = Checkpoint(self.origin, head.size, head.root)
        await check_beginnings(trees, here, reader.root_at, where="in the database")

    async def _reach(
        self, target: Target, trees: Sequence[Signed], read_from: Sequence[LastSeen], *, done: Recovered
    ) -> None:
        """Read a signed tree from one mirror after the other; one that brought us further gets another turn."""
        waiting = deque(one for one in read_from if one.held and one.held.checkpoint.size >= target.checkpoint.size)
        while waiting and self._position.head.size < target.checkpoint.size:
            source, before = waiting.popleft(), self._position.head.size
            failure = await self._read(target, trees, source)
            if failure:
                done.failures[source.name] = failure
            if self._position.head.size > before:
                done.read_from += [source.name] if source.name not in done.read_from else []
                waiting.append(source)
        done.size, done.root = self._position.head.size, self._position.head.root

    async def _read(self, target: Target, trees: Sequence[Signed], source: LastSeen) -> str:
        """Take over what one mirror serves of a signed tree; return what it failed on, "" if it didn't."""
        signed = SignedTree(target.checkpoint, source.mirror.tile)
        try:
            await check_beginnings(trees, target.checkpoint, signed.root_at, where=f"at {source.name}")
            self._remember(trees[-1])
            async with aclosing(verified_growth(self._position, _bare(target), source.mirror)) as steps:
                async for step in steps:
                    _close_where_it_ended(step)
                    self._position = await self._commit(step)
                    self._progress(self._position.head.size)
        except FatalError:
            raise
        except NodeError as error:
            return str(error)
        return ""

    def _remember(self, newest: Signed) -> None:
        """Write the newest signed tree beside the key; if the process dies now, nothing less is signed upon."""
        if not self._is_remembered:
            self._head_file.write(HeadState(self.origin, newest.size, newest.root, NO_SERVER, 1))
            self._is_remembered = True

    async def _commit(self, step: Integration) -> Position:
        """Commit a verified step, and return where the log stands then.

        If the process dies inside, the step is in the database whole or not at all.

        Raises:
            FatalError: Another process has written the log, or the server refuses.
        """
        growth, before = step.growth, self._position.head
        while True:
            growth.head = self._position.head
            outcome = await self._writer.commit(growth)
            if outcome is Outcome.DONE:
                return replace(step.after, head=replace(step.after.head, epoch=growth.head.epoch))
            if outcome is Outcome.REFUSED:
                raise FatalError(f"the database refuses entries of {self.origin}: {self._writer.refusal}", mend=AGAIN)
            # Behind a barrier, the head tells what became of it; a node that starts meanwhile moves the epoch alone.
            head = await self._writer.barrier()
            if (head.size, head.root) == (growth.size, growth.root):
                return replace(step.after, head=head)
            if (head.size, head.root) != (before.size, before.root):
                raise FatalError(f"another process writes the log {self.origin}", mend=AGAIN)
            self._position = replace(self._position, head=head)

    def _unrecoverable(self, done: Recovered, newest: Signed) -> str:
        reasons = "; ".join(f"{name}: {why}" for name, why in done.failures.items())
        return (
            f"{self.origin} was signed at size {newest.size} (known {newest.where}), and only {done.size} entries can "
            f"be had{f' ({reasons})' if reasons else ''}"
        )


def _close_where_it_ended(step: Integration) -> None:
    """Let the step's transaction also close the log, if its entries say that it ended: it takes nothing more."""
    log_id, ended = step.growth.head.log_id, step.after.ended
    if ended is None:
        return
    successor = ended.successor

    async def store(connection: Connection, _: int) -> None:
        await close_log(connection, log_id, successor)

    step.growth.companions.append((store, 0))


def _targets(read_from: Sequence[LastSeen], size: int) -> list[Target]:
    """Return the checkpoints that mirrors serve and that are beyond a size, the largest first, each size once."""
    held = {one.held.checkpoint.size: one.held for one in read_from if one.held is not None}
    return [held[at] for at in sorted(held, reverse=True) if at > size]


def _bare(target: Target) -> Target:
    """Return a target whose note has our own signature alone: who else's may be shown is another question."""
    return Target(target.checkpoint, target.signed().encode())
