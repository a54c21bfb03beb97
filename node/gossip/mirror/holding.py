"""What a node holds of one partner's log, as this process has it in mind: read from the database, and kept in step.

========== =========================================================================================================
pending    the newest note that the log signed for us; all that is held stands in its tree. Kept in the row of the head
accepted   entries that are verified to stand in a pending tree; in memory, on their way to the database
held       entries that are durable (`reader.state`)
cosigned   a checkpoint whose entries are all held, with our mirror's lines (`node.gossip.mirror.claim`)
published  what questions are answered from (`reader.published`): what the log itself has shown, wholly held
========== =========================================================================================================

What changes it is `node.gossip.mirror.intake`. Other processes may hold the same log in the same database: each change
names what it starts from, and whoever finds something else there reads again.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

from node.clock import Clock
from node.config import PartnerSettings
from node.errors import FatalError, PushBackError
from node.gossip.cosigning.cosigner import Cosigner
from node.gossip.mirror.claim import IsConvicted, MirrorClaim
from node.log.follow import Target, open_target
from node.log.prove import LogReader
from node.log.state import LogState, Position, Published, load_position, published_of
from node.log.tile_cache import TileCache
from node.storage.cosigned import Advance, confirm, enrol, find_cosigned
from node.storage.database import Connection, Database
from node.storage.heads import Head, create_log, find_head
from node.storage.known_writes import KnownWrites
from node.telemetry import TREE_SIZE, warn
from protocol.encoding.note import NoteSignature
from protocol.log.merkle import EMPTY_ROOT

KEPT_TILES: Final = 128
"""Tiles that a mirror keeps in memory: 2 to 4 MB each mirror."""

LINE: Final = "\n\u2014 ".encode()
"""What a signature line of a note begins with."""

REMEMBERED: Final = 16
"""Notes that were pending and may still be the end of an upload."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What this node has seen of a log: what it holds, and the newest note that the log signed for it, or None."""

    size: int
    root: bytes
    note: bytes | None


class Holding:
    """One log; `load` reads what is here."""

    def __init__(
        self,
        partner: PartnerSettings,
        database: Database,
        *,
        clock: Clock,
        writes: KnownWrites,
        cosigner: Cosigner | None = None,
        is_convicted: IsConvicted = lambda _: False,
    ) -> None:
        """Hold the partner's log; without a cosigner, cosign nothing."""
        self.partner = partner
        self.writes = writes
        self.claim = MirrorClaim(partner.origin, cosigner, clock=clock, is_convicted=is_convicted)
        self.reader: LogReader | None = None
        """Reads what is held, once it was loaded."""
        self.accepted: Position
        """Where the next step begins, once it was loaded."""
        self.pending: Target | None = None
        self.lock = asyncio.Lock()
        """Held while the database is read or written: who waits for it goes in the order of coming."""
        self.given_up = 0
        """Counts the times that what was accepted was given up for what the database holds."""
        self._targets: OrderedDict[int, Target] = OrderedDict()
        """By size, the notes that are or were pending."""
        self._database = database
        self._extended: object = None
        """The row of `cosigned` that what is held is known to extend."""

    @property
    def origin(self) -> str:
        """The log's name for good."""
        return self.partner.origin

    @property
    def state(self) -> LogState:
        """What is held and published.

        Raises:
            PushBackError: The database couldn't be read yet.
        """
        return self.held_reader.state

    @property
    def held_reader(self) -> LogReader:
        """What reads it (errors as `state`)."""
        if self.reader is None:
            raise PushBackError(f"what is held of {self.origin} isn't read yet", code="not-ready")
        return self.reader

    async def load(self) -> LogState:
        """Read where the log stands, and return it; another process may have moved it.

        Raises:
            FatalError: The database holds the log under another key, or as our own, or damaged.
        """
        async with self.lock:
            return await self.read()

    async def read(self) -> LogState:
        """Load, for who has the lock."""
        async with self._database.pool.acquire() as connection:
            head = await self._read_head(connection)
            state = None if self.reader is None else self.reader.state
            if state is None or (state.head.size, state.head.root) != (head.size, head.root):
                tiles, published = (TileCache(KEPT_TILES), None) if state is None else (state.tiles, state.published)
                state = LogState(await load_position(connection, head), tiles, published)
                self.give_up(state.position)
            state.position = replace(state.position, head=head)
            row = await find_cosigned(connection, "mirror", self.origin)
        self._read_notes(state, head)
        if self.reader is None:
            self.reader = LogReader(self._database.pool, state)
        self.reader.state = state
        if self.claim.has_keys and row != self.claim.row:
            await self.confirm()
        return state

    async def seen(self) -> Seen:
        """Return what was seen of the log, as the database has it: what was pending before a restart is there too."""
        async with self._database.pool.acquire() as connection:
            head = await find_head(connection, self.origin)
        if head is None:
            return Seen(0, EMPTY_ROOT, None)
        notes = [open_target(note, *self.partner.log_keys) for note in (head.note, head.released_note) if note]
        notes += [] if self.pending is None else [self.pending]
        newest = max(notes, key=lambda one: one.checkpoint.size, default=None)
        return Seen(head.size, head.root, None if newest is None else newest.note)

    def give_up(self, position: Position) -> None:
        """Forget what was accepted and isn't durable: the next step begins at this position."""
        self.accepted = position
        self.given_up += 1

    async def _read_head(self, connection: Connection) -> Head:
        verifier_key = self.partner.verifier_key.render()
        head = await find_head(connection, self.origin)
        if head is None:
            head = await create_log(connection, self.origin, verifier_key, own=False)
        if head.own:
            raise FatalError(f"{self.origin} is a log of our own", mend="remove the [[partner]] of that origin")
        if head.verifier_key != verifier_key:
            ended = head.verifier_key in [key.render() for key in self.partner.former_keys]
            raise FatalError(
                f"the mirror of {self.origin} was begun under the key {head.verifier_key}",
                mend="start the node anew: it takes the change of key over"
                if ended
                else "put that key back into [[partner]], or say in former_keys where it ended",
            )
        return head

    def _read_notes(self, state: LogState, head: Head) -> None:
        if head.released_note is not None and head.released_size is not None:
            if state.published is None or state.published.note != head.released_note:
                state.published = published_of(head.released_size, head.released_note)
            TREE_SIZE.labels(self.origin).set(head.released_size)
        for note in (head.released_note, head.note):
            if note is not None and (self.pending is None or self.pending.note != note):
                self.remember(open_target(note, *self.partner.log_keys))

    def remember(self, target: Target) -> None:
        """Know a note as one that is or was pending: all that is held stands in its tree, or leads to it."""
        size = target.checkpoint.size
        if self.pending is None or size >= self.pending.checkpoint.size:
            self.pending = target
        self._targets[size] = target
        self._targets.move_to_end(size)
        while len(self._targets) > REMEMBERED:
            self._targets.popitem(last=False)

    def target_of(self, size: int) -> Target | None:
        """Return the note of this size that is pending, or was, or that is cosigned; None of any other size."""
        row = self.claim.row
        if size not in self._targets and row.note is not None and row.size == size <= self.state.head.size:
            return open_target(row.note, *self.partner.log_keys)
        return self._targets.get(size)

    def would_publish(self, target: Target) -> bool:
        """Whether questions would be answered from a checkpoint rather than from the one they are answered from now."""
        known, size = self.state.published, target.checkpoint.size
        if known is None or size != known.size:
            return known is None or size > known.size
        # Of one size: the same tree, which may be cosigned by more, or anew.
        return target.note != known.note and target.note.count(LINE) >= known.note.count(LINE)

    def publish(self, target: Target) -> None:
        """Answer questions from a checkpoint that is wholly held, and known to be kept as the released one."""
        size = target.checkpoint.size
        self.state.published = Published(size, target.checkpoint.root, target.note)
        TREE_SIZE.labels(self.origin).set(size)

    async def confirm(self) -> None:
        """Read what is cosigned behind a commit of our own, for who has the lock.

        What a read alone shows may be lost yet. Behind this commit that is durable too which was read before.
        """

        async def ask(connection: Connection) -> None:
            await enrol(connection, "mirror", [self.origin])
            (self.claim.row,) = await confirm(connection, "mirror", [self.origin])

        await self.writes.known(ask, origin=self.origin)

    async def extends_cosigned(self) -> bool:
        """Whether what is held extends what was cosigned last: after a restore it may be behind it, or another tree."""
        row, reader = self.claim.row, self.reader
        if row is self._extended:
            return True
        if reader is None or row.size > reader.state.head.size:
            return False
        if await reader.root_at(row.size) != row.root:
            warn("cosigned_another_tree", log=self.origin, tree_size=row.size)
            return False
        self._extended = row
        return True

    def cosigned(self, mark: Advance) -> tuple[NoteSignature, ...]:
        """Take over a move of the row that is committed, upon what it was known to extend, and return our lines."""
        lines = self.claim.moved(mark)
        self._extended = self.claim.row
        return lines

    @property
    def is_ahead(self) -> bool:
        """Whether more is cosigned than questions are answered from."""
        published = None if self.reader is None else self.reader.state.published
        return self.claim.row.note is not None and (published is None or published.size < self.claim.row.size)

    @property
    def shown(self) -> bytes | None:
        """The checkpoint that our mirror shows, with its lines; None while there is none that is wholly held."""
        row = self.claim.row
        return row.note if self.reader is not None and row.size <= self.reader.state.head.size else None
