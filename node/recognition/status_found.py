"""The standing of many awards at once: nearly all have no status entry, and one question tells that of hundreds."""

from collections.abc import Sequence

from node.recognition.awards_named import PART, FoundAward
from node.recognition.chains import STEP, find_statuses
from node.recognition.known_logs import KnownLog
from node.storage.database import Database
from node.storage.lookups import leaves_of_tags
from protocol.recognition.sealed import chain_tag
from protocol.recognition.standing import Standing, award_standing


async def standings_of(database: Database, log: KnownLog, awards: Sequence[FoundAward]) -> list[Standing]:
    """Return what stands of each award in an own log, in their order."""
    standings: list[Standing] = []
    for first in range(0, len(awards), PART):
        part = awards[first : first + PART]
        told = await _with_statuses(database, log, part)
        for at, award in enumerate(part):
            links = await find_statuses(database, log, award.status_key, award.tag) if at in told else []
            standings.append(award_standing(links, award.leaf))
    return standings


async def _with_statuses(database: Database, log: KnownLog, awards: Sequence[FoundAward]) -> set[int]:
    """Return the positions of those awards of which any status is there: a gap at the beginning is one too."""
    tags = {
        chain_tag(award.status_key, log.origin, number): at
        for at, award in enumerate(awards)
        for number in range(1, STEP + 1)
    }
    async with database.pool.acquire() as connection:
        leaves = await leaves_of_tags(connection, log.log_id, list(tags))
    return {tags[tag] for tag in leaves}
