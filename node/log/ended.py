"""Whether a log's entries say that it has ended: a log of ours that comes back without its row must take nothing more.

The row of a log says so from the transaction of its last entry on (`node.log.close`). Where the entries come back from
somebody else, it is read from them again.
"""

from collections.abc import Iterable

from protocol.recognition.entry import parse_entry
from protocol.recognition.succession import Succession


def successor_in(entries: Iterable[tuple[int, bytes]]) -> str:
    """Return the origin that follows by one of these entries, each with its leaf index; "" if none closes the log."""
    for leaf, data in entries:
        entry = parse_entry(data)
        if isinstance(entry, Succession) and entry.closes_at(leaf):
            return entry.successor
    return ""
