"""When the entries of a verdict were logged, with the brackets that show it; what was found once is kept.

Each bracket is verified here by the node's own policy, and its moments are what the verdict tells: what a reader would
refuse isn't told. Where no quorum has dated an entry, the verdict tells what this node saw by its own clock.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec

from node.clock import instant
from node.recognition.known_logs import KnownLog
from node.recognition.logs.brackets import time_bracket
from node.recognition.logs.times import logged
from node.storage.database import Database
from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.documents.time_bracket import TimeBracket, WrittenBracket
from protocol.documents.verdict_times import EntryTime, TimeTold, verify_times
from protocol.errors import ProtocolError
from protocol.gossip.policy import Policy

MOST_KEPT: Final = 2048
"""Dates kept, with their brackets some kilobytes each."""

BY_OWN_CLOCK_SECONDS: Final = 10
"""For so long an entry counts as one that no quorum has dated, before that is looked up again."""


@dataclass(frozen=True, slots=True)
class Date:
    """When an entry was logged: as it is told, and as it is relied on."""

    told: TimeTold
    time: EntryTime


@dataclass(slots=True)
class EntryDates:
    """Dates entries of the logs that this node reads."""

    database: Database
    policy: Policy
    _kept: dict[tuple[int, int, bytes], tuple[Date, int | None]] = field(default_factory=dict)
    """By the log's number, leaf and entry, with the moment until which it is taken as it is: None once a quorum has
    dated it, which doesn't change. What was used last stands last."""

    async def bracket(self, log: KnownLog, leaf: int) -> TimeBracket | None:
        """Return the bracket of a leaf; None where no checkpoint with it, cosigned by a quorum, was written down."""
        return await time_bracket(self.database, log, leaf, self.policy)

    async def of(self, log: KnownLog, shown: ProvedExcerpt, leaves: Iterable[int], *, now: int) -> dict[int, Date]:
        """Return when entries of a log were logged.

        Args:
            log: The log.
            shown: Its excerpt, which has the entries.
            leaves: Their leaf indexes.
            now: POSIX seconds: what is here was logged by now.
        """
        return {leaf: await self._date(log, shown, leaf, now) for leaf in sorted(leaves)}

    async def _date(self, log: KnownLog, shown: ProvedExcerpt, leaf: int, now: int) -> Date:
        name = (log.log_id, leaf, shown.entries[leaf].data)
        date, until = self._kept.pop(name, (None, None))
        if date is None or (until is not None and until <= now):
            date = await self._anew(log, shown, leaf, now)
            until = None if date.time.proved else now + BY_OWN_CLOCK_SECONDS
        self._kept[name] = date, until
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return date

    async def _anew(self, log: KnownLog, shown: ProvedExcerpt, leaf: int, now: int) -> Date:
        bracket = await self.bracket(log, leaf)
        if bracket is not None:
            written = msgspec.convert(bracket.plain(), WrittenBracket)
            with suppress(ProtocolError):  # such as a note by a key that isn't believed any more: it dates nothing
                time = verify_times([TimeTold(leaf=leaf, bracket=written)], shown, self.policy)[leaf]
                if time.proved:
                    return Date(_told(leaf, time, written), time)
        seen = await logged(self.database, log, leaf)
        time = EntryTime(seen.after, now if seen.by is None else seen.by, proved=False)
        return Date(_told(leaf, time), time)


def _told(leaf: int, time: EntryTime, bracket: WrittenBracket | None = None) -> TimeTold:
    return TimeTold(
        leaf=leaf,
        after="" if time.after is None else instant(time.after),
        by="" if time.by is None else instant(time.by),
        bracket=bracket,
    )
