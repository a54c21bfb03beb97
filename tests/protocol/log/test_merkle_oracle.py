"""merkletools, a Merkle tree of another hand, as an oracle for roots and inclusion proofs.

It hashes as RFC 6962 does once its hash function puts 0x01 before what it joins and it is fed ready leaf hashes. It has
no consistency proofs, and its own verification takes each side from the proof, so nothing of ours relies on it.
"""

import hashlib
import importlib.util
import warnings

import pytest

from protocol.log.merkle import leaf_hash, root_of, verify_inclusion
from protocol.log.proofs import hash_of, inclusion_spans

SIZES = range(1, 601)
LEAVES = [leaf_hash(b"entry %d" % leaf) for leaf in range(600)]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("merkletools") is None,
    reason="merkletools is not installed: scripts/_venv does it, pip needs --no-deps",
)


class PrefixedHash:
    """What merkletools calls as its hash function: SHA-256 of 0x01 and the bytes."""

    def __init__(self, joined: bytes) -> None:
        self._hash = hashlib.sha256(b"\x01" + joined)

    def digest(self) -> bytes:
        """Return the node hash."""
        return self._hash.digest()


def an_oracle(size: int):
    """Return merkletools' tree over the first leaves."""
    with warnings.catch_warnings():
        # It warns at import that pysha3 is missing, which CPython's own hashlib has replaced.
        warnings.simplefilter("ignore")
        from merkletools import MerkleTools
    tree = MerkleTools()
    tree.hash_function = PrefixedHash
    tree.add_leaf([leaf.hex() for leaf in LEAVES[:size]])
    tree.make_tree()
    return tree


def path_from(oracle, leaf: int) -> list[bytes]:
    """Return the oracle's inclusion proof without the sides it states, which index and size already say."""
    return [bytes.fromhex(value) for step in oracle.get_proof(leaf) for value in step.values()]


def own_path(leaf: int, size: int) -> list[bytes]:
    """Return our inclusion proof, from leaf hashes alone."""
    spans = inclusion_spans(leaf, size)
    return [
        hash_of(span, lambda node: root_of(LEAVES[node.position << node.level : node.position + 1 << node.level]))
        for span in spans
    ]


def asked(size: int) -> list[int]:
    """Return the leaves to prove: all of a small tree, of a larger one the ends and what lies beside its splits."""
    if size <= 64:
        return list(range(size))
    return sorted({0, 1, size // 2, size - 2, size - 1, (1 << (size - 1).bit_length() - 1) - 1})


def test_roots_are_those_of_another_implementation():
    """Every tree of up to 600 leaves has the root hash that merkletools finds."""
    differing = [size for size in SIZES if an_oracle(size).get_merkle_root() != root_of(LEAVES[:size]).hex()]

    assert differing == []


def test_inclusion_proofs_are_those_of_another_implementation():
    """Our inclusion proofs hold the same hashes in the same order as merkletools' paths."""
    differing = []
    for size in SIZES:
        oracle = an_oracle(size)
        differing += [(leaf, size) for leaf in asked(size) if path_from(oracle, leaf) != own_path(leaf, size)]

    assert differing == []


def test_the_paths_of_another_implementation_verify_at_their_place_only():
    """A path that merkletools made is verified at its leaf index and size, and refused at the next index."""
    for size in SIZES:
        oracle = an_oracle(size)
        root = bytes.fromhex(oracle.get_merkle_root())
        for leaf in asked(size):
            path = path_from(oracle, leaf)
            verify_inclusion(leaf, size, LEAVES[leaf], path, root)
            with pytest.raises(ValueError, match=r"proof|outside"):
                verify_inclusion(leaf + 1, size, LEAVES[leaf], path, root)
