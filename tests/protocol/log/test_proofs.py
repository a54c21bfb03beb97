"""Proofs of subtrees against their verification, and what can't be proved."""

import pytest

from protocol.errors import BadProofError
from protocol.log.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from protocol.log.proofs import Span, consistency_spans, hash_of, inclusion_spans, prove, subtree_consistency_spans

LEAVES = [leaf_hash(b"entry %d" % leaf) for leaf in range(40)]
SUBTREES = [
    (start, end, size)
    for size in range(1, 34)
    for start in range(size)
    for end in range(start + 1, size + 1)
    if start % (1 << (end - start - 1).bit_length()) == 0
]


def stored(node) -> bytes:
    """Return the hash of a complete subtree."""
    return root_of(LEAVES[node.position << node.level : node.position + 1 << node.level])


def test_every_subtree_of_a_small_tree_is_proved_and_refused_as_another():
    """A subtree's proof verifies; with another hash, tree or one hash more or less it is refused."""
    other = leaf_hash(b"other")
    for start, end, size in SUBTREES:
        part, root = root_of(LEAVES[start:end]), root_of(LEAVES[:size])
        proof = prove(subtree_consistency_spans(start, end, size), stored)
        verify_subtree_consistency(start, end, size, proof, part, root)
        changes = [(proof, other, root), (proof, part, other), ([*proof, other], part, root)]
        changes += [(proof[:-1], part, root)] if proof else []
        for changed, wrong_part, wrong_root in changes:
            with pytest.raises(BadProofError):
                verify_subtree_consistency(start, end, size, changed, wrong_part, wrong_root)


def test_a_tree_from_the_start_is_proved_as_by_the_rfc():
    """The subtree [0, m) has the consistency proof of RFC 9162."""
    for size in range(1, 34):
        for old_size in range(1, size + 1):
            spans = subtree_consistency_spans(0, old_size, size)
            assert [hash_of(span, stored) for span in spans] == prove(consistency_spans(old_size, size), stored)


def test_the_empty_tree_is_a_part_of_every_tree():
    """Its hash is that of nothing and its proof is empty; every other claim about it is refused."""
    root = root_of(LEAVES)
    verify_subtree_consistency(0, 0, 40, [], EMPTY_ROOT, root)
    verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)

    for proof, part in (([LEAVES[0]], EMPTY_ROOT), ([], LEAVES[0])):
        with pytest.raises(BadProofError, match="empty"):
            verify_subtree_consistency(0, 0, 40, proof, part, root)
    with pytest.raises(BadProofError, match="proves nothing"):
        verify_consistency(0, 40, [], EMPTY_ROOT, root)


@pytest.mark.parametrize(("start", "end", "size"), [(1, 3, 8), (2, 6, 8), (4, 9, 16), (5, 4, 8), (0, 9, 8), (8, 9, 8)])
def test_what_is_no_subtree_is_refused(start, end, size):
    """A subtree starts at a multiple of the power of two that it fits into, and lies within the tree."""
    with pytest.raises(BadProofError):
        verify_subtree_consistency(start, end, size, [], LEAVES[0], LEAVES[0])


@pytest.mark.parametrize("leaf", [3, 8])
def test_a_leaf_outside_its_subtree_is_refused(leaf):
    """The leaf index counts in the tree, not in the subtree."""
    with pytest.raises(BadProofError):
        verify_subtree_inclusion(leaf, 4, 8, LEAVES[leaf], [], root_of(LEAVES[4:8]))


@pytest.mark.parametrize(
    ("index", "size", "leaf", "path"),
    [(-1, 1, LEAVES[0], []), (0, 2**63, LEAVES[0], []), (0, 1, b"short", []),
     (0, 2, LEAVES[0], [b"short"]), (0, 2, LEAVES[0], LEAVES[:32] * 2 + LEAVES[:1])],
)  # fmt: skip
def test_numbers_and_hashes_out_of_range_are_refused(index, size, leaf, path):
    """Before anything is computed."""
    with pytest.raises(BadProofError):
        verify_inclusion(index, size, leaf, path, LEAVES[0])


def test_what_does_not_exist_is_not_proved():
    """A program that asks for it is told so."""
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_spans(index, size)
    for old_size, size in ((6, 5), (-1, 5)):
        with pytest.raises(ValueError, match="does not extend"):
            consistency_spans(old_size, size)
    assert consistency_spans(0, 5) == []
    assert inclusion_spans(2, 3) == [Span(0, 2)]
