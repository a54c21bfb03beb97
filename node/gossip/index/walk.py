"""Find a key under which two indexes differ, by lookups alone: ours, and the one that a log serves.

Their roots differ, so their contents do. A *region* is the keys that share some first bits; the walk narrows one in
which the two differ until a lookup shows it. A lookup leads from the root to where the key stands or would stand, and
tells on the way the hash of everything that it passes: where both pass the same hash, nothing differs there.

In a region that both were looked up in by one key, the topmost node of each decides:

1. both part at the same bit: on the far side of it if the hashes there differ, else on the near side;
2. one of them parts earlier: the other has at most one node there, found on one side or the other. On the far side if
   that is not the very node that the first has there, else on the near side;
3. neither parts: they found different nodes in the key's place; the next key is one of those below such a node.

So every second lookup at the latest adds a bit. A log that serves no trie, or another one meanwhile, is given up.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from protocol.log.index_answer import IndexAnswer
from protocol.log.trie import KEY_BITS, Absent, OtherInner, OtherLeaf, Present, common_bits

LookUp = Callable[[bytes], Awaitable[IndexAnswer]]
"""Looks a key up in one index; its answers lead to one root, as the caller has verified."""

MOST_LOOKUPS: Final = 2 * KEY_BITS + 2

Found = OtherLeaf | OtherInner | None


class Difference(NamedTuple):
    """A key, and what each index has under it."""

    ours: IndexAnswer
    theirs: IndexAnswer


@dataclass(frozen=True, slots=True)
class _Step:
    """Where to look next: a key in a region of so many first bits."""

    key: bytes
    bits: int


async def find_difference(ours: LookUp, theirs: LookUp, *, begin: bytes = bytes(32)) -> Difference | None:
    """Return a key with different leaves in the two; None if the walk gets lost, which honest tries don't allow.

    Args:
        ours: Our index.
        theirs: The other index.
        begin: The first key; one that is likely to differ saves the walk.
    """
    step: _Step | None = _Step(begin, 0)
    for _ in range(MOST_LOOKUPS):
        if step is None:
            return None
        mine, other = await ours(step.key), await theirs(step.key)
        if mine.leaves != other.leaves:
            return Difference(mine, other)
        step = _narrowed(step, mine.proof, other.proof)
    return None


def _narrowed(step: _Step, ours: Present | Absent, theirs: Present | Absent) -> _Step | None:
    """Return where to look next, after both had the same under the key."""
    key, bits = step.key, step.bits
    in_place = (_found(ours), _found(theirs))
    ahead = [[one for one in proof.path if one[0] >= bits] for proof in (ours, theirs)]
    while ahead[0] and ahead[1] and ahead[0][0][0] == ahead[1][0][0]:
        (at, mine), (_, other) = ahead[0].pop(0), ahead[1].pop(0)
        if mine != other:
            return _across(key, at)
        bits = at + 1
    if not ahead[0] and not ahead[1]:
        # What was found outside of the region says that nothing is in it.
        within = [found if found is not None and _shared(key, found) >= bits else None for found in in_place]
        return _beneath(bits, *within)
    first = 0 if not ahead[1] or (ahead[0] and ahead[0][0][0] < ahead[1][0][0]) else 1
    at, far = ahead[first][0]
    # The other has one node in this region: deeper on the key's path and so on the near side, the key's own leaf, or
    # one that was found in the key's place, on either side.
    found = None if ahead[1 - first] else in_place[1 - first]
    if found is not None and _shared(key, found) == at and found.node() == far:
        return _Step(key, at + 1)
    return _across(key, at)


def _across(key: bytes, at: int) -> _Step:
    """Return a step to the other side of a bit."""
    number = int.from_bytes(key, "big") ^ 1 << (KEY_BITS - 1 - at)
    return _Step(number.to_bytes(len(key), "big"), at + 1)


def _beneath(bits: int, ours: Found, theirs: Found) -> _Step | None:
    """Return a key below one of two nodes that stand in one place."""
    if isinstance(ours, OtherInner) and isinstance(theirs, OtherInner):
        alike = (ours.bits, ours.prefix) == (theirs.bits, theirs.prefix)
        if alike and ours.left == theirs.left:
            return None if ours.right == theirs.right else _across(ours.prefix, ours.bits)
    for found in (ours, theirs):
        if isinstance(found, OtherLeaf):
            return _Step(found.key, bits)
    inner = ours or theirs
    return _Step(inner.prefix, bits) if isinstance(inner, OtherInner) else None


def _found(proof: Present | Absent) -> Found:
    return proof.found if isinstance(proof, Absent) else None


def _shared(key: bytes, found: OtherLeaf | OtherInner) -> int:
    return common_bits(key, found.key if isinstance(found, OtherLeaf) else found.prefix)
