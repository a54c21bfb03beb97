"""The newest notes that this node has seen of every log: what it tells partners, and answers who asks.

Notes leave with the log's own lines alone. What is compared is what the log itself signed; whose cosignatures a
checkpoint bears is on the checkpoint that the log shows.

A note is known by its log's origin, size and root hash: a log may hold the very entries of another, and telling of the
one is not telling of the other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.convictions import Convictions
from node.gossip.evidence.watched_log import WatchedLog
from node.log.follow import Target
from protocol.log.checkpoint import Checkpoint

MOST_OF_A_LOG: Final = 4
"""Notes told of one log: the newest that is held, and some that nothing is held against yet."""

Stated = tuple[str, int, bytes]
"""Origin, size and root hash."""


def stated(checkpoint: Checkpoint) -> Stated:
    """Return what tells a note from all others."""
    return checkpoint.origin, checkpoint.size, checkpoint.root


class NewestNotes:
    """Gives the newest notes of all logs, each verified once."""

    def __init__(
        self,
        logs: Sequence[WatchedLog],
        comparisons: Comparisons,
        convictions: Convictions,
        *,
        unshown: Callable[[WatchedLog], Iterable[Target]] = lambda log: (),
    ) -> None:
        """Tell of these logs; `unshown` gives what was cosigned here and its log doesn't show."""
        self._logs = logs
        self._unshown = unshown
        self._comparisons = comparisons
        self._convictions = convictions
        self._opened: dict[str, tuple[bytes, Target]] = {}

    def all(self) -> dict[Stated, bytes]:
        """Return the notes to be told, by what they state; of a convicted log there is nothing to tell."""
        found: dict[Stated, bytes] = {}
        for log in self._logs:
            if not self._convictions.is_convicted(log.origin):
                found |= {stated(note.checkpoint): note.note for note in self.of(log)}
        return found

    def of(self, log: WatchedLog) -> list[Target]:
        """Return a log's notes: the newest that is held first, what it doesn't show, then what isn't settled."""
        return list(self._of(log))[:MOST_OF_A_LOG]

    def _of(self, log: WatchedLog) -> Iterator[Target]:
        shown = log.published()
        if shown is not None and shown.size and (held := self._open(log, shown.note)) is not None:
            yield held
        yield from self._unshown(log)
        yield from self._comparisons.unsettled(log.origin)

    def _open(self, log: WatchedLog, note: bytes) -> Target | None:
        kept = self._opened.get(log.origin)
        if kept is not None and kept[0] == note:
            return kept[1]
        opened = log.open(note)
        if opened is not None:
            self._opened[log.origin] = (note, opened)
        return opened
