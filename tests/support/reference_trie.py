"""The index's trie by its recursive definition: slow, obvious, over keys written as text of 256 noughts and ones.

It shares no code with `protocol.log.trie`, and looks at all keys again at every node.
"""

import hashlib
import itertools

Bits = str
Pairs = dict[Bits, bytes]


def bits_of(key: bytes) -> Bits:
    """Return a key as noughts and ones, first bit first."""
    return "".join(f"{byte:08b}" for byte in key)


def bytes_of(bits: Bits) -> bytes:
    """Return noughts and ones as 32 bytes, padded with zeros."""
    return int(bits.ljust(256, "0"), 2).to_bytes(32, "big")


def shared(pairs: Pairs) -> Bits:
    """Return the longest text with which all keys begin."""
    columns = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*pairs, strict=True))
    return "".join(column[0] for column in columns)


def preimage(pairs: Pairs) -> bytes:
    """Return the bytes whose SHA-256 is the node above these keys."""
    if not pairs:
        return b"\x02"
    if len(pairs) == 1:
        [(key, value)] = pairs.items()
        return b"\x00" + bytes_of(key) + value
    prefix = shared(pairs)
    left, right = (root(below(pairs, prefix + bit)) for bit in "01")
    return b"\x01" + bytes([len(prefix) // 256, len(prefix) % 256]) + bytes_of(prefix) + left + right


def root(pairs: Pairs) -> bytes:
    """Return the node above these keys."""
    return hashlib.sha256(preimage(pairs)).digest()


def below(pairs: Pairs, prefix: Bits) -> Pairs:
    """Return those of the keys that begin so."""
    return {key: value for key, value in pairs.items() if key.startswith(prefix)}


def path(pairs: Pairs, key: Bits) -> list[tuple[int, bytes]]:
    """Return (b, sibling) of every inner node whose prefix the key has, root first."""
    prefix = shared(pairs)
    if len(pairs) < 2 or not key.startswith(prefix):
        return []
    at = len(prefix)
    other = "1" if key[at] == "0" else "0"
    return [(at, root(below(pairs, prefix + other))), *path(below(pairs, prefix + key[at]), key)]


def found(pairs: Pairs, key: Bits) -> bytes:
    """Return the preimage of the node where the path of the key ends."""
    prefix = shared(pairs)
    if len(pairs) < 2 or not key.startswith(prefix):
        return preimage(pairs)
    return found(below(pairs, key[: len(prefix) + 1]), key)
