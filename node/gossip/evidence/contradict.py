"""From notes of one log that can't all be true to the evidence that shows it; nothing is shown on anybody's word.

Whatever a database or a partner's mirror serves, evidence is made only of hashes that lead to a root hash that the log
has signed, and verified as any receiver will verify it. What can't be shown stays unsettled.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from node.gossip.evidence.watched_log import WatchedLog
from node.log.follow import LogSource, Target
from node.log.signed_tree import SignedTree
from node.telemetry import warn
from protocol.documents.evidence import show_split_view
from protocol.errors import ProtocolError
from protocol.gossip.split_view import conflict_spans
from protocol.log.proofs import Span

ReadSpans = Callable[[list[Span]], Awaitable[list[bytes]]]
"""Returns MTH of some ranges of the larger tree's leaves."""


def at_one_size(log: WatchedLog, notes: Iterable[Target]) -> bytes | None:
    """Return evidence from two notes of one size with two root hashes, or None if there are none."""
    by_size: dict[int, Target] = {}
    for note in notes:
        other = by_size.setdefault(note.checkpoint.size, note)
        if other.checkpoint.root != note.checkpoint.root:
            hashes: dict[Span, bytes] = {}  # none is asked for
            return show_split_view(note.note, other.note, log.keys, read=hashes.__getitem__).render()
    return None


async def against(log: WatchedLog, top: Target, smaller: Sequence[Target], *, source: LogSource) -> bytes | None:
    """Hold smaller notes against the tree behind a larger one; return evidence, or None if it extends them all.

    Raises:
        NodeError: The source doesn't show that tree.
    """
    tree = SignedTree(top.checkpoint, source.tile)
    await tree.root_at(top.checkpoint.size)
    for note in smaller:
        if await tree.root_at(note.checkpoint.size) != note.checkpoint.root:
            return await show(log, note, top, read=tree.roots_of)
    return None


async def show(log: WatchedLog, note: Target, larger: Target, *, read: ReadSpans) -> bytes | None:
    """Return the evidence that the larger note's tree doesn't have the smaller one's root hash at its size.

    None where the hashes don't lead to what was signed: our own tiles may be damaged, and then it shows here.
    """
    spans = conflict_spans(note.checkpoint.size, larger.checkpoint.size)
    hashes = dict(zip(spans, await read(spans), strict=True))
    try:
        return show_split_view(note.note, larger.note, log.keys, read=hashes.__getitem__).render()
    except ProtocolError as error:
        warn("contradiction_not_shown", log=log.origin, failure=str(error))
        return None
