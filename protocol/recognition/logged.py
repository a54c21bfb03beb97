"""When an entry was logged, as far as it is known, and what that says of a moment.

An entry at leaf i was logged in (lo, hi]: lo is the latest moment at which the log is known to have had at most i
entries, hi the earliest at which it is known to have had more. Who knows it is the caller's to say: a quorum of
cosigners by their clocks, or a node by its own. Of a moment::

    already        hi is at the moment or before it
    not yet        lo is at the moment or after it
    undetermined   neither; or both, as lo > hi where clocks differ and the moment lies between

So clocks that differ leave open what lies between them, and nothing before or after. A date means until its 23:59:59Z.
"""

from dataclasses import dataclass
from typing import Final, Literal

Then = Literal["already", "not yet", "undetermined"]
"""Whether an entry was there at the moment asked about."""

END_OF_DAY: Final = "T23:59:59Z"


@dataclass(frozen=True, slots=True)
class Logged:
    """Between which moments an entry was logged, in POSIX seconds; None where that isn't known."""

    after: int | None
    by: int | None

    def at(self, moment: int) -> Then:
        """Return whether the entry was there at a moment."""
        there = self.by is not None and self.by <= moment
        missing = self.after is not None and self.after >= moment
        # Within one second the later word counts: the entry was there before the second ended.
        if there and (not missing or self.after == self.by):
            return "already"
        return "not yet" if missing and not there else "undetermined"
