"""Whether another institution lets a log award for it: its `mandate` entries, minus those it withdrew.

Of one mandate the highest version holds; of one version the lowest leaf.
"""

from dataclasses import dataclass

from node.recognition.known_logs import KnownLog
from node.storage.database import Connection, Database
from node.storage.lookups import entries_of_kind, entries_under
from protocol.recognition.entry import parse_entry
from protocol.recognition.mandate import Mandate
from protocol.recognition.terms import term_key
from protocol.recognition.withdrawal import Withdrawal


@dataclass(frozen=True, slots=True)
class FoundMandate:
    """A mandate that holds, and where it stands."""

    origin: str
    leaf: int
    mandate: Mandate


async def find_mandate(database: Database, mandator: KnownLog, *, log: str, code: str, on: str) -> FoundMandate | None:
    """Return the mandate by which `log` may award the achievement with this code on this date, or None.

    A log that has shown two histories gives nobody a mandate.
    """
    if mandator.convicted:
        return None
    async with database.pool.acquire() as connection:
        for found in (await _newest(connection, mandator)).values():
            mandate = found.mandate
            fits = mandate.log == log and code in mandate.achievements and _covers(mandate, on)
            if fits and not await _withdrawn(connection, mandator, mandate, on):
                return found
    return None


async def _newest(connection: Connection, mandator: KnownLog) -> dict[str, FoundMandate]:
    newest: dict[str, FoundMandate] = {}
    for one in await entries_of_kind(connection, mandator.log_id, Mandate.kind, size=mandator.size):
        mandate = parse_entry(one.entry)
        if isinstance(mandate, Mandate):
            known = newest.get(mandate.id)
            if known is None or mandate.version > known.mandate.version:
                newest[mandate.id] = FoundMandate(mandator.origin, one.leaf, mandate)
    return newest


def _covers(mandate: Mandate, on: str) -> bool:
    return mandate.from_ <= on and (not isinstance(mandate.until, str) or on <= mandate.until)


async def _withdrawn(connection: Connection, mandator: KnownLog, mandate: Mandate, on: str) -> bool:
    term = term_key(("target", Mandate.kind, mandate.id))
    for one in await entries_under(connection, mandator.log_id, term, mandator.size):
        entry = parse_entry(one.entry)
        if isinstance(entry, Withdrawal) and entry.target.version == mandate.version and entry.from_ <= on:
            return True
    return False
