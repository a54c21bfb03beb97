"""Which stored hashes a root or a proof needs, and how they fold. No storage: the caller brings the hashes.

A log stores the hashes of *complete* subtrees. `Node(level, index)` is the one over the 2^level leaves from
index · 2^level. Every hash that a proof asks for is MTH of a range of leaves; `peaks` cuts such a range into complete
subtrees, and `protocol.log.merkle.fold` joins their hashes. So a proof is a list of ranges, leaf to root:

- inclusion of leaf i at size n: at each level the sibling of i's ancestor, cut at n, unless it lies beyond n;
- consistency of m with n: unless m is a power of two, the last complete subtree of m first; then that subtree's
  siblings upwards, just as for inclusion (RFC 9162 section 2.1.4.1);
- a subtree's consistency: the recursive definition of C2SP mtc-tlog.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from protocol.log.merkle import fold


class Node(NamedTuple):
    """A complete subtree: 2^level leaves from position · 2^level."""

    level: int
    position: int


class Span(NamedTuple):
    """The leaves from start up to, not including, end."""

    start: int
    end: int


ReadNode = Callable[[Node], bytes]
"""Returns the hash of a complete subtree."""


def peaks(span: Span) -> list[Node]:
    """Return the complete subtrees, left to right, whose fold is MTH of an aligned span."""
    found = []
    start, rest = span.start, span.end - span.start
    while rest:
        level = rest.bit_length() - 1
        found.append(Node(level, start >> level))
        start, rest = start + (1 << level), rest - (1 << level)
    return found


def siblings(index: int, size: int, *, from_level: int = 0, to_level: int = 63) -> Iterator[Span]:
    """Yield the siblings of a leaf's ancestors in a tree of `size`, from below, within some levels."""
    for level in range(from_level, min((size - 1).bit_length(), to_level)):
        start = (index >> level ^ 1) << level
        if start < size:
            yield Span(start, min(start + (1 << level), size))


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Return the ranges of the inclusion proof of a leaf, leaf to root.

    Raises:
        ValueError: The leaf index lies outside the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of size {size}")
    return list(siblings(index, size))


def consistency_spans(old_size: int, size: int) -> list[Span]:
    """Return the ranges of the consistency proof from one size to a later one; none from size zero.

    Raises:
        ValueError: The sizes are not in order.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of size {size} does not extend one of size {old_size}")
    if old_size in (0, size):
        return []
    level = (old_size & -old_size).bit_length() - 1
    last = Span(old_size - (1 << level), old_size)
    start = [last] if last.start else []
    return start + list(siblings(last.start, size, from_level=level))


def subtree_consistency_spans(start: int, end: int, size: int) -> list[Span]:
    """Return the ranges of the proof that the valid subtree [start, end) is part of the tree of `size`."""
    return list(_subtree(Span(start, end), Span(0, size), known=True))


def _subtree(part: Span, tree: Span, *, known: bool) -> Iterator[Span]:
    if part == tree:
        if not known:
            yield tree
        return
    middle = tree.start + (1 << (tree.end - tree.start - 1).bit_length() - 1)
    left, right = Span(tree.start, middle), Span(middle, tree.end)
    if part.end <= middle:
        yield from _subtree(part, left, known=known)
        yield right
    elif middle <= part.start:
        yield from _subtree(part, right, known=known)
        yield left
    else:
        # The part begins with all of the left half, so from here on its hash is not the one known.
        yield from _subtree(Span(middle, part.end), right, known=False)
        yield left


def hash_of(span: Span, read_node: ReadNode) -> bytes:
    """Return MTH of an aligned span from stored hashes."""
    return fold([read_node(node) for node in peaks(span)])


def prove(spans: list[Span], read_node: ReadNode) -> list[bytes]:
    """Return the hashes of a proof, given its ranges."""
    return [hash_of(span, read_node) for span in spans]


def root_at(size: int, read_node: ReadNode) -> bytes:
    """Return the root hash of the first `size` leaves."""
    return hash_of(Span(0, size), read_node)
