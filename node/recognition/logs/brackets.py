"""Makes time brackets: the checkpoints between which an entry was logged, as this node wrote them down, with proofs."""

from node.recognition.known_logs import KnownLog
from node.storage.database import Database
from node.storage.quorum_times import first_with, last_without
from protocol.documents.time_bracket import Earlier, TimeBracket
from protocol.gossip.policy import Policy
from protocol.gossip.short_note import short_note


async def time_bracket(database: Database, log: KnownLog, leaf: int, policy: Policy) -> TimeBracket | None:
    """Return the bracket of a leaf; None where no checkpoint with it, cosigned by a quorum, was written down.

    Args:
        database: Holds what was written down.
        log: The log, own or followed.
        leaf: A leaf index of it.
        policy: Says how many cosignatures are enough to carry.
    """
    if log.reader is None or not log.readable:
        return None
    async with database.pool.acquire() as connection:
        before = await last_without(connection, log.log_id, leaf)
        later = await first_with(connection, log.log_id, leaf)
    if later is None or later.size > log.reader.published.size:
        return None
    earlier = None
    # Where clocks differ, the extremes can lie apart from each other, but never on the wrong side of the leaf.
    if before is not None:
        hashes = await log.reader.consistency(before.size, later.size) if before.size else []
        earlier = Earlier(short_note(before.note, policy), tuple(hashes))
    inclusion = await log.reader.inclusion(leaf, later.size)
    return TimeBracket(later=short_note(later.note, policy), inclusion=tuple(inclusion), earlier=earlier)
