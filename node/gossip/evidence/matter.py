"""What is told of one log and isn't settled yet: for each partner a few notes, the latest that it told."""

import asyncio
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import Final

from node.gossip.evidence.watched_log import WatchedLog
from node.log.follow import Target

MOST_TOLD: Final = 4
"""Notes kept of what one partner tells of a log, and of what all strangers do; the oldest goes. One exchange may tell
as many: the one that is held, and such as nobody shows the tree of, which must not push it out."""

MOST_SETTLED: Final = 256
"""Settled notes of a log that are remembered, so that what is told again costs nothing."""

Key = tuple[int, bytes]
"""Size and root hash: what a note states."""


@dataclass(slots=True)
class Matter:
    """One log, and what is told of it."""

    log: WatchedLog
    told: dict[tuple[str, int], Target] = field(default_factory=dict)
    """By who told it, and a number."""
    extends: set[Key] = field(default_factory=set)
    """Notes beyond what is held here whose trees extend all else that is known."""
    unresolved_since: float | None = None
    """By the monotonic clock."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _settled: OrderedDict[Key, None] = field(default_factory=OrderedDict)
    _numbers: Counter[str] = field(default_factory=Counter)

    def is_known(self, key: Key) -> bool:
        """Whether the log was found to have signed this before."""
        shown = self.log.published()
        if shown is not None and key == (shown.size, shown.root):
            return True
        return key in self._settled or any(key == key_of(note) for note in self.told.values())

    def add(self, note: Target, by: str) -> None:
        """Take a note, once its teller has told many in the place of its oldest; "" is whoever we don't know."""
        self._numbers[by] += 1
        self.told[by, self._numbers[by] % MOST_TOLD] = note

    def settle(self, notes: list[Target]) -> None:
        """Say that these are in the tree that is held here."""
        for note in notes:
            self._settled[key_of(note)] = None
        while len(self._settled) > MOST_SETTLED:
            self._settled.popitem(last=False)
        self.told = {by: note for by, note in self.told.items() if key_of(note) not in self._settled}

    def notes(self) -> list[Target]:
        """Return all that the log is known to have signed, the largest first, each tree once.

        Without those of size zero: every tree extends the empty one.
        """
        opened = (self.log.open(note) for note in self.log.notes())
        known = {key_of(note): note for note in opened if note is not None}
        known |= {key_of(note): note for note in self.told.values()}
        return [known[key] for key in sorted(known, reverse=True) if key[0]]

    def beyond(self) -> list[Target]:
        """Return the notes whose trees aren't held here, the largest first."""
        return [note for note in self.notes() if key_of(note) not in self._settled]

    def told_keys(self) -> set[Key]:
        """Return what the unsettled notes state."""
        return {key_of(note) for note in self.told.values()}

    def teller(self, note: Target) -> str:
        """Return who told a note; "" where nobody did."""
        return next((by for (by, _), told in self.told.items() if key_of(told) == key_of(note)), "")


def key_of(note: Target) -> Key:
    """Return what a note states."""
    return note.checkpoint.size, note.checkpoint.root
