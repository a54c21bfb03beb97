"""Split views: two checkpoints that one log has signed and that can't both be true.

Let a log have signed root hash A at size m and root hash B at size n, m ≤ n. It is a split view if one of these holds::

    m = n        A and B differ
    0 < m < n    a consistency proof leads from (m, C) to (n, B), and C differs from A

In the second case the tree signed at n has C at size m, as hashes do not collide, and at m the log signed A. A proof
that fails or is missing shows nothing, since whoever accuses may have made it up: it is an alarm, never evidence. Every
tree extends that of size 0, so none is a split view with it.

Two honest parties write the same evidence of the same two notes: at equal size the lower root hash comes first.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from protocol.errors import BadProofError
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import verify_consistency
from protocol.log.proofs import Span, consistency_spans

ReadSpan = Callable[[Span], bytes]
"""Returns MTH of some leaves of the larger tree."""


class Conflict(NamedTuple):
    """Two checkpoints of one log of which at most one is true."""

    first: Checkpoint
    second: Checkpoint


def in_order(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether evidence names them in this order: the smaller size first, then the lower root hash."""
    return (one.size, one.root) <= (other.size, other.root)


def check_conflict(first: Checkpoint, second: Checkpoint, root: bytes | None, proof: Sequence[bytes]) -> Conflict:
    """Check that two checkpoints in order, whose signatures the caller has verified, can't both be true.

    Args:
        first: The smaller one, or the one of the lower root hash.
        second: The other.
        root: What the second's tree is said to have at the first's size; None at equal sizes.
        proof: The consistency proof from there; empty at equal sizes.

    Raises:
        BadProofError: It is not shown that they can't.
    """
    if first.origin != second.origin:
        raise BadProofError("the checkpoints are of two logs")
    if not in_order(first, second):
        raise BadProofError("the smaller checkpoint comes first, then the one of the lower root hash")
    if first.size == second.size:
        if first.root == second.root or root is not None or proof:
            raise BadProofError("at one size only two root hashes are a split view, and no proof belongs to them")
        return Conflict(first, second)
    if root is None:
        raise BadProofError("at two sizes both may be true: a consistency proof is missing")
    verify_consistency(first.size, second.size, proof, root, second.root)
    if root == first.root:
        raise BadProofError("the consistency proof shows that the larger tree extends the smaller")
    return Conflict(first, second)


def conflict_spans(size: int, larger: int) -> list[Span]:
    """Return which hashes of the larger tree evidence holds: the root at `size`, then the proof's; none at one size.

    Raises:
        ValueError: The sizes are not in order, or begin at zero.
    """
    if not 0 < size <= larger:
        raise ValueError(f"no split view between sizes {size} and {larger}")
    return [Span(0, size), *consistency_spans(size, larger)] if size < larger else []
