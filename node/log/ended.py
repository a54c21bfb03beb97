"""Whether a log's entries say that it has ended: a log of ours takes nothing more, and of no log is relied on more.

The row of a log of ours says so from the transaction of its last entry on (`node.log.close`). Where the entries come
back from somebody else, and of a partner's log, it is read from them. Of several entries that close it the first
counts: what stands behind that counts for nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from node.storage.database import Connection
from node.storage.lookups import entries_of_kind
from protocol.recognition.entry import parse_entry
from protocol.recognition.succession import Succession


@dataclass(frozen=True, slots=True)
class Ended:
    """Where a log has ended."""

    size: int
    """The tree size with its last entry."""
    successor: str
    """The origin that follows."""


def end_in(entries: Iterable[tuple[int, bytes]]) -> Ended | None:
    """Return the end that one of these entries says, each with its leaf index; None if none closes the log."""
    for leaf, data in entries:
        entry = parse_entry(data)
        if isinstance(entry, Succession) and entry.closes_at(leaf):
            return Ended(entry.size, entry.successor)
    return None


async def read_end(connection: Connection, log_id: int, size: int) -> Ended | None:
    """Return the end that the first `size` entries of a log say; None if none of them closes it."""
    after = -1
    while found := await entries_of_kind(connection, log_id, Succession.kind, size=size, after=after):
        if (ended := end_in((one.leaf, one.entry) for one in found)) is not None:
            return ended
        after = found[-1].leaf
    return None
