"""A snapshot of an award's standing: openings of the statuses there are, without the key that finds later ones.

It shows the entries of statuses 1, …, n, each opened, and the tag of the next one, of which the log's index shows that
there is none. An opening shows that the awarding log said this status of this award. That the tags are the chain's own
can't be seen without its key: that nothing follows is the word of whoever made the snapshot. Whoever holds it can tell
by the tag that is absent when the next status is entered, not what it says.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from protocol.encoding.wire import HASH_BYTES, parse_b64url32
from protocol.errors import MalformedError
from protocol.recognition.follow import AwardEntry, Under, check_award
from protocol.recognition.sealed import STATUSES, StatusStatement, chain_tag, opening_key, statement_value
from protocol.recognition.sealed_entry import Sealed
from protocol.recognition.standing import Link, Standing, award_standing

EntryAt = Callable[[int], Sealed | None]
"""Returns the sealed entry at a leaf index; None where none is shown there."""


@dataclass(frozen=True, slots=True)
class StatusOpening:
    """What opens one status: its number, where it stands, open_n, and what it says."""

    number: int
    leaf: int
    key: bytes
    status: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The statuses of an award, opened, and the tag under which the next one would stand."""

    openings: tuple[StatusOpening, ...]
    next_tag: bytes

    def __post_init__(self) -> None:
        """Raise MalformedError unless the statuses are numbered 1, 2, … and all values can be."""
        if [one.number for one in self.openings] != list(range(1, len(self.openings) + 1)):
            raise MalformedError("statuses are numbered 1, 2, … in this order", "standing.openings")
        if any(one.status not in STATUSES or one.leaf < 0 for one in self.openings):
            raise MalformedError(f"a status is one of {', '.join(STATUSES)}, at a leaf", "standing.openings")
        if any(len(value) != HASH_BYTES for value in (self.next_tag, *(one.key for one in self.openings))):
            raise MalformedError(f"keys and tags have {HASH_BYTES} bytes", "standing")

    @classmethod
    def of(cls, key: bytes, origin: str, links: Iterable[Link[str]]) -> Self:
        """Return the snapshot of a chain whose links 1, 2, … were found, each read."""
        openings = tuple(
            StatusOpening(link.number, link.leaf, opening_key(key, link.number), link.said or "") for link in links
        )
        return cls(openings, chain_tag(key, origin, len(openings) + 1))


def snapshot_standing(award: AwardEntry, snapshot: Snapshot, under: Under, entry_at: EntryAt) -> Standing:
    """Return the standing that a snapshot shows, by its maker's word that nothing follows.

    Args:
        award: The award, as its entry is seen to say.
        snapshot: What is shown.
        under: What the awarding log's index shows of a tag.
        entry_at: The entries of the awarding log that are shown.
    """
    if why := check_award(award, under):
        return Standing("unknown", why)
    links: list[Link[str]] = []
    for one in snapshot.openings:
        entry = entry_at(one.leaf)
        if entry is None or not _opens(one, entry, award):
            return Standing("unknown", f"what is shown does not open an entry as status {one.number} of this award")
        found = under(parse_b64url32(entry.tag))
        if found is None:
            return Standing("unknown", f"whether status {one.number} was entered more than once is not shown")
        links += [Link(one.number, leaf, one.status if leaf == one.leaf else None) for leaf, _ in found]
    if under(snapshot.next_tag) != ():
        return Standing("unknown", "the next status is not shown to be absent", tuple(links))
    return award_standing(links, award.leaf)


def _opens(opening: StatusOpening, entry: Sealed, award: AwardEntry) -> bool:
    said = StatusStatement(opening.number, opening.status, award.tag)
    value = statement_value(opening.key, award.origin, said)
    return hmac.compare_digest(value, parse_b64url32(entry.statement))
