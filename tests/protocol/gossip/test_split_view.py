"""Split views: every fork is shown, and no honest log is accused."""

from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import BadProofError
from protocol.gossip.split_view import check_conflict, conflict_spans
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import leaf_hash, root_of
from tests.support.examples import ORIGIN

LONGEST = 17
TRUE = [leaf_hash(b"%d" % at) for at in range(LONGEST)]


def forked(at: int) -> list[bytes]:
    """Return the leaf hashes of a history that parts from the true one at an entry."""
    return [*TRUE[:at], *(leaf_hash(b"other %d" % later) for later in range(at, LONGEST))]


def stated(leaves: list[bytes], size: int) -> Checkpoint:
    """Return the checkpoint of a history at a size."""
    return Checkpoint(ORIGIN, size, root_of(leaves[:size]))


@pytest.mark.parametrize("at", range(LONGEST))
def test_a_fork_at_any_entry_is_shown_at_any_two_sizes_beyond_it(at):
    """The hashes of `conflict_spans` suffice; where the fork lies beyond the smaller size, they show nothing."""
    lie = forked(at)
    for size, larger in combinations_with_replacement(range(1, LONGEST + 1), 2):
        root, *proof = [root_of(TRUE[span.start : span.end]) for span in conflict_spans(size, larger)] or [None]
        pair = sorted([stated(lie, size), stated(TRUE, larger)], key=lambda each: (each.size, each.root))
        if size > at:
            assert check_conflict(*pair, root, proof) == tuple(pair)
        else:
            with pytest.raises(BadProofError):
                check_conflict(*pair, root, proof)


ROOTS = st.one_of(
    st.sampled_from([root_of(TRUE[:size]) for size in range(LONGEST)] + TRUE), st.binary(min_size=32, max_size=32)
)


@given(st.integers(0, LONGEST), st.integers(0, LONGEST), st.one_of(st.none(), ROOTS), st.lists(ROOTS, max_size=6))
def test_an_honest_log_is_not_accused(one, other, root, proof):
    """Of two checkpoints of one history no root and no proof make a split view."""
    with pytest.raises(BadProofError):
        check_conflict(stated(TRUE, min(one, other)), stated(TRUE, max(one, other)), root, proof)


def test_two_logs_contradict_each_other_as_they_like():
    """Checkpoints of two origins are no split view."""
    with pytest.raises(BadProofError, match="two logs"):
        check_conflict(stated(TRUE, 5), Checkpoint("other.example", 5, bytes(32)), None, ())


@pytest.mark.parametrize(("size", "larger"), [(0, 5), (0, 0), (6, 5)])
def test_there_are_no_hashes_to_show_from_the_empty_tree_or_backwards(size, larger):
    """Every tree extends the empty one."""
    with pytest.raises(ValueError, match="no split view"):
        conflict_spans(size, larger)
