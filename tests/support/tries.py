"""Tries to try things on: keys that part anywhere, the nodes above a key, and every wrong proof of its absence."""

from collections.abc import Iterator

from hypothesis import strategies as st

from protocol.log.trie import Absent, OtherInner, OtherLeaf, Path, Present, Trie, inner_node, leaf_node, prefix_of

PARTING = (0, 1, 7, 8, 127, 200, 254, 255)
"""Bits at which keys part below: ends and middles of bytes, the first and the last."""


def key_with(*positions: int) -> bytes:
    """Return the key of zeros but for these bits."""
    return sum(1 << (255 - position) for position in set(positions)).to_bytes(32, "big")


def flipped(key: bytes, position: int) -> bytes:
    """Return the key with one bit turned."""
    return (int.from_bytes(key, "big") ^ 1 << (255 - position)).to_bytes(32, "big")


adversarial_keys = st.sets(st.integers(0, 255), max_size=4).map(lambda positions: key_with(*positions))
"""Keys that share any number of first bits, up to 255."""

random_keys = st.binary(min_size=32, max_size=32)
values = st.binary(min_size=32, max_size=32)


def maps(least: int = 0, most: int = 24) -> st.SearchStrategy[dict[bytes, bytes]]:
    """Draw maps of random and of adversarial keys."""
    return st.dictionaries(adversarial_keys | random_keys, values, min_size=least, max_size=most)


def nodes_above(key: bytes, value: bytes, path: Path) -> Iterator[tuple[Path, OtherInner]]:
    """Give every inner node above a present key, lowest first, with the path to it."""
    node = leaf_node(key, value)
    for at in range(len(path) - 1, -1, -1):
        bits, sibling = path[at]
        pair = (sibling, node) if int.from_bytes(key, "big") >> (255 - bits) & 1 else (node, sibling)
        inner = OtherInner(bits, prefix_of(key, bits), *pair)
        yield path[:at], inner
        node = inner_node(bits, inner.prefix, *pair)


def false_absences(key: bytes, value: bytes, trie: Trie) -> Iterator[Absent]:
    """Give proofs that a present key is absent: from its own leaf, and from every node above it."""
    proof = trie.prove(key)
    assert isinstance(proof, Present)
    yield Absent(proof.path, OtherLeaf(key, value))
    for path, inner in nodes_above(key, value, proof.path):
        yield Absent(path, inner)
