"""Grow an index with nothing but memory behind it, and the keys of adversaries."""

import random

from node.log.index.find import find
from node.log.index.grow import Changes, WantedLists, WantedPages, grow
from protocol.log.trie import EMPTY, Trie, leaves_value


class MemoryIndex:
    """An index whose pages and lists lie in dictionaries; it holds only what the root needs."""

    def __init__(self) -> None:
        self.root = EMPTY
        self.pages = {}
        self.lists = {}
        self.truth: dict[bytes, list[int]] = {}

    def add(self, added: dict[bytes, list[int]]) -> Changes:
        """Grow by leaves under keys."""
        growing, sent = grow(self.root, added), None
        while True:
            try:
                wanted = growing.send(sent)
            except StopIteration as ended:
                changes = ended.value
                break
            if isinstance(wanted, WantedPages):
                sent = [self.pages[name] for name in wanted.pages]
            elif isinstance(wanted, WantedLists):
                sent = [self.lists[value] for _, _, value in wanted.lists]
            else:
                sent = None
        for name in changes.replaced:
            del self.pages[name]
        self.pages |= changes.fresh
        self.lists |= changes.lists
        self.root = changes.root
        for key, leaves in added.items():
            self.truth.setdefault(key, []).extend(leaves)
        return changes

    def find(self, key: bytes):
        """Return what the pages say of a key."""
        return find(key, self.root, self.pages.__getitem__)

    def trie(self) -> Trie:
        """Return the trie of the same keys, by the definition."""
        return Trie.of((key, leaves_value(leaves)) for key, leaves in self.truth.items())


def random_keys(numbers: random.Random, count: int) -> list[bytes]:
    """Return keys as hashes are."""
    return [numbers.randbytes(32) for _ in range(count)]


def long_prefixes(numbers: random.Random, count: int) -> list[bytes]:
    """Return keys that share their first 8 to 248 bits with many others."""
    return [(bytes(numbers.choice((1, 2, 16, 30, 31))) + numbers.randbytes(32))[:32] for _ in range(count)]


def last_bits(numbers: random.Random, count: int) -> list[bytes]:
    """Return keys that differ in their last bits alone."""
    return [bytes(30) + number.to_bytes(2, "big") for number in numbers.sample(range(1 << 16), count)]


def combs(numbers: random.Random, count: int) -> list[bytes]:
    """Return keys each of which parts from one single key at another bit."""
    spine = int.from_bytes(numbers.randbytes(32), "big")
    return [(spine ^ 1 << numbers.randrange(256)).to_bytes(32, "big") for _ in range(count)]


SETS = {"random": random_keys, "long-prefixes": long_prefixes, "last-bits": last_bits, "combs": combs}


def near(numbers: random.Random, key: bytes) -> bytes:
    """Return a key that differs in one bit."""
    return (int.from_bytes(key, "big") ^ 1 << numbers.randrange(256)).to_bytes(32, "big")
