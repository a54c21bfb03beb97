"""Extend a log by sequenced entries: which rows, which tiles, which root hash.

Own logs and mirrors grow by these same functions, in normal running and in recovery. `integrate` changes nothing: it
gives the position that the log has once the growth is committed, and growing can go on from there before it is.
`advance` moves the state once the commit is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from node.log.admit import Admitted
from node.log.ended import end_in
from node.log.state import LogState, Position
from node.storage.growth import ClearRow, Growth
from node.storage.packing import pack
from protocol.log.tile import TILE_WIDTH, render_bundle
from protocol.recognition.succession import Succession


@dataclass(frozen=True, slots=True)
class Integration:
    """A growth that isn't committed yet, and where the log stands once it is."""

    growth: Growth
    after: Position


Sign = Callable[[int, bytes], bytes]
"""Returns the checkpoint note of a size and root hash."""


def integrate(before: Position, batch: Sequence[Admitted], sign: Sign) -> Integration:
    """Return the growth of a log by these entries, with its root hash and its note."""
    edge = before.edge.copy()
    growth = Growth(head=before.head)
    entries: list[bytes] = []
    packed: dict[int, bytes] = {}
    for admitted in batch:
        first = edge.size
        if admitted.packed is not None:
            packed[first] = admitted.packed
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
    growth.note = sign(growth.size, growth.root)
    head = replace(before.head, size=growth.size, root=growth.root, note=growth.note)
    ended = before.ended or end_in((one.leaf, one.entry) for one in growth.clear if one.kind == Succession.kind)
    return Integration(growth, Position(head, edge, _cut_bundles(growth, before.tail, entries, packed=packed), ended))


def _cut_bundles(growth: Growth, tail: list[bytes], entries: list[bytes], *, packed: dict[int, bytes]) -> list[bytes]:
    """Fill bundles with the tail and the new entries, and return the tail that is left.

    Of bundles that came whole the stored form is known, by the leaf index that they begin at.

    The new tail's row holds only what this growth adds to it: nothing is written twice but a bundle's own entries.
    """
    begin = growth.head.size - len(tail)
    together = tail + entries
    whole = len(together) // TILE_WIDTH * TILE_WIDTH
    for at in range(0, whole, TILE_WIDTH):
        stored = packed.get(begin + at) or pack(render_bundle(together[at : at + TILE_WIDTH]))
        growth.bundles.append(((begin + at) // TILE_WIDTH, stored))
    added = together[max(whole, len(tail)) :]
    if added:
        growth.tail = (growth.size - len(added), render_bundle(added))
    return together[whole:]


def advance(state: LogState, integration: Integration) -> None:
    """Move the state to where the committed growth has brought the log; what is published stays."""
    state.position = integration.after
    for completed in integration.growth.tiles:
        state.tiles.put(completed.tile, completed.data + completed.above)
