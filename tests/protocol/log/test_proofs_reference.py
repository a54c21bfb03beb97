"""Roots and proofs compared with the RFC's recursive definitions, and their verification with its mutations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import BadProofError
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from protocol.log.proofs import consistency_spans, inclusion_spans, prove, root_at
from tests.support import reference

EXHAUSTIVE = 48
"""Up to this size every leaf and every pair of sizes is tried; above it Hypothesis chooses."""

ENTRIES = [b"entry %d" % leaf for leaf in range(700)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]

sizes = st.integers(min_value=EXHAUSTIVE, max_value=len(ENTRIES))


def stored(node) -> bytes:
    """Return the hash of a complete subtree, which the tests have no need to store."""
    return root_of(LEAVES[node.position << node.level : node.position + 1 << node.level])


def inclusion(leaf: int, size: int) -> list[bytes]:
    """Return our inclusion proof."""
    return prove(inclusion_spans(leaf, size), stored)


def consistency(old_size: int, size: int) -> list[bytes]:
    """Return our consistency proof."""
    return prove(consistency_spans(old_size, size), stored)


def test_roots_are_the_rfcs_at_every_size():
    """The root of leaves, the root from stored subtrees and the growing edge's root are MTH of the entries."""
    edge = Edge()
    for size in range(400):
        expected = reference.mth(ENTRIES[:size])
        assert (size, root_of(LEAVES[:size])) == (size, expected)
        assert (size, root_at(size, stored)) == (size, expected)
        assert (size, edge.root()) == (size, expected)
        edge.extend(LEAVES[size : size + 1])


def test_inclusion_proofs_of_small_trees_are_the_rfcs():
    """Every leaf of every small tree has the RFC's audit path, and it verifies."""
    for size in range(1, EXHAUSTIVE):
        root = reference.mth(ENTRIES[:size])
        for leaf in range(size):
            path = inclusion(leaf, size)
            assert ((leaf, size), path) == ((leaf, size), reference.path(leaf, ENTRIES[:size]))
            verify_inclusion(leaf, size, LEAVES[leaf], path, root)


def test_consistency_proofs_of_small_trees_are_the_rfcs():
    """Every pair of small sizes has the RFC's consistency proof, and it verifies."""
    for size in range(1, EXHAUSTIVE):
        root = reference.mth(ENTRIES[:size])
        for old_size in range(1, size + 1):
            proof = consistency(old_size, size)
            assert ((old_size, size), proof) == ((old_size, size), reference.proof(old_size, ENTRIES[:size]))
            verify_consistency(old_size, size, proof, reference.mth(ENTRIES[:old_size]), root)


@given(size=sizes, data=st.data())
def test_inclusion_proofs_of_larger_trees_are_the_rfcs(size, data):
    """A leaf of a larger tree has the RFC's audit path, and it verifies."""
    leaf = data.draw(st.integers(0, size - 1))

    path = inclusion(leaf, size)

    assert path == reference.path(leaf, ENTRIES[:size])
    verify_inclusion(leaf, size, LEAVES[leaf], path, reference.mth(ENTRIES[:size]))


@given(size=sizes, data=st.data())
def test_consistency_proofs_of_larger_trees_are_the_rfcs(size, data):
    """A pair of larger sizes has the RFC's consistency proof, and it verifies."""
    old_size = data.draw(st.integers(1, size))

    proof = consistency(old_size, size)

    assert proof == reference.proof(old_size, ENTRIES[:size])
    verify_consistency(old_size, size, proof, reference.mth(ENTRIES[:old_size]), reference.mth(ENTRIES[:size]))


@given(size=sizes, data=st.data())
def test_an_inclusion_proof_holds_for_its_leaf_index_and_size_alone(size, data):
    """A proof that is sound for one leaf index and tree size is refused for every other index, size or leaf."""
    leaf = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda index: index != leaf))
    root, path = root_of(LEAVES[:size]), inclusion(leaf, size)

    for index, entry in ((other, LEAVES[leaf]), (leaf, LEAVES[other])):
        with pytest.raises(BadProofError):
            verify_inclusion(index, size, entry, path, root)
    for changed in (path[1:], path[:-1], [*path, root], [*path[:-1], root]):
        with pytest.raises(BadProofError):
            verify_inclusion(leaf, size, LEAVES[leaf], changed, root)


@given(size=sizes, data=st.data())
def test_a_consistency_proof_holds_for_its_two_roots_alone(size, data):
    """A consistency proof is refused once a root is another or a hash is missing, added or changed."""
    old_size = data.draw(st.integers(1, size - 1))
    old_root, root, proof = root_of(LEAVES[:old_size]), root_of(LEAVES[:size]), consistency(old_size, size)
    other = leaf_hash(b"another tree")

    for before, after in ((other, root), (old_root, other), (root, old_root)):
        with pytest.raises(BadProofError):
            verify_consistency(old_size, size, proof, before, after)
    for changed in (proof[1:], proof[:-1], [*proof, root], [*proof[:-1], other]):
        with pytest.raises(BadProofError):
            verify_consistency(old_size, size, changed, old_root, root)
