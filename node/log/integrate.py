"""Extend a log by sequenced entries: which rows, which tiles, which root hash.

Own logs and mirrors grow by these same functions, in normal running and in recovery. `integrate` changes nothing: it
extends a copy of the edge. `advance` moves the state once the growth is known to be committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.log.state import LogState
from node.storage.growth import ClearRow, Growth
from protocol.log.edge import Edge
from protocol.log.tile import TILE_WIDTH, render_bundle


@dataclass(frozen=True, slots=True)
class Admitted:
    """An entry on its way into a log: its bytes, its leaf hash, and what it is found by."""

    entry: bytes
    leaf_hash: bytes
    tag: bytes | None = None
    """Of a sealed entry."""
    kind: str = ""
    """Of a clear entry; empty for a sealed one and for one that isn't understood."""
    id: str | None = None
    version: int | None = None
    terms: tuple[bytes, ...] = ()
    texts: tuple[tuple[bytes, bytes], ...] = ()
    """(commitment, document) of texts that travel beside the entry."""


@dataclass(slots=True)
class Integration:
    """A growth that isn't committed yet, and the edge that the log has once it is."""

    growth: Growth
    edge: Edge
    entries: Sequence[Admitted]


def integrate(state: LogState, entries: Sequence[Admitted]) -> Integration:
    """Return the growth of a log by these entries, with its root hash, still without a note."""
    edge = state.edge.copy()
    first = edge.size
    tiles = edge.extend([admitted.leaf_hash for admitted in entries])
    growth = Growth(head=state.head, size=edge.size, root=edge.root(), note=b"", tiles=tiles)
    _cut_bundles(growth, state.tail, [admitted.entry for admitted in entries], first)
    for leaf, admitted in enumerate(entries, first):
        if admitted.tag is not None:
            growth.tags.append((leaf, admitted.tag))
        elif admitted.kind:
            growth.clear.append(_clear_row(leaf, admitted))
        growth.texts += admitted.texts
    return Integration(growth, edge, entries)


def advance(state: LogState, integration: Integration) -> None:
    """Move the state to where the committed growth has brought the log."""
    growth = integration.growth
    state.head = replace(growth.head, size=growth.size, root=growth.root, note=growth.note)
    state.edge = integration.edge
    state.tail = _tail_after(state.tail, integration.entries, growth.size)
    for completed in growth.tiles:
        state.tiles.put(completed.tile, completed.data)


def _cut_bundles(growth: Growth, tail: Sequence[bytes], entries: Sequence[bytes], first: int) -> None:
    """Fill bundles with the tail and the new entries; what is left over is a row of the new tail."""
    begin = first - len(tail)
    whole = growth.size // TILE_WIDTH * TILE_WIDTH
    if whole > begin:
        together = [*tail, *entries[: whole - first]]
        for at in range(0, whole - begin, TILE_WIDTH):
            growth.bundles.append(((begin + at) // TILE_WIDTH, render_bundle(together[at : at + TILE_WIDTH])))
    rest = entries[max(whole - first, 0) :]
    if rest:
        growth.tail = (growth.size - len(rest), render_bundle(rest))


def _clear_row(leaf: int, admitted: Admitted) -> ClearRow:
    return ClearRow(leaf, admitted.kind, admitted.id, admitted.version, admitted.entry, admitted.terms)


def _tail_after(tail: Sequence[bytes], entries: Sequence[Admitted], size: int) -> list[bytes]:
    """Return the entries of the unfinished bundle once the growth is committed."""
    left = size % TILE_WIDTH
    if left <= len(entries):
        return [admitted.entry for admitted in entries[len(entries) - left :]]
    return [*tail, *(admitted.entry for admitted in entries)]
