"""The trie of the index: a map of 256-bit keys to 256-bit values under one root, with proofs of presence and absence.

Binary and compressed: an inner node stands only where keys part. Bits are counted from the most significant one of the
first byte (`docs/formats/index.md`)::

    leaf     SHA-256(0x00 ‖ key ‖ value)
    inner    SHA-256(0x01 ‖ u16be(b) ‖ p ‖ left ‖ right)     p: the b bits that all keys below share, zero-padded to
                                                              32 bytes; left: those whose bit b is 0
    empty    SHA-256(0x02)                                    the root of no keys
    value    SHA-256(u64be(leaf index) ‖ …)                   ascending, each once

A proof's *path* holds, from the root down, (b, sibling) of every inner node above where the key stands or would stand;
each of them has the key's own first b bits, so p is not written. b grows strictly.

- *Presence*: the path to the leaf of key and value.
- *Absence*: the path to a node that excludes the key: a leaf of another key, or an inner node whose prefix is not the
  key's. It stands where the key would, so it shares the key's bits up to and including the last b. Of no keys, the
  empty node is the root itself.

Both lead from the key through the same nodes, so of one key under one root at most one of the two can be proved, and
presence with one value only. Nothing is said about a trie that is not formed so: no proof in it verifies.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from protocol.encoding.wire import HASH_BYTES
from protocol.errors import BadProofError

KEY_BITS: Final = 256
EMPTY: Final = hashlib.sha256(b"\x02").digest()
"""Root of the trie without keys."""

Path = tuple[tuple[int, bytes], ...]
"""(b, sibling) of every inner node above a place, root first."""


@dataclass(frozen=True, slots=True)
class OtherLeaf:
    """A leaf that stands where the key would."""

    key: bytes
    value: bytes

    def node(self) -> bytes:
        """Return its hash."""
        return leaf_node(self.key, self.value)


@dataclass(frozen=True, slots=True)
class OtherInner:
    """An inner node that stands where the key would, and below which it can't be."""

    bits: int
    prefix: bytes
    """Its b bits, zero-padded to 32 bytes."""
    left: bytes
    right: bytes

    def node(self) -> bytes:
        """Return its hash."""
        return inner_node(self.bits, self.prefix, self.left, self.right)


@dataclass(frozen=True, slots=True)
class Present:
    """Leads from a key and its value to the root."""

    path: Path


@dataclass(frozen=True, slots=True)
class Absent:
    """Leads from what stands where the key would to the root; `found` is None where there are no keys at all."""

    path: Path
    found: OtherLeaf | OtherInner | None


def leaf_node(key: bytes, value: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + key + value).digest()


def inner_node(bits: int, prefix: bytes, left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node; the prefix is zero-padded to 32 bytes."""
    return hashlib.sha256(b"\x01" + bits.to_bytes(2, "big") + prefix + left + right).digest()


def leaves_value(leaves: Iterable[int]) -> bytes:
    """Return the value of a key under which these leaf indexes stand: ascending, each once."""
    return hashlib.sha256(b"".join([leaf.to_bytes(8, "big") for leaf in leaves])).digest()


def check_leaves(leaves: Sequence[int], size: int) -> None:
    """Raise BadProofError unless leaf indexes ascend, each once, and lie below the tree size."""
    if any(later <= leaf for leaf, later in pairwise(leaves)):
        raise BadProofError("the leaf indexes under a key ascend, each once")
    if leaves and not 0 <= leaves[0] <= leaves[-1] < size:
        raise BadProofError(f"a leaf index under this key lies outside a tree of size {size}")


def bit_of(key: bytes, position: int) -> int:
    """Return a bit of a key, counted from the most significant one of its first byte."""
    return key[position >> 3] >> (7 - (position & 7)) & 1


def prefix_of(key: bytes, bits: int) -> bytes:
    """Return the first bits of a key, zero-padded to 32 bytes."""
    rest = KEY_BITS - bits
    return (int.from_bytes(key, "big") >> rest << rest).to_bytes(HASH_BYTES, "big")


def common_bits(one: bytes, other: bytes) -> int:
    """Return how many first bits two keys share; 256 if they are one."""
    return KEY_BITS - (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_length()


def root_of_present(key: bytes, value: bytes, proof: Present) -> bytes:
    """Return the root under which the key has this value.

    Raises:
        BadProofError: The proof can't be one.
    """
    _check_hashes(key, value)
    return _climb(key, leaf_node(key, value), proof.path)


def root_of_absent(key: bytes, proof: Absent) -> bytes:
    """Return the root under which the key has no value.

    Raises:
        BadProofError: The proof can't be one.
    """
    _check_hashes(key)
    found = proof.found
    if found is None:
        if proof.path:
            raise BadProofError("an empty trie has no inner node")
        return EMPTY
    if isinstance(found, OtherLeaf):
        _check_hashes(found.key, found.value)
        shared = common_bits(key, found.key)
        excluded = shared < KEY_BITS
    else:
        _check_inner(found)
        shared = common_bits(key, found.prefix)
        excluded = shared < found.bits
    if not excluded:
        raise BadProofError("the node found does not exclude the key")
    # Ancestors part the keys below them at their bit b: what stands on the key's side shares its bits up to there.
    if proof.path and shared <= proof.path[-1][0]:
        raise BadProofError("the node found does not stand where the key would")
    return _climb(key, found.node(), proof.path)


def _climb(key: bytes, node: bytes, path: Path) -> bytes:
    """Return the root that a path leads to from the node where the key stands or would stand."""
    below, number, sha256 = KEY_BITS, int.from_bytes(key, "big"), hashlib.sha256
    for bits, sibling in reversed(path):
        if not 0 <= bits < below:
            raise BadProofError("the positions at which keys part grow from the root down, within 256 bits")
        if len(sibling) != HASH_BYTES:
            raise BadProofError(f"every hash has {HASH_BYTES} bytes")
        below, rest = bits, KEY_BITS - bits
        prefix = (number >> rest << rest).to_bytes(HASH_BYTES, "big")
        pair = sibling + node if number >> (rest - 1) & 1 else node + sibling
        node = sha256(b"\x01" + bits.to_bytes(2, "big") + prefix + pair).digest()  # `inner_node`, written out
    return node


def _check_inner(node: OtherInner) -> None:
    if not 0 <= node.bits < KEY_BITS:
        raise BadProofError("keys part within 256 bits")
    _check_hashes(node.prefix, node.left, node.right)
    if node.prefix != prefix_of(node.prefix, node.bits):
        raise BadProofError("a prefix is padded with zeros")


def _check_hashes(*values: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in values):
        raise BadProofError(f"every key, value and hash has {HASH_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class _Inner:
    bits: int
    prefix: bytes
    left: "_Inner | OtherLeaf"
    right: "_Inner | OtherLeaf"
    hash: bytes

    def node(self) -> bytes:
        return self.hash


class Trie:
    """A trie in memory: for small maps and for whoever builds proofs apart from a store."""

    __slots__ = ("_top", "root")

    def __init__(self, top: "_Inner | OtherLeaf | None") -> None:
        """Take the node at the top; `of` makes it."""
        self._top = top
        self.root = EMPTY if top is None else top.node()

    @classmethod
    def of(cls, pairs: Iterable[tuple[bytes, bytes]]) -> "Trie":
        """Return the trie of (key, value) pairs, in any order.

        Raises:
            ValueError: A key stands twice, or one of them has not 32 bytes.
        """
        leaves = sorted(pairs)
        if any(one[0] == other[0] for one, other in pairwise(leaves)):
            raise ValueError("a key has one value")
        if any(len(part) != HASH_BYTES for pair in leaves for part in pair):
            raise ValueError(f"keys and values have {HASH_BYTES} bytes")
        return cls(_grow([OtherLeaf(*pair) for pair in leaves]) if leaves else None)

    def prove(self, key: bytes) -> Present | Absent:
        """Return the proof that the key has its value, or none."""
        path: list[tuple[int, bytes]] = []
        node = self._top
        while isinstance(node, _Inner) and prefix_of(key, node.bits) == node.prefix:
            ahead, aside = (node.right, node.left) if bit_of(key, node.bits) else (node.left, node.right)
            path.append((node.bits, aside.node()))
            node = ahead
        if isinstance(node, OtherLeaf) and node.key == key:
            return Present(tuple(path))
        if isinstance(node, _Inner):
            return Absent(tuple(path), OtherInner(node.bits, node.prefix, node.left.node(), node.right.node()))
        return Absent(tuple(path), node)


def _grow(leaves: Sequence[OtherLeaf]) -> _Inner | OtherLeaf:
    """Return the node above sorted leaves."""
    if len(leaves) == 1:
        return leaves[0]
    bits = common_bits(leaves[0].key, leaves[-1].key)
    middle = next(at for at, leaf in enumerate(leaves) if bit_of(leaf.key, bits))
    left, right = _grow(leaves[:middle]), _grow(leaves[middle:])
    prefix = prefix_of(leaves[0].key, bits)
    return _Inner(bits, prefix, left, right, inner_node(bits, prefix, left.node(), right.node()))
