"""Clear entries by term, kept as they were read: what stands in a log of a size under a term never changes.

Most questions are about the same few achievements, so their entries are read, and their rules checked, once.
"""

from dataclasses import dataclass, field
from typing import Final

from node.recognition.known_logs import KnownLog
from node.storage.database import Database
from node.storage.lookups import entries_under
from protocol.recognition.entry import Entry, NotUnderstood, parse_entry
from protocol.recognition.terms import Term, term_key

MOST_KEPT: Final = 1024
"""Lists that are kept; most have one entry of a kilobyte, or none."""

LONGEST: Final = 16
"""Entries of a list that is kept: a longer one is read each time."""

Found = tuple[tuple[int, Entry | NotUnderstood], ...]
"""Leaf index and entry, ascending."""


@dataclass(slots=True)
class KeptEntries:
    """Reads entries by term, from mind where they were read before."""

    _kept: dict[tuple[int, int, Term], Found] = field(default_factory=dict)
    """By the log's number, the size that is relied on, and term; what was used last stands last."""

    async def under(self, database: Database, log: KnownLog, term: Term) -> Found:
        """Return the entries that stand under a term in the tree that is relied on."""
        name = (log.log_id, log.size, term)
        found = self._kept.pop(name, None)
        if found is None:
            async with database.pool.acquire() as connection:
                rows = await entries_under(connection, log.log_id, term_key(term), log.size)
            found = tuple((row.leaf, parse_entry(row.entry)) for row in rows)
        if len(found) <= LONGEST:
            self._kept[name] = found
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return found
