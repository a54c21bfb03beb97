"""Pages give the roots and proofs of the trie by its definition, whatever the keys, their order and the steps."""

import random

import pytest

from node.log.index.find import Found, is_page
from protocol.log.trie import leaves_value
from tests.node.log.index.growing import SETS, MemoryIndex, near

COUNT = 240


def in_steps(keys, steps, numbers):
    """Yield the keys in so many steps, a new leaf each."""
    cuts = sorted(numbers.choices(range(len(keys)), k=steps - 1))
    for begin, end in zip([0, *cuts], [*cuts, len(keys)], strict=True):
        added = {}
        for leaf in range(begin, end):
            added.setdefault(keys[leaf], []).append(leaf)
        yield added


@pytest.mark.parametrize("keys_of", SETS.values(), ids=SETS)
@pytest.mark.parametrize("steps", [1, 2, 9, COUNT])
def test_roots_after_every_step(keys_of, steps):
    """After each step the root is that of the trie of all keys so far, and each page has its name's hash."""
    numbers = random.Random(f"{keys_of.__name__} {steps}")
    index = MemoryIndex()
    for added in in_steps(keys_of(numbers, COUNT), steps, numbers):
        index.add(added)
        if steps < COUNT or len(index.truth) % 40 == 0:
            assert index.root == index.trie().root
    assert index.root == index.trie().root
    assert all(is_page(name, page) for name, page in index.pages.items())


@pytest.mark.parametrize("keys_of", SETS.values(), ids=SETS)
def test_pages_follow_from_the_keys_alone(keys_of):
    """In another order and other steps the same keys give the very same pages."""
    numbers = random.Random(keys_of.__name__)
    keys = list(dict.fromkeys(keys_of(numbers, COUNT)))
    leaves = {key: [leaf] for leaf, key in enumerate(keys)}
    one = MemoryIndex()
    one.add(leaves)
    for steps in (3, 50):
        numbers.shuffle(keys)
        other = MemoryIndex()
        for added in in_steps(keys, steps, numbers):
            other.add({key: leaves[key] for key in added})
        assert other.pages == one.pages


@pytest.mark.parametrize("keys_of", SETS.values(), ids=SETS)
def test_proofs(keys_of):
    """Of keys that are there, that differ in one bit from these, and of any others the proofs are the trie's."""
    numbers = random.Random(keys_of.__name__)
    index = MemoryIndex()
    for added in in_steps(keys_of(numbers, COUNT), 4, numbers):
        index.add(added)
    trie = index.trie()
    for key in index.truth:
        found = index.find(key)
        assert found == Found(key, len(index.truth[key]), found.leaf, leaves_value(index.truth[key]), trie.prove(key))
    for key in [*(near(numbers, key) for key in index.truth), *SETS["random"](numbers, 50)]:
        if key not in index.truth:
            assert index.find(key) == trie.prove(key)


@pytest.mark.parametrize("count", [0, 1, 2, 32, 33])
def test_few_keys(count):
    """Nothing, one key, and a page that is just full or overflows."""
    index = MemoryIndex()
    keys = SETS["random"](random.Random(count), count)
    index.add({key: [leaf] for leaf, key in enumerate(keys)})
    assert index.root == index.trie().root
    for key in [*keys, bytes(32), b"\xff" * 32]:
        found = index.find(key)
        assert (found.proof if isinstance(found, Found) else found) == index.trie().prove(key)


def test_keys_with_several_leaves():
    """Lists that grow leaf by leaf, by many at once, and from nothing to many give the value of the whole list."""
    numbers = random.Random("several")
    keys = SETS["random"](numbers, 12)
    index, leaf = MemoryIndex(), 0
    for step in range(40):
        added = {}
        for key in numbers.sample(keys, 5):
            count = numbers.choice((1, 1, 2, 130, 300)) if step else 1
            added[key] = list(range(leaf, leaf + count))
            leaf += count
        index.add(added)
        assert index.root == index.trie().root
    assert {key: index.find(key).count for key in index.truth} == {key: len(on) for key, on in index.truth.items()}


def test_a_list_costs_what_it_grows_by():
    """A key with ten thousand leaves that gets one more writes one part of its list, not all."""
    index = MemoryIndex()
    index.add({bytes(32): list(range(10_000))})
    changes = index.add({bytes(32): [10_000]})
    assert [(key, part) for key, part, _ in changes.parts] == [(bytes(32), 10_000 // 128)]


def test_pauses():
    """A large step lets others go on many times before it is done."""
    from node.log.index.grow import grow
    from protocol.log.trie import EMPTY

    keys = SETS["random"](random.Random("pauses"), 3000)
    growing, pauses = grow(EMPTY, {key: [leaf] for leaf, key in enumerate(keys)}), 0
    while True:
        try:
            pauses += next(growing) is None
        except StopIteration:
            break
    assert pauses > 3


def changed(page: bytes) -> list[bytes]:
    """Return a page with each of its bytes changed in turn, and cut and lengthened."""
    flipped = [page[:at] + bytes([page[at] ^ 1]) + page[at + 1 :] for at in range(len(page))]
    return [*flipped, page[:-1], page + b"\0", b""]


def test_any_change_to_a_page_is_noticed():
    """No byte of a directory or a leaf page can be another; of the number of leaves, the list itself is the judge."""
    index = MemoryIndex()
    keys = SETS["random"](random.Random("changed"), 40)
    index.add({key: [leaf] for leaf, key in enumerate(keys)})
    for name, page in index.pages.items():
        assert [one for one in changed(page) if is_page(name, one)] == []
