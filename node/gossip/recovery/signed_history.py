"""All that is known to be signed by a log's own key, and whether it is one history.

Of two trees the smaller has to be the beginning of the larger. What isn't may be our own fault (a restored database
that was signed upon), or somebody's who has our key; either way the log can't be gone on with: nobody could tell which
history is the institution's.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from node.errors import FatalError
from node.gossip.partners.last_seen import LastSeen
from node.log.headfile import HeadState
from node.storage.heads import Head
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import EMPTY_ROOT

TWO_HISTORIES: Final = "keep the database and the notes; the log is closed, and a new origin succeeds it"


@dataclass(frozen=True, slots=True)
class Signed:
    """One tree that the log's key has signed, and where that is known from."""

    size: int
    root: bytes
    where: str


def signed_of(told: Iterable[LastSeen], remembered: HeadState | None, head: Head) -> tuple[Signed, ...]:
    """Return every tree that is known: what partners told of, what the head file remembers, what the database holds.

    Raises:
        FatalError: Two of them have one size and not one root hash.
    """
    found = [Signed(head.size, head.root, "in the database")]
    if remembered is not None:
        found.append(Signed(remembered.size, remembered.root, "in the head file beside the key"))
    for one in told:
        found += [Signed(note.checkpoint.size, note.checkpoint.root, f"at {one.name}") for note in one.notes]
    roots: dict[int, Signed] = {}
    for one_tree in found:
        first = roots.setdefault(one_tree.size, one_tree)
        if first.root != one_tree.root:
            raise two_histories(head.origin, first, one_tree)
    return tuple(sorted(found, key=lambda tree: tree.size))


async def check_beginnings(
    trees: Iterable[Signed], target: Checkpoint, root_at: Callable[[int], Awaitable[bytes]], *, where: str
) -> None:
    """Check that each tree that isn't larger than a target is its beginning.

    Args:
        trees: What our key has signed.
        target: A tree of ours.
        root_at: Gives the target's root hash at a smaller size.
        where: Where the target is known from.

    Raises:
        FatalError: One isn't.
        NodeError: Whatever `root_at` raises.
    """
    for one in trees:
        if one.size > target.size:
            continue
        ends = {0: EMPTY_ROOT, target.size: target.root}
        if one.root != (ends[one.size] if one.size in ends else await root_at(one.size)):
            raise two_histories(target.origin, one, Signed(target.size, target.root, where))


def two_histories(origin: str, one: Signed, other: Signed) -> FatalError:
    """Return the error that says so."""
    return FatalError(
        f"our own key has signed two histories of {origin}: the tree of size {one.size} {one.where} does not agree "
        f"with that of size {other.size} {other.where}",
        mend=TWO_HISTORIES,
    )
