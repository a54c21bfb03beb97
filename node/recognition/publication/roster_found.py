"""The newest roster of a log, own or followed, and who vouches for it.

The highest version of a roster's id holds, its lowest leaf. Its proof is verified with the entry (the rules of its
kind ask for that); here it is told whether the key that made it is one that the log's institution lists today.
"""

from dataclasses import dataclass

from msgspec import UnsetType

from node.errors import ConflictError, NotFoundError
from node.storage.database import Connection
from node.storage.lookups import FoundEntry, entries_of_kind
from protocol.encoding.multibase import DID_KEY
from protocol.recognition.entry import parse_entry
from protocol.recognition.institution import Institution
from protocol.recognition.roster import RecognizedEntities, Roster
from protocol.recognition.shape import members

PAGE = 1000


@dataclass(frozen=True, slots=True)
class FoundRoster:
    """A roster and where it stands."""

    origin: str
    leaf: int
    roster: Roster
    entities: RecognizedEntities
    listed: bool | None
    """Whether the log's institution lists the key that signed it, on the day asked for; None if it has no entry."""


async def newest_roster(
    connection: Connection, log_id: int, origin: str, *, size: int, today: str, roster_id: str | None = None
) -> FoundRoster:
    """Return the roster that holds in the tree of `size` leaves.

    Args:
        connection: Where the log is.
        log_id: The log's number there.
        origin: Its origin.
        size: The tree size that is relied on.
        today: The date for which the institution has to list the key (``YYYY-MM-DD``).
        roster_id: Which roster, where the log has several.

    Raises:
        NotFoundError: It holds none.
        ConflictError: It holds several, and none is named.
    """
    found = await _all_of_kind(connection, log_id, Roster.kind, size)
    read = [(one.leaf, entry) for one in found if isinstance(entry := parse_entry(one.entry), Roster)]
    ids = sorted({roster.id for _, roster in read if roster_id in (None, roster.id)})
    if not ids:
        raise NotFoundError(f"the log {origin} holds no roster" + (f" '{roster_id}'" if roster_id else ""))
    if len(ids) > 1:
        raise ConflictError(f"the log {origin} holds the rosters {', '.join(ids)}", mend="say which with --id")
    leaf, roster = max(
        ((leaf, roster) for leaf, roster in read if roster.id == ids[0]), key=lambda one: (one[1].version, -one[0])
    )
    entities = roster.entities
    listed = await _lists(connection, log_id, size, issuer=entities.issuer.id, today=today)
    return FoundRoster(origin, leaf, roster, entities, listed)


async def _all_of_kind(connection: Connection, log_id: int, kind: str, size: int) -> list[FoundEntry]:
    found: list[FoundEntry] = []
    while page := await entries_of_kind(
        connection, log_id, kind, size=size, after=found[-1].leaf if found else -1, limit=PAGE
    ):
        found += page
    return found


async def _lists(connection: Connection, log_id: int, size: int, *, issuer: str, today: str) -> bool | None:
    found = await _all_of_kind(connection, log_id, Institution.kind, size)
    entries = [entry for one in found if isinstance(entry := parse_entry(one.entry), Institution)]
    if not entries:
        return None
    keys = members(max(entries, key=lambda one: one.version).assertion_keys)
    return any(f"{DID_KEY}{key.key}" == issuer and key.from_ <= today and _lasts(key.until, today) for key in keys)


def _lasts(until: str | UnsetType, today: str) -> bool:
    return not isinstance(until, str) or today <= until
