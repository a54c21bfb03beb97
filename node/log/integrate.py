"""Extend a log by sequenced entries: which rows, which tiles, which root hash.

Own logs and mirrors grow by these same functions, in normal running and in recovery. `integrate` changes nothing: it
extends a copy of the edge. `advance` moves the state once the growth is known to be committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.log.admit import Admitted
from node.log.state import LogState
from node.storage.growth import ClearRow, Growth
from protocol.log.edge import Edge
from protocol.log.tile import TILE_WIDTH, render_bundle


@dataclass(frozen=True, slots=True)
class Integration:
    """A growth that isn't committed yet, and what the log's edge and tail are once it is."""

    growth: Growth
    edge: Edge
    tail: list[bytes]


def integrate(state: LogState, batch: Sequence[Admitted]) -> Integration:
    """Return the growth of a log by these entries, with its root hash, still without a note."""
    edge = state.edge.copy()
    growth = Growth(head=state.head, size=0, root=b"", note=b"")
    entries: list[bytes] = []
    for admitted in batch:
        first = edge.size
        growth.tiles += edge.extend(admitted.leaf_hashes)
        entries += admitted.entries
        growth.tag_leaves += [first + position for position in admitted.sealed]
        growth.tags += admitted.tags
        growth.clear += [
            ClearRow(first + one.position, one.kind, one.id, one.version, admitted.entries[one.position], one.terms)
            for one in admitted.clear
        ]
        growth.texts += admitted.texts
    growth.size, growth.root = edge.size, edge.root()
    return Integration(growth, edge, _cut_bundles(growth, state.tail, entries))


def _cut_bundles(growth: Growth, tail: list[bytes], entries: list[bytes]) -> list[bytes]:
    """Fill bundles with the tail and the new entries, and return the tail that is left.

    The new tail's row holds only what this growth adds to it: nothing is written twice but a bundle's own entries.
    """
    begin = growth.head.size - len(tail)
    together = tail + entries
    whole = len(together) // TILE_WIDTH * TILE_WIDTH
    for at in range(0, whole, TILE_WIDTH):
        growth.bundles.append(((begin + at) // TILE_WIDTH, render_bundle(together[at : at + TILE_WIDTH])))
    added = together[max(whole, len(tail)) :]
    if added:
        growth.tail = (growth.size - len(added), render_bundle(added))
    return together[whole:]


def advance(state: LogState, integration: Integration) -> None:
    """Move the state to where the committed growth has brought the log."""
    growth = integration.growth
    state.head = replace(growth.head, size=growth.size, root=growth.root, note=growth.note)
    state.edge = integration.edge
    state.tail = integration.tail
    for completed in growth.tiles:
        state.tiles.put(completed.tile, completed.data)
