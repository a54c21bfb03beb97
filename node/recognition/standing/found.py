"""The standing of many awards at once: one question tells it of hundreds, and each entry bundle is read once."""

from collections.abc import Iterable, Sequence
from typing import Final

from node.recognition.awards.named import PART, FoundAward
from node.recognition.known_logs import KnownLog
from node.recognition.logs.chains import STEP, find_statuses
from node.storage.database import Database
from node.storage.lookups import leaves_of_tags
from protocol.encoding.wire import parse_b64url32
from protocol.log.tile import TILE_WIDTH, parse_bundle
from protocol.recognition.sealed import chain_tag, read_status
from protocol.recognition.sealed_entry import parse_sealed
from protocol.recognition.standing import Link, Standing, award_standing

NO_LINKS: Final[tuple[Link[str], ...]] = ()


async def standings_of(database: Database, log: KnownLog, awards: Sequence[FoundAward]) -> list[Standing]:
    """Return what stands of each award in an own log, in their order, as far as its checkpoint shows it."""
    standings: list[Standing] = []
    for first in range(0, len(awards), PART):
        part = awards[first : first + PART]
        links = await _links(database, log, part)
        standings += [award_standing(links.get(at, NO_LINKS), award.leaf) for at, award in enumerate(part)]
    return standings


async def _links(database: Database, log: KnownLog, awards: Sequence[FoundAward]) -> dict[int, list[Link[str]]]:
    """Return the links of those awards of which any status is there: a gap at the beginning is one too."""
    tags = {
        chain_tag(award.status_key, log.origin, number): (at, number)
        for at, award in enumerate(awards)
        for number in range(1, STEP + 1)
    }
    async with database.pool.acquire() as connection:
        found = await leaves_of_tags(connection, log.log_id, list(tags))
    long = {tags[tag][0] for tag in found if tags[tag][1] == STEP}
    shown = [(*tags[tag], leaf) for tag, leaves in found.items() for leaf in leaves if leaf < log.size]
    statements = await _statements(log, {leaf for at, _, leaf in shown if at not in long})
    links: dict[int, list[Link[str]]] = {}
    for at, number, leaf in shown:
        if at not in long:
            said = read_status(awards[at].status_key, log.origin, number, awards[at].tag, statements[leaf])
            links.setdefault(at, []).append(Link(number, leaf, said))
    for at in long:
        links[at] = await find_statuses(database, log, awards[at].status_key, awards[at].tag)
    return links


async def _statements(log: KnownLog, leaves: Iterable[int]) -> dict[int, bytes]:
    """Return the statements of the sealed entries at these leaves."""
    statements: dict[int, bytes] = {}
    entries: list[bytes] = []
    bundle = -1
    for leaf in sorted(leaves):
        if log.reader is not None and leaf // TILE_WIDTH != bundle:
            bundle = leaf // TILE_WIDTH
            entries = parse_bundle(await log.reader.entries_of_bundle(bundle))
        sealed = parse_sealed(entries[leaf % TILE_WIDTH])
        statements[leaf] = b"" if sealed is None else parse_b64url32(sealed.statement)
    return statements
