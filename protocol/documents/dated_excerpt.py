"""What an excerpt shows as of a moment: entries that were logged later are left out, and doubtful ones are told so.

The log only grows, so the full list under a key of its index today, each entry with its time, is the list at every
earlier moment. Where no moment is asked for all of it counts. An entry that would have to be dated and isn't makes the
whole of it nobody's proof.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.documents.verdict_times import EntryTime, EntryTimes
from protocol.errors import BadProofError
from protocol.recognition.entry import NotUnderstood
from protocol.recognition.follow import AwardEntry, follow, follow_standing
from protocol.recognition.logged import Retroactive, Then
from protocol.recognition.rules_asked import TimedEntry
from protocol.recognition.sealed import DecisionStatement, read_decision
from protocol.recognition.sealed_entry import Sealed
from protocol.recognition.standing import Link, Said, Standing, StandingDecisions, standing_decisions
from protocol.recognition.terms import Term


@dataclass(frozen=True, slots=True)
class DatedExcerpt:
    """An excerpt, the moment that is asked about, and when its entries were logged."""

    shown: ProvedExcerpt
    known: int | None = None
    """POSIX seconds; None for all that it shows."""
    times: EntryTimes = field(default_factory=dict)
    looks_back: bool = False
    """Whether all that applies has to be dated."""

    @property
    def origin(self) -> str:
        """The log's."""
        return self.shown.origin

    def then(self, leaf: int) -> Then:
        """Return whether an entry was there at the moment asked about.

        Raises:
            BadProofError: When it was logged isn't shown.
        """
        return "already" if self.known is None else self._time(leaf).at(self.known)

    def retroactive(self, leaf: int, on: str) -> Retroactive:
        """Return whether an entry that applies was logged after the day that it is applied to.

        Where only what is asked of today is told, an entry that has no time is by the word of whoever answers not.

        Raises:
            BadProofError: When it was logged isn't shown, and would have to be.
        """
        if leaf not in self.times and not self.looks_back:
            return ""
        return self._time(leaf).retroactive(on)

    def _time(self, leaf: int) -> EntryTime:
        if leaf not in self.times:
            raise BadProofError(f"when leaf {leaf} of {self.origin} was logged is not shown")
        return self.times[leaf]

    def there(self, found: Iterable[TimedEntry]) -> list[TimedEntry]:
        """Leave out of entries those that weren't there yet, and mark the doubtful ones."""
        timed = [TimedEntry(one.leaf, one.entry, self.then(one.leaf)) for one in found]
        return [one for one in timed if one.then != "not yet"]

    def under(self, term: Term) -> list[TimedEntry]:
        """Return the entries under a term that were there, or may have been.

        Raises:
            BadProofError: The excerpt doesn't say which these are, or when they were logged.
        """
        return self.there(timed(self.shown, term))

    def under_tag(self, tag: bytes) -> Sequence[tuple[int, Sealed]] | None:
        """Return the sealed entries under a tag that were there, or may have been; None where that isn't shown."""
        found = self.shown.under_tag(tag)
        return None if found is None else [one for one in found if self.then(one[0]) != "not yet"]

    def links(self, found: Iterable[Link[Said]]) -> list[Link[Said]]:
        """Leave out links that weren't there yet; one of which that isn't known says nothing."""
        there = [(link, self.then(link.leaf)) for link in found]
        return [
            link if then == "already" else Link(link.number, link.leaf, None)
            for link, then in there
            if then != "not yet"
        ]

    def doubt(self, links: Iterable[Link[Said]]) -> str:
        """Return what can't be known of links that may have been there; empty where all were."""
        number = next((link.number for link in links if self.then(link.leaf) == "undetermined"), 0)
        return f"whether link {number} had been logged by then can't be determined" if number else ""


def timed(excerpt: ProvedExcerpt, term: Term) -> list[TimedEntry]:
    """Return all entries under a term, whenever they were logged.

    Raises:
        BadProofError: The excerpt doesn't say which these are.
    """
    found = excerpt.under(term)
    if found is None:
        raise BadProofError(f"what stands in {excerpt.origin} under {' '.join(term)} is not shown")
    return [TimedEntry(one.leaf, one.entry) for one in found if not isinstance(one.entry, NotUnderstood)]


def standing_known(dated: DatedExcerpt, award: AwardEntry, key: bytes) -> Standing:
    """Return the standing of an award by the key of its statuses, as it was known.

    Raises:
        BadProofError: When an entry was logged isn't shown.
    """
    then = dated.then(award.leaf)
    if then == "not yet":
        return Standing("unknown", "the award had not been logged by then")
    if then == "undetermined":
        return Standing("unknown", "whether the award had been logged by then can't be determined")
    found = follow_standing(award, key, dated.under_tag)
    doubt = dated.doubt(found.links)
    return Standing("unknown", doubt, found.links, found.faults) if doubt else found


def decisions_known(dated: DatedExcerpt, links: Sequence[Link[DecisionStatement]]) -> StandingDecisions:
    """Return the decisions that stand, of the links found, as they were known.

    Raises:
        BadProofError: When an entry was logged isn't shown.
    """
    found, doubt = standing_decisions(dated.links(links)), dated.doubt(links)
    return StandingDecisions((), doubt, found.faults) if doubt else found


def decisions_followed(dated: DatedExcerpt, key: bytes) -> StandingDecisions:
    """Return the decisions that stand under the key of the log's institution, as they were known.

    Raises:
        BadProofError: When an entry was logged isn't shown.
    """
    origin = dated.origin
    chain = follow(key, origin, dated.under_tag, lambda number, value: read_decision(key, origin, number, value))
    return StandingDecisions((), chain.open_end) if chain.open_end else decisions_known(dated, chain.links)
