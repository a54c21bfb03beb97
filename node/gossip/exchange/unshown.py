"""What this node cosigned of partners' logs and they don't show: partners are told of that too.

A log may push one history to one mirror and another to the next, or have two witnesses cosign them, and show neither to
anybody who follows it. Who holds such cosignatures would hold two truths, each with a quorum where quorums don't
overlap. So each round looks at what mirror and witness cosigned last of every log; what is still larger than all that
the log shows here one whole round later is told like what it shows. An honest log's checkpoint is shown within seconds
of its quorum; one that isn't told nobody anything new: our mirror serves what it cosigned to everybody.

What was cosigned is also held against what is kept here: mirror and witness each know only what they themselves saw.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.watched_log import WatchedLog
from node.log.follow import Target

Cosigned = Callable[[str], Awaitable[Iterable[bytes]]]
"""Gives the notes of a log that this node's cosigners cosigned last."""

OURSELVES = "our cosigners"
"""Who is said to have told such a note."""


class Unshown:
    """Looks once a round."""

    def __init__(self, logs: Sequence[WatchedLog], comparisons: Comparisons, *, cosigned: Cosigned) -> None:
        """Look at these logs, but for own ones: nobody cosigns for itself."""
        self._logs = [log for log in logs if not log.own]
        self._comparisons = comparisons
        self._cosigned = cosigned
        self._before: dict[str, list[Target]] = {}
        """What was cosigned when the round began that is over now."""
        self._latest: dict[str, list[Target]] = {}

    async def look(self) -> None:
        """Look at what is cosigned now; a round begins.

        Raises:
            PushBackError: The database can't be asked; what was seen before stands.
        """
        latest: dict[str, list[Target]] = {}
        for log in self._logs:
            notes = [note for one in await self._cosigned(log.origin) if (note := log.open(one)) is not None]
            self._comparisons.hear([note.note for note in notes], OURSELVES)
            latest[log.origin] = notes
        self._before, self._latest = self._latest, latest

    def of(self, log: WatchedLog) -> list[Target]:
        """Return the notes of a log that were cosigned a whole round ago, and go beyond what it shows here."""
        shown = log.published()
        size = 0 if shown is None else shown.size
        return [note for note in self._before.get(log.origin, ()) if note.checkpoint.size > size]
