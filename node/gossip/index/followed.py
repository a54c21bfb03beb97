"""The index of a partner's log, computed anew from our mirror, and held against what the log signs.

========== =========================================================================================================
computed   what the entries up to a size give; kept in memory until the log shows a note over it
committed  computed, and stored; without a note while the index is walked to where the log's is
shown      committed under the index note that the log shows, with the lines of those who cosigned it
========== =========================================================================================================

It moves on alone: nothing that a log signs changes what its entries give. If the process dies, what is committed is an
index of the log, and the next one computes what comes after it again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from node.errors import BadAnswerError, ConflictError, PushBackError
from node.gossip.mirror.mirrors import FollowedLog
from node.log.index.stands import index_stands
from node.log.index.tree import DamagedIndexError, IndexTree, Overlay, TooFarError
from node.log.prove import LogReader
from node.telemetry import event
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note, NoteSignature
from protocol.errors import BadSignatureError, ProtocolError
from protocol.gossip.cosignature import verify
from protocol.log.checkpoint import Checkpoint
from protocol.log.index_note import index_keys, open_index, parse_index

TURN_SECONDS: Final = 5.0
"""How long a request waits for what is being computed."""

MOST_WAITING: Final = 64
"""Requests that wait at once; more are told to come again."""


class WrongIndexError(BadAnswerError):
    """The log has signed another index than its entries give."""

    def __init__(self, note: bytes, overlay: Overlay) -> None:
        """Keep the note and what was computed."""
        head = overlay.head
        super().__init__(f"the index of {head.origin} at size {head.size} is not what its entries give")
        self.note = note
        self.overlay = overlay


class FollowedIndex:
    """One partner's index."""

    def __init__(self, log: FollowedLog, tree: IndexTree, cosigners: Sequence[VerifierKey]) -> None:
        """Compute by `tree` what the mirror of `log` holds; lines of these cosigners are kept on notes."""
        self.log = log
        self.tree = tree
        self._cosigners = cosigners
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._computed: Overlay | None = None
        self.wanted = 0
        """The size that the index is to be walked to, where that takes more than one stage."""
        self.on_wanted: Callable[[], None] = lambda: None
        self.shown_size = -1
        """Over how many entries the index is shown here, as far as this process knows; -1 while it isn't."""

    @property
    def origin(self) -> str:
        """The log's."""
        return self.log.partner.origin

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """The log's keys."""
        return self.log.partner.log_keys

    def reader(self) -> LogReader:
        """Return what reads the mirror.

        Raises:
            PushBackError: Nothing of the log is here yet.
        """
        return self.log.mirror.held_reader

    async def judge(self, note: bytes, trie_root: bytes | None = None) -> Checkpoint:
        """Return what an index note states, once it is seen to be what the entries give.

        Raises:
            WrongIndexError: It is not.
            ConflictError: The index is of a larger size already, which is `known_size`.
            PushBackError: The entries aren't here yet, or it is being computed.
            ProtocolError: The log has not signed the note.
        """
        async with self.turn():
            overlay = await self._compute(note)
        stated, _ = open_index(note, self.keys, log_root=overlay.head.log_root)
        if stated != overlay.head.stated() or trie_root not in (None, overlay.head.trie_root):
            raise WrongIndexError(note, overlay)
        return stated

    async def take_shown(self, note: bytes) -> None:
        """Show an index note that the log shows, if it is what the entries give (errors as `judge`)."""
        async with self.turn():
            overlay = await self._compute(note)
            stated, opened = open_index(note, self.keys, log_root=overlay.head.log_root)
            if stated != overlay.head.stated():
                raise WrongIndexError(note, overlay)
            kept = self._lines_that_hold(opened)
            before = overlay.before
            if before.size == stated.size and before.note is not None and not _is_more(kept, before.note):
                self.shown_size = before.size
                return
            if await self.tree.commit(overlay, kept.render()):
                self._computed, self.shown_size = None, stated.size

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the index; raises PushBackError if that takes long, or many wait for it."""
        if self._waiting >= MOST_WAITING:
            raise PushBackError(f"{MOST_WAITING} requests for the index of {self.origin} are waiting")
        self._waiting += 1
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise PushBackError(f"the index of {self.origin} is being computed") from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()

    async def _compute(self, note: bytes) -> Overlay:
        """Return what the entries give at a note's size; the note's signature is seen before anything is computed."""
        _, stated = parse_index(Note.parse(note).text)
        reader = self.reader()
        if stated.size > reader.state.head.size:
            open_index(note, self.keys)
            raise PushBackError(f"{self.origin} is held up to {reader.state.head.size} here, not {stated.size}")
        open_index(note, self.keys, log_root=await reader.root_at(stated.size))
        row = await index_stands(self.tree, reader)
        known = self._computed
        if known is not None and known.before == row and known.head.size == stated.size:
            return known
        try:
            self._computed = await self.tree.extend(stated.size)
        except TooFarError:
            self.wanted = max(self.wanted, stated.size)
            self.on_wanted()
            raise PushBackError(f"the index of {self.origin} is being computed, from size {row.size} on") from None
        except DamagedIndexError:
            event("index_made_anew", log=self.origin, tree_size=row.size)
            await self.tree.rebuild()
            raise PushBackError(f"the index of {self.origin} is made anew") from None
        return self._computed

    async def catch_up(self) -> None:
        """Walk the index to where it is wanted, step by step; requests are told to come again meanwhile."""
        async with self._turn:
            wanted, self.wanted = self.wanted, 0
            row = await index_stands(self.tree, self.reader())
            if row.size < wanted:
                await self.tree.catch_up(wanted)

    async def guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something with the index; one that is damaged is made anew, one that another process moved is left."""
        try:
            await work()
        except DamagedIndexError:
            event("index_made_anew", log=self.origin)
            async with self.turn():
                await self.tree.rebuild()
        except ConflictError:
            self._computed = None

    def _lines_that_hold(self, note: Note) -> Note:
        """Return a note with the log's own lines and those of known cosigners that verify."""
        own = {(key.name, key.key_id) for key in index_keys(self.keys, self.origin)}
        kept = tuple(line for line in note.signatures if (line.name, line.key_id) in own or self._holds(note, line))
        return Note(note.text, kept)

    def _holds(self, note: Note, line: NoteSignature) -> bool:
        try:
            return bool(verify(Note(note.text, (line,)), self._cosigners))
        except (BadSignatureError, ProtocolError):
            return False


def _is_more(note: Note, before: bytes) -> bool:
    """Whether a note has other lines than the one before, and not fewer."""
    known = Note.parse(before)
    return note != known and len(note.signatures) >= len(known.signatures)
