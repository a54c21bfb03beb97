"""The dates of one verdict: which entries are dated, and what institutions say by them.

As of what was known at a moment everything that decides is dated. Else only what applies: all of it where the question
is of another day than today, and otherwise what was logged after the day that it is applied to, so that a verdict on
what holds now stays small.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from node.errors import InadmissibleError
from node.recognition.known_logs import KnownLog
from node.recognition.proofs.dates import BY_OWN_CLOCK_SECONDS, Date, EntryDates
from node.recognition.proofs.logs import Said
from protocol.documents.dated_excerpt import DatedExcerpt
from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.documents.verdict import MOST_DATED, ChainTold, InstitutionTold
from protocol.documents.verdict_content import deciding, institution_told
from protocol.documents.verdict_times import TimeTold
from protocol.recognition.achievement import Achievement
from protocol.recognition.question import Question
from protocol.recognition.sealed_entry import Sealed


@dataclass(slots=True, kw_only=True)
class Dating:
    """Dates what one verdict rests on."""

    source: EntryDates
    now: int
    known: int | None
    """POSIX seconds by which entries had to be logged; None where none is asked for."""
    looks_back: bool
    """Whether all that applies has to be dated."""
    dates: dict[str, dict[int, Date]] = field(default_factory=dict)
    """By origin and leaf."""

    def excerpt(self, proved: ProvedExcerpt) -> DatedExcerpt:
        """Return an excerpt with the dates found so far."""
        times = {leaf: date.time for leaf, date in self.dates.get(proved.origin, {}).items()}
        return DatedExcerpt(proved, self.known, times, self.looks_back)

    def told(self, proved: ProvedExcerpt) -> tuple[TimeTold, ...]:
        """Return the dates of a log's entries as a verdict tells them."""
        found = self.dates.get(proved.origin, {})
        return tuple(found[leaf].told for leaf in sorted(found) if leaf in proved.entries)

    async def date(self, log: KnownLog, proved: ProvedExcerpt, question: Question | None) -> None:
        """Date all that decides, where that is asked for: awards, links, achievements, and a question's rules.

        Raises:
            BadProofError: The excerpt doesn't show all that could decide the question.
            InadmissibleError: That is more than a verdict dates.
        """
        if self.known is None:
            return
        leaves = {leaf for leaf, one in proved.entries.items() if isinstance(one.entry, Sealed | Achievement)}
        leaves |= {one.leaf for one in deciding(question, proved)} if question is not None else set()
        await self._add(log, proved, leaves)

    async def _add(self, log: KnownLog, proved: ProvedExcerpt, leaves: Iterable[int]) -> None:
        found = self.dates.setdefault(log.origin, {})
        missing = set(leaves) - found.keys()
        if len(found) + len(missing) > MOST_DATED:
            why = f"more than {MOST_DATED} entries of {log.origin} would have to be dated"
            raise InadmissibleError(f"{why}: leave out `known`, or ask for an answer")
        found |= await self.source.of(log, proved, missing, now=self.now)

    async def says(
        self, log: KnownLog, proved: ProvedExcerpt, question: Question, chains: Sequence[ChainTold], *, blocked: str
    ) -> Said:
        """Return what an institution says, with the dates that it rests on.

        Raises:
            BadProofError: The excerpt doesn't show all that could decide it.
        """
        if self.known is not None:
            return Said(
                self._by(proved, question, chains, blocked, self.dates[log.origin]), self.dates[log.origin], None
            )
        first = self._by(proved, question, chains, blocked, {}, looks_back=False)
        dates = await self.source.of(log, proved, {one.leaf for one in first.applies}, now=self.now)
        until = None if all(one.time.proved for one in dates.values()) else self.now + BY_OWN_CLOCK_SECONDS
        told = self._by(proved, question, chains, blocked, dates)
        if not self.looks_back:
            dates = {one.leaf: dates[one.leaf] for one in told.applies if one.retroactive}
            told = self._by(proved, question, chains, blocked, dates) if dates else first
        return Said(told, dates, until)

    def _by(
        self,
        proved: ProvedExcerpt,
        question: Question,
        chains: Sequence[ChainTold],
        blocked: str,
        dates: dict[int, Date],
        *,
        looks_back: bool | None = None,
    ) -> InstitutionTold:
        """Return what an institution says by these dates."""
        times = {leaf: date.time for leaf, date in dates.items()}
        dated = DatedExcerpt(proved, self.known, times, self.looks_back if looks_back is None else looks_back)
        return institution_told(dated, question, chains, blocked=blocked)
