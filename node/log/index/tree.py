"""The index of one log: grown from its entries, shown at a size, proved at that size.

::

    overlay = await tree.extend(size)        computed: pages in memory, nothing written
    await tree.commit(overlay, note)         durable and shown, in one transaction
    answers = await tree.prove(keys)         all under the one note that is shown

Until the commit, everybody goes on proving under the note before. A gap larger than one stage is walked first, in steps
that are committed without a note: while it *catches up* an index proves nothing.

An index is a pure function of its log. So whatever a process leaves undone, or two processes do at once, the next one
goes on from where the database stands, and comes to the same roots.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from node.errors import ConflictError, NodeError, PushBackError
from node.log.index.added import Added, added_between
from node.log.index.answers import Answers
from node.log.index.grow import Changes, PageName, WantedLists, WantedPages, grow
from node.log.index.leaf_list import LeafList
from node.log.index.reading import PAUSE_PAGES, NotThisPageError, Reading, sealed_page
from node.log.prove import LogReader
from node.storage.database import Database
from node.storage.index_pages import IndexRow, IndexStep, begin_index, forget_index, move_index
from protocol.encoding.wire import HASH_BYTES
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead

STAGE_ENTRIES: Final = 8192
"""Entries that one note may cover more than the note before: what a partner computes at once to cosign it."""

WALK_ENTRIES: Final = 2048
"""Entries of one step of a walk: what a step writes is in memory several times over until it is committed."""

STAGE_PAIRS: Final = 65_536
"""Pairs of a key and a leaf that one stage may add; more than one entry of the largest size has."""

LOOK_SECONDS: Final = 1.0
"""How old what is known of the index may be when it is proved from: another process may have moved it on."""

_ATTEMPTS: Final = 5


class DamagedIndexError(NodeError):
    """The stored index isn't one of the log: it has to be made anew (`IndexTree.rebuild`)."""


class TooFarError(NodeError):
    """More than one stage lies between: `IndexTree.catch_up` first."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What an index becomes by a growth of its log: computed, and not committed."""

    head: IndexHead
    before: IndexRow
    changes: Changes = field(repr=False)


@dataclass(frozen=True, slots=True)
class IndexProofs:
    """Answers to some keys, all of one moment."""

    head: IndexHead
    note: bytes
    answers: Mapping[bytes, IndexAnswer]


class IndexTree:
    """The index of one log, own or mirrored."""

    def __init__(self, database: Database, reader: Callable[[], LogReader], reading: Reading | None = None) -> None:
        """Index the log that `reader` reads; indexes of one process share one `reading`."""
        self._database = database
        self._reader = reader
        self._reading = reading or Reading(database)
        self._known: IndexRow | None = None
        self._known_at = 0.0
        self._answers = Answers(self._reading)

    @property
    def origin(self) -> str:
        """The log's."""
        return self._reader().state.head.origin

    @property
    def log_id(self) -> int:
        """The log's number in the database."""
        return self._reader().state.head.log_id

    async def state(self) -> IndexRow:
        """Return where the index stands, as the database says now."""
        async with self._database.pool.acquire() as connection:
            self._known = await begin_index(connection, self.log_id)
        self._known_at = asyncio.get_running_loop().time()
        return self._known

    def head_of(self, row: IndexRow) -> IndexHead:
        """Return what an index note of that row states."""
        return IndexHead(self.origin, row.size, row.log_root, row.trie_root)

    async def extend(self, to_size: int) -> Overlay:
        """Return what the index becomes over the first `to_size` entries; nothing is written.

        Raises:
            TooFarError: That is more than one stage.
            ConflictError: The index is further, or another process moved it meanwhile.
            DamagedIndexError: What is stored isn't the index.
        """
        row = await self.state()
        added = await self._stage(row, to_size, most=STAGE_ENTRIES)
        if added.size != to_size:
            raise TooFarError(f"the index of {self.origin} stands at size {row.size}, far behind {to_size}")
        return await self._overlay(row, added)

    async def catch_up(self, to_size: int) -> IndexRow:
        """Walk on, in committed steps without a note, until one stage leads to `to_size`; return where it stands.

        The next step is computed while the one before is committed.

        Raises:
            ConflictError: As `extend`; what was committed stays.
            DamagedIndexError: As `extend`.
        """
        try:
            return await self._walk(to_size)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # what failed, and not that it failed beside another task

    async def _walk(self, to_size: int) -> IndexRow:
        row = await self.state()
        last: Overlay | None = None
        async with asyncio.TaskGroup() as tasks:
            commit: asyncio.Task[None] | None = None
            while (added := await self._stage(row, to_size, most=min(WALK_ENTRIES, STAGE_ENTRIES))).size != to_size:
                overlay = await self._overlay(row, added, last)
                if commit is not None:
                    await commit
                commit = tasks.create_task(self._commit_step(overlay))
                row, last = _after(overlay, None), overlay
        return row

    async def _stage(self, row: IndexRow, to_size: int, *, most: int) -> Added:
        if row.size > to_size:
            raise ConflictError(f"the index of {self.origin} is of size {row.size} already", known_size=row.size)
        end = min(to_size, row.size + most)
        return await added_between(self._reader(), row.size, end, most_pairs=STAGE_PAIRS)

    async def _overlay(self, row: IndexRow, added: Added, last: Overlay | None = None) -> Overlay:
        """Compute the stage; `last` is one that isn't known to be committed."""
        try:
            changes = await self._grow(row, added, last)
        except NotThisPageError:
            if last is None and await self.state() == row:
                raise self._damaged() from None
            raise ConflictError(f"the index of {self.origin} was moved meanwhile", known_size=row.size) from None
        log_root = await self._reader().root_at(added.size)
        return Overlay(IndexHead(self.origin, added.size, log_root, changes.root), row, changes)

    async def _grow(self, row: IndexRow, added: Added, last: Overlay | None) -> Changes:
        fresh: Mapping[PageName, bytes] = {} if last is None else last.changes.fresh
        lists: Mapping[bytes, LeafList] = {} if last is None else last.changes.lists
        growing = grow(row.trie_root, added.leaves)
        sent: list[bytes] | list[LeafList] | None = None
        while True:
            try:
                wanted = growing.send(sent)
            except StopIteration as ended:
                changes: Changes = ended.value
                return changes
            if isinstance(wanted, WantedPages):
                sent = await self._reading.pages(row.log_id, wanted, fresh)
            elif isinstance(wanted, WantedLists):
                sent = await self._reading.lists(row.log_id, wanted, lists)
            else:
                await asyncio.sleep(0)
                sent = None

    async def commit(self, overlay: Overlay, note: bytes | None) -> bool:
        """Make an overlay durable and show it under its note; return False, with nothing written, if it is out of date.

        If the process dies before the commit, the index is as it was; after it, as it is to be.
        """
        step = await _step(overlay, note)
        async with self._database.pool.acquire() as connection:
            moved = await move_index(connection, step)
        if not moved:
            return False
        self._reading.replace(overlay.changes)
        self._known, self._known_at = step.after, asyncio.get_running_loop().time()
        return True

    async def _commit_step(self, overlay: Overlay) -> None:
        if not await self.commit(overlay, None):
            raise ConflictError(f"the index of {self.origin} was moved meanwhile", known_size=overlay.before.size)

    async def prove(self, keys: Iterable[bytes]) -> IndexProofs:
        """Return what is listed under keys, each with its proof, all under the note that is shown.

        Raises:
            PushBackError: It is catching up, or has shown nothing yet.
            TooLargeError: Too many leaves stand under one of the keys.
            DamagedIndexError: What is stored isn't the index.
        """
        wanted = list(dict.fromkeys(keys))
        row = await self._shown()
        for _ in range(_ATTEMPTS):
            try:
                answers = await self._answers.to(row, wanted)
            except NotThisPageError:
                before, row = row, await self.state()
                if row == before:
                    raise self._damaged() from None
                continue
            if row.note is None:
                break
            return IndexProofs(self.head_of(row), row.note, answers)
        raise PushBackError(f"the index of {self.origin} is catching up, at size {row.size}", code="not-ready")

    async def _shown(self) -> IndexRow:
        now = asyncio.get_running_loop().time()
        row = self._known if now - self._known_at < LOOK_SECONDS else None
        row = row or await self.state()
        if row.note is None:
            raise PushBackError(f"the index of {self.origin} is catching up, at size {row.size}", code="not-ready")
        return row

    async def rebuild(self) -> None:
        """Forget the index, so that it is made anew from the log's entries."""
        async with self._database.writing() as connection:
            await forget_index(connection, self.log_id)
        self._known = None

    def _damaged(self) -> DamagedIndexError:
        return DamagedIndexError(f"the stored index of {self.origin} is damaged: it has to be made anew")


def _after(overlay: Overlay, note: bytes | None) -> IndexRow:
    head = overlay.head
    return IndexRow(overlay.before.log_id, head.size, head.log_root, head.trie_root, note)


async def _step(overlay: Overlay, note: bytes | None) -> IndexStep:
    changes = overlay.changes
    pages = []
    for number, (name, page) in enumerate(changes.fresh.items()):
        if number % PAUSE_PAGES == PAUSE_PAGES - 1:
            await asyncio.sleep(0)
        pages.append((name[:-HASH_BYTES], sealed_page(name, page)))
    return IndexStep(overlay.before, _after(overlay, note), pages, changes.parts)
