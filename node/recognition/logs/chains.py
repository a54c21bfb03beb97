"""Find the links of a chain in a log: status or decision 1, 2, … under one key, until the next one is absent.

The tags are looked up in this node's own database, so that nobody learns which credential is asked about.
"""

from dataclasses import dataclass
from typing import Final

from node.errors import ConflictError
from node.recognition.known_logs import KnownLog
from node.storage.database import Database
from node.storage.lookups import leaves_of_tags
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.recognition.follow import MAX_LINKS
from protocol.recognition.sealed import DecisionStatement, chain_tag, read_decision, read_status
from protocol.recognition.sealed_entry import Sealed, parse_sealed
from protocol.recognition.standing import Link

STEP: Final = 8
"""Numbers asked for at once: longer than nearly every chain, and enough to notice a gap behind a missing link."""


@dataclass(frozen=True, slots=True)
class FoundLink:
    """An entry under the tag of a chain's link."""

    number: int
    leaf: int
    entry: Sealed


async def find_chain(database: Database, log: KnownLog, key: bytes) -> list[FoundLink]:
    """Return every entry of the log under the chain's tags, in order of number and leaf; several may share a tag."""
    links: list[FoundLink] = []
    first = 1
    while first <= MAX_LINKS:
        numbers = {chain_tag(key, log.origin, number): number for number in range(first, first + STEP)}
        found = await _under(database, log, list(numbers))
        links += [FoundLink(numbers[tag], leaf, entry) for tag, leaf, entry in found]
        if not any(numbers[tag] == first + STEP - 1 for tag, _, _ in found):
            break
        first += STEP
    return sorted(links, key=lambda link: (link.number, link.leaf))


async def find_decisions(database: Database, log: KnownLog, key: bytes) -> list[Link[DecisionStatement]]:
    """Return the links of a chain of decisions, each with what it says; None where that can't be read."""
    found = await find_chain(database, log, key)
    return [Link(one.number, one.leaf, _decision(log.origin, key, one, len(found))) for one in found]


def _decision(origin: str, key: bytes, link: FoundLink, found: int) -> DecisionStatement | None:
    """Return what a link says; None where that can't be read, or where the chain is too long to be anybody's."""
    if found >= MAX_LINKS:
        return None
    return read_decision(key, origin, link.number, parse_b64url32(link.entry.statement))


async def find_statuses(database: Database, log: KnownLog, key: bytes, award_tag: bytes) -> list[Link[str]]:
    """Return the links of an award's chain of statuses, each with what it says; None where that can't be read."""
    found = await find_chain(database, log, key)
    said = [read_status(key, log.origin, one.number, award_tag, parse_b64url32(one.entry.statement)) for one in found]
    too_long = len(found) >= MAX_LINKS
    return [Link(one.number, one.leaf, None if too_long else status) for one, status in zip(found, said, strict=True)]


async def find_tag(database: Database, log: KnownLog, tag: bytes) -> list[tuple[int, Sealed]]:
    """Return the leaf indexes and entries under one tag, lowest first: it is the one that counts."""
    return [(leaf, entry) for _, leaf, entry in await _under(database, log, [tag])]


async def _under(database: Database, log: KnownLog, tags: list[bytes]) -> list[tuple[bytes, int, Sealed]]:
    async with database.pool.acquire() as connection:
        leaves = await leaves_of_tags(connection, log.log_id, tags)
    found = []
    for tag, standing in leaves.items():
        for leaf in standing:
            if log.reader is not None and leaf < log.size:
                entry = parse_sealed(await log.reader.entry(leaf))
                if entry is not None and entry.tag == b64url(tag):
                    found.append((tag, leaf, entry))
    return sorted(found, key=lambda one: one[1])


async def next_number(database: Database, log: KnownLog, key: bytes) -> int:
    """Return the first number of a chain that has no entry yet, unpublished entries counted."""
    first = 1
    while first <= MAX_LINKS:
        numbers = {chain_tag(key, log.origin, number): number for number in range(first, first + STEP)}
        async with database.pool.acquire() as connection:
            leaves = await leaves_of_tags(connection, log.log_id, list(numbers))
        taken = {numbers[tag] for tag in leaves}
        free = [number for number in range(first, first + STEP) if number not in taken]
        if free:
            return free[0]
        first += STEP
    raise ConflictError(f"the chain has {MAX_LINKS} links already")
