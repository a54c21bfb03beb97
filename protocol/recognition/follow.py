"""Following a chain by proof: what a key shows, from entries whose list under each tag is seen to be complete.

From the key come the tags to look for, 1, 2, …; of each the log's index shows all entries, or that there are none. The
chain ends where the next one is shown to be absent. Nothing else shows that it ends: a tag of which nothing is shown
leaves open what stands, and that is *unknown*, never good standing. Whoever shows more than the first absent tag lets
gaps be seen. A key is followed only in the log it belongs to: an award's in its own, decisions in their institution's.

Statuses are read under a key whose id the award's statement binds, so that nobody can show another chain for them.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic

from protocol.encoding.wire import parse_b64url32
from protocol.recognition.sealed import chain_tag, read_decision, read_status, status_key_id
from protocol.recognition.sealed_entry import Sealed
from protocol.recognition.standing import (
    Link,
    Said,
    Standing,
    StandingDecisions,
    award_standing,
    standing_decisions,
)

MAX_LINKS: Final = 256
"""A chain of so many is no person's history: its end is not looked for, and nothing is said of it. Reading link n tries
some 22 · n statements, so a decider can't make us try more than a million and a half."""

Under = Callable[[bytes], Sequence[tuple[int, Sealed]] | None]
"""Returns all entries under a tag, each with its leaf index, ascending; None where that isn't shown."""

Read = Callable[[int, bytes], Said | None]
"""Returns what link n says by its statement's value; None if it can't be read."""


@dataclass(frozen=True, slots=True)
class Followed(Generic[Said]):
    """The links found under a chain's tags, and why its end isn't known; empty where the next one is absent."""

    links: tuple[Link[Said], ...]
    open_end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardEntry:
    """What is established of an award: where it stands, and which key its statuses come under."""

    origin: str
    leaf: int
    tag: bytes
    status_key_id: bytes


def follow(key: bytes, origin: str, under: Under, read: "Read[Said]") -> Followed[Said]:
    """Return the links under a chain's key as far as they are shown."""
    links: list[Link[Said]] = []
    ended = False
    for number in range(1, MAX_LINKS + 1):
        found = under(chain_tag(key, origin, number))
        if found is None:
            return Followed(tuple(links), "" if ended else f"whether there is a link {number} is not shown")
        ended = not found
        links += [Link(number, leaf, read(number, parse_b64url32(entry.statement))) for leaf, entry in found]
    return Followed(tuple(links), f"there are {MAX_LINKS} links and perhaps more")


def follow_standing(award: AwardEntry, key: bytes, under: Under) -> Standing:
    """Return the standing of an award by the key of its statuses.

    Args:
        award: The award, as its entry is seen to say.
        key: The status key that is shown.
        under: What the awarding log's index shows of a tag.
    """
    if not hmac.compare_digest(status_key_id(key), award.status_key_id):
        return Standing("unknown", "the key shown is not the one that the award names for its statuses")
    faults = check_award(award, under)
    if faults:
        return Standing("unknown", faults)
    chain = follow(
        key, award.origin, under, lambda number, value: read_status(key, award.origin, number, award.tag, value)
    )
    if chain.open_end:
        return Standing("unknown", chain.open_end, chain.links)
    return award_standing(chain.links, award.leaf)


def check_award(award: AwardEntry, under: Under) -> str:
    """Return why this isn't the entry that counts as the award, or an empty text."""
    found = under(award.tag)
    if found is None:
        return "whether the award's entry is the one that counts is not shown"
    leaves = [leaf for leaf, _ in found]
    if award.leaf not in leaves:
        return "the index doesn't list the award"
    return "" if award.leaf == leaves[0] else "an entry below the award's has its tag: the lowest leaf counts"


def follow_decisions(key: bytes, origin: str, under: Under) -> StandingDecisions:
    """Return the decisions that stand under the key of an institution, whose log is `origin`."""
    chain = follow(key, origin, under, lambda number, value: read_decision(key, origin, number, value))
    if chain.open_end:
        return StandingDecisions((), chain.open_end)
    return standing_decisions(chain.links)
