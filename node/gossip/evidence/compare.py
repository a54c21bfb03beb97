"""Hold every note of a log that comes by against all else that is known of that log, until it is settled.

A note is *settled* once the tree that is held here has its root hash at its size. If it has another one there, the two
are a split view, and the proof comes from our own tiles. Notes beyond what is held here settle as the mirror grows: the
log is asked first, then the mirrors of whoever told the note. Their tiles are believed as far as they lead to the root
hash that the note signs; so a false mirror can make neither a false accusation nor a false acquittal.

Here, at once:

1. Two notes of one size: two root hashes are evidence.
2. By our own tree: settled, or evidence.

Then, as long as the others take, which holds up nothing above:

3. Ask the log, unless it pushes to our mirror and this may be on its way; and then 2 again.
4. By the tree behind the note, wherever it is served: does it have at each smaller note's size that note's root hash?
   If not, evidence; if so, it extends all of them, and the mirror grows from there.
5. Nobody shows that tree: the note stays, and after `patience_seconds` that is an alarm. It is never evidence.

For each partner a few notes a log are kept, the latest that it told, so that no partner can push out what another told,
nor a liar's impossible note what is held.
Nothing here needs to survive the process: partners tell what they have seen again at each round.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final

from node.clock import Clock
from node.errors import NodeError
from node.gossip.evidence.contradict import against, at_one_size, show
from node.gossip.evidence.convictions import Convictions
from node.gossip.evidence.matter import Key, Matter, key_of
from node.gossip.evidence.watched_log import WatchedLog
from node.gossip.release.turns import SPREAD_SECONDS
from node.log.follow import LogSource, Target
from node.telemetry import warn
from protocol.encoding.note import Note
from protocol.errors import ProtocolError
from protocol.log.checkpoint import Checkpoint

MOST_TREES: Final = 4
"""Notes whose own trees are looked at in one go, the largest first."""

MOST_SOURCES: Final = 4
TREE_SECONDS: Final = 10.0
"""For all of one tree that one source serves: some twenty tiles."""

MOST_NOT_SIGNED: Final = 8
"""Notes at one time that their log hasn't signed: each costs the verification of a signature."""

MOST_REMEMBERED: Final = 1024
LONGEST_REMEMBERED: Final = 1024
"""Notes, and bytes of one, that aren't read again: each partner tells the same ones."""

GRACE_SECONDS: Final = SPREAD_SECONDS + 1
"""Before others are asked about a log that pushes to our mirror: what is told may be on its way to us."""

PAUSE_SECONDS: Final = 3.0
"""Between two times that others are asked about a log because something told of it is unsettled."""


class Comparisons:
    """Compares what is told of all logs that this node knows."""

    def __init__(
        self, logs: Iterable[WatchedLog], convictions: Convictions, *, clock: Clock, patience_seconds: float
    ) -> None:
        """Compare notes of these logs; evidence goes to `convictions`."""
        self._convictions = convictions
        self._clock = clock
        self._patience = patience_seconds
        self._matters = {log.origin: Matter(log) for log in logs}
        self._read_before: OrderedDict[bytes, Checkpoint] = OrderedDict()
        self.on_unresolved: Callable[[str, str], None] = lambda origin, detail: None
        """Told of a log and of its note that nobody shows the tree of; with "" once nothing of it is unresolved."""
        self.on_behind: Callable[[str, Target | None], None] = lambda origin, note: None
        """Told of a note of an own log that is larger than all that is here; with None once there is no such note."""

    def tell(self, note: bytes, by: str = "") -> Checkpoint | None:
        """Take a note that somebody showed, without waiting for what comes of it.

        Args:
            note: A checkpoint note of any log.
            by: The partner's name, or what part of this node saw it; "" of somebody we don't know.

        Returns:
            What it states, if a log that is known here has signed that; else None.
        """
        return next(iter(self.hear([note], by)), None)

    def hear(self, notes: Iterable[bytes], by: str = "") -> list[Checkpoint]:
        """Take notes as `tell` does; who brings many that their log hasn't signed isn't listened to any further."""
        heard: list[Checkpoint] = []
        not_signed = 0
        for note in notes:
            matter, stated = self._read(note)
            if matter is None or stated is None:
                continue
            if self._take(matter, stated, note, by=by):
                heard.append(stated)
            else:
                not_signed += 1
                if not_signed == MOST_NOT_SIGNED:
                    break
        return heard

    def _read(self, note: bytes) -> tuple[Matter | None, Checkpoint | None]:
        stated = self._read_before.get(note)
        if stated is None:
            try:
                stated = Checkpoint.parse(Note.parse(note).text)
            except ProtocolError:
                return None, None
            if len(note) <= LONGEST_REMEMBERED:
                self._read_before[note] = stated
                if len(self._read_before) > MOST_REMEMBERED:
                    self._read_before.popitem(last=False)
        return self._matters.get(stated.origin), stated

    def _take(self, matter: Matter, stated: Checkpoint, note: bytes, *, by: str) -> bool:
        """Take a note if its log has signed it; return whether it has."""
        if matter.is_known((stated.size, stated.root)):
            return True  # it was found signed before
        target = matter.log.open(note)
        if target is None:
            return False
        if stated.size and not self._convictions.is_convicted(stated.origin):
            matter.add(target, by)
            matter.wake.set()
        return True

    @property
    def watched(self) -> int:
        """How many logs notes are compared of."""
        return len(self._matters)

    def knows(self, origin: str) -> bool:
        """Whether a log is one that notes are compared of."""
        return origin in self._matters

    def unsettled(self, origin: str) -> list[Target]:
        """Return the notes that a log has signed and that aren't settled yet."""
        matter = self._matters.get(origin)
        return [] if matter is None else list(matter.told.values())

    def look_again(self) -> None:
        """Look at all that is unsettled again."""
        for matter in self._matters.values():
            if matter.told:
                matter.wake.set()

    async def run(self) -> None:
        """Compare until cancelled; what goes wrong with one log holds up no other."""
        async with asyncio.TaskGroup() as tasks:
            for matter in self._matters.values():
                tasks.create_task(self._run(matter, tasks), name=f"compare {matter.log.origin}")

    async def _run(self, matter: Matter, tasks: asyncio.TaskGroup) -> None:
        while True:
            await matter.wake.wait()
            matter.wake.clear()
            await self._guarded(matter, self._settle(matter))
            if matter.told and not matter.asking.locked():
                tasks.create_task(self._ask_and_pause(matter))

    async def _ask_and_pause(self, matter: Matter) -> None:
        async with matter.asking:
            if self._is_pushing(matter):
                await asyncio.sleep(GRACE_SECONDS)
                await self._guarded(matter, self._settle(matter))
            if matter.told:
                await self._guarded(matter, self._ask_others(matter))
            if matter.told:
                await asyncio.sleep(PAUSE_SECONDS)
                matter.wake.set()

    def _is_pushing(self, matter: Matter) -> bool:
        pushed_at = matter.log.pushed_at()
        return pushed_at is not None and 0 <= self._clock.now() - pushed_at <= GRACE_SECONDS

    async def _guarded(self, matter: Matter, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            warn("comparison_failed", error=error, log=matter.log.origin)

    async def compare(self, origin: str) -> None:
        """Settle what can be settled of what was told of a log, however long others take."""
        matter = self._matters[origin]
        await self._settle(matter)
        if matter.told:
            async with matter.asking:
                await self._ask_others(matter)

    async def _settle(self, matter: Matter) -> None:
        if matter.told:
            await self._conclude(matter, await self._by_what_is_here(matter))
            if matter.log.own and not self._ahead(matter):
                self.on_behind(matter.log.origin, None)
            if not matter.told:
                self._tell_unresolved(matter, ())

    async def _ask_others(self, matter: Matter) -> None:
        looked_at = matter.told_keys()
        await matter.log.ask()
        evidence = await self._by_what_is_here(matter)
        if matter.log.own:
            self.on_behind(matter.log.origin, max(self._ahead(matter), key=key_of, default=None))
        if evidence is None and matter.told:
            evidence = await self._by_their_trees(matter) or await self._by_what_is_here(matter)
        await self._conclude(matter, evidence)
        self._tell_unresolved(matter, looked_at)

    async def _conclude(self, matter: Matter, evidence: bytes | None) -> None:
        if evidence is not None:
            await self._convictions.take(evidence)
        if self._convictions.is_convicted(matter.log.origin):
            matter.told.clear()

    async def _by_what_is_here(self, matter: Matter) -> bytes | None:
        """Settle the notes within the tree that is held here; one that isn't in it contradicts one that is."""
        log, notes, reader = matter.log, matter.notes(), matter.log.reader()
        if (evidence := at_one_size(log, notes)) is not None or reader is None:
            return evidence
        held: list[Target] = []
        for note in notes:
            if note.checkpoint.size > reader.state.head.size:
                continue
            if await reader.root_at(note.checkpoint.size) == note.checkpoint.root:
                held.append(note)
            elif held and (evidence := await show(log, note, held[-1], read=reader.hashes)) is not None:
                return evidence
        matter.settle(held)
        return None

    async def _by_their_trees(self, matter: Matter) -> bytes | None:
        """Look, side by side, at the trees behind notes that go beyond what is held here."""
        found = await asyncio.gather(*(self._by_its_tree(matter, note) for note in matter.beyond()[:MOST_TREES]))
        return next(filter(None, found), None)

    async def _by_its_tree(self, matter: Matter, top: Target) -> bytes | None:
        log = matter.log
        smaller = [note for note in matter.notes() if note.checkpoint.size < top.checkpoint.size]
        for source in list(log.sources(matter.teller(top)))[:MOST_SOURCES]:
            try:
                async with asyncio.timeout(TREE_SECONDS):
                    evidence = await against(log, top, smaller, source=source)
            except (NodeError, TimeoutError):
                continue
            if evidence is None:
                matter.extends.add(key_of(top))
                await _grow(log, source)
            return evidence
        return None

    def _ahead(self, matter: Matter) -> list[Target]:
        return [note for note in matter.told.values() if note.checkpoint.size > matter.log.size]

    def _tell_unresolved(self, matter: Matter, looked_at: Collection[Key]) -> None:
        """Raise the alarm where something has been unresolved too long, or take it back.

        The time counts for the log and not for the note: a log that signs another impossible note each second is to be
        told of too.
        """
        now, told = self._clock.monotonic(), matter.told_keys()
        matter.extends &= told
        unresolved = (told & set(looked_at)) - matter.extends
        if not unresolved:
            matter.unresolved_since = None
            self.on_unresolved(matter.log.origin, "")
            return
        if matter.unresolved_since is None:
            matter.unresolved_since = now
        if now - matter.unresolved_since >= self._patience:
            size = max(size for size, _ in unresolved)
            detail = f"its note of size {size} can't be held against what is kept here: nobody shows the tree behind it"
            self.on_unresolved(matter.log.origin, detail)


async def _grow(log: WatchedLog, source: LogSource) -> None:
    try:
        await log.grow(source)
    except NodeError as error:
        warn("mirror_not_grown_from_partner", log=log.origin, failure=str(error))
