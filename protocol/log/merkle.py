"""Merkle tree hashing and the verification of its proofs (RFC 9162 section 2.1, SHA-256).

::

    leaf hash   SHA-256(0x00 ‖ entry)
    node hash   SHA-256(0x01 ‖ left ‖ right)
    MTH([])     SHA-256 of nothing
    MTH(D[n])   node(MTH(D[0:k]), MTH(D[k:n])), k the largest power of two below n

A *subtree* [start, end) of a tree is valid if start is a multiple of the smallest power of two that is at least
end − start; its hash is MTH(D[start:end]) (C2SP mtc-tlog). A tree of size n is the subtree [0, n), so one
verification serves both.

Verifying stands here, proving in `protocol.log.proofs`: a relying party needs only this module.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from protocol.encoding.wire import HASH_BYTES, MAX_SIZE
from protocol.errors import BadProofError

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""Root hash of the tree without leaves."""

MAX_PROOF_HASHES: Final = 63
"""No proof is longer: sizes have 63 bits."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the leaf hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(peaks: Sequence[bytes]) -> bytes:
    """Return the hash of a subtree from the roots of the complete subtrees it consists of, left to right.

    The peaks of no leaves give the empty tree's root.
    """
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for left in peaks[-2::-1]:
        root = node_hash(left, root)
    return root


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return MTH of leaves that are given by their hashes, or of complete subtrees of one size."""
    row = list(leaf_hashes)
    if not row:
        return EMPTY_ROOT
    sha256 = hashlib.sha256
    while len(row) > 1:
        # Pairing neighbours and promoting a lone last one builds the RFC's tree from below; `node_hash`, written out.
        paired = [sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row) - 1, 2)]
        row = paired + row[len(paired) * 2 :]
    return row[0]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise BadProofError unless the leaf hash stands at the leaf index under the root hash (RFC 9162 2.1.3.2).

    Args:
        index: The leaf index, from zero.
        size: The tree size.
        leaf: The leaf hash.
        proof: Hashes from leaf to root.
        root: The root hash at that size.
    """
    _check_numbers(index, size)
    _check_hashes(leaf, *proof)
    if index >= size:
        raise BadProofError(f"leaf index {index} lies outside a tree of size {size}")
    first, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProofError("the inclusion proof is too long")
        if first & 1 or first == last:
            computed = node_hash(sibling, computed)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        first, last = first >> 1, last >> 1
    if last:
        raise BadProofError("the inclusion proof is too short")
    if computed != root:
        raise BadProofError("the inclusion proof does not lead to the root hash")


def verify_consistency(old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Raise BadProofError unless the tree of `size` extends the tree of `old_size` (RFC 9162 2.1.4.2).

    Every tree extends the empty one, so from size zero there is nothing to verify: asking for it is an error, lest a
    caller take silence for a proof.
    """
    if old_size == 0 and (size or old_root != root):
        raise BadProofError("a consistency proof from size zero proves nothing")
    verify_subtree_consistency(0, old_size, size, proof, old_root, root)


def verify_subtree_inclusion(
    index: int, start: int, end: int, leaf: bytes, proof: Sequence[bytes], subtree: bytes
) -> None:
    """Raise BadProofError unless the leaf hash stands at the leaf index under the hash of the subtree [start, end)."""
    _check_subtree(start, end, end)
    if index < start:
        raise BadProofError(f"leaf index {index} lies outside the subtree [{start}, {end})")
    verify_inclusion(index - start, end - start, leaf, proof, subtree)


def verify_subtree_consistency(
    start: int, end: int, size: int, proof: Sequence[bytes], subtree: bytes, root: bytes
) -> None:
    """Raise BadProofError unless the subtree [start, end) is part of the tree of `size` (C2SP mtc-tlog).

    The empty subtree is part of every tree: its hash is the empty tree's, and its proof is empty.
    """
    _check_subtree(start, end, size)
    _check_hashes(*proof)
    if start == end:
        if proof or subtree != EMPTY_ROOT:
            raise BadProofError("an empty tree has the hash of nothing, and an empty consistency proof")
        return
    first, last, tree = start, end - 1, size - 1
    while first != last and (last == tree or last & 1):
        first, last, tree = first >> 1, last >> 1, tree >> 1
    rest = list(proof)
    if first == last:
        seed = subtree
    elif rest:
        seed = rest.pop(0)
    else:
        raise BadProofError("the consistency proof is too short")
    part, whole = seed, seed
    for sibling in rest:
        if tree == 0:
            raise BadProofError("the consistency proof is too long")
        if last & 1 or last == tree:
            if first < last:
                part = node_hash(sibling, part)
            whole = node_hash(sibling, whole)
            while not last & 1 and last:
                first, last, tree = first >> 1, last >> 1, tree >> 1
        else:
            whole = node_hash(whole, sibling)
        first, last, tree = first >> 1, last >> 1, tree >> 1
    if tree:
        raise BadProofError("the consistency proof is too short")
    if part != subtree:
        raise BadProofError("the consistency proof does not lead to the older root hash")
    if whole != root:
        raise BadProofError("the consistency proof does not lead to the newer root hash")


def _check_subtree(start: int, end: int, size: int) -> None:
    _check_numbers(start, end, size)
    if not start <= end <= size:
        raise BadProofError(f"[{start}, {end}) is not a subtree of a tree of size {size}")
    if start % (1 << max(end - start - 1, 0).bit_length()):
        raise BadProofError(f"[{start}, {end}) is not a subtree: its start is not aligned")


def _check_numbers(*numbers: int) -> None:
    if any(not 0 <= number <= MAX_SIZE for number in numbers):
        raise BadProofError("sizes and leaf indexes lie between 0 and 2^63-1")


def _check_hashes(*hashes: bytes) -> None:
    if len(hashes) > MAX_PROOF_HASHES + 1:
        raise BadProofError(f"a proof has at most {MAX_PROOF_HASHES} hashes")
    if any(len(value) != HASH_BYTES for value in hashes):
        raise BadProofError(f"every hash has {HASH_BYTES} bytes")
