"""Two indexes that differ are shown to differ under a key, by lookups alone."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.gossip.index.walk import MOST_LOOKUPS, find_difference
from protocol.log.index_answer import IndexAnswer
from protocol.log.trie import Absent, Trie, leaves_value

Index = dict[bytes, tuple[int, ...]]

NARROW = st.integers(0, 255).map(lambda number: bytes([number]) + bytes(31))
DEEP = st.integers(0, 255).map(lambda number: bytes(31) + bytes([number]))
WIDE = st.binary(min_size=32, max_size=32)
LEAVES = st.sampled_from([(1,), (2,), (1, 2)])
INDEXES = st.dictionaries(st.one_of(NARROW, DEEP, WIDE), LEAVES, max_size=24)


class Served:
    """An index that is looked up, and how often it was."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.trie = Trie.of([(key, leaves_value(leaves)) for key, leaves in index.items()])
        self.lookups = 0

    async def look_up(self, key: bytes) -> IndexAnswer:
        """Return what stands under a key."""
        self.lookups += 1
        return IndexAnswer(key, self.index.get(key, ()), self.trie.prove(key))


def difference(ours: Index, theirs: Index, begin: bytes = bytes(32)):
    """Return what the walk finds."""
    return asyncio.run(find_difference(Served(ours).look_up, Served(theirs).look_up, begin=begin))


@settings(max_examples=60, deadline=None)
@given(INDEXES, INDEXES, WIDE)
def test_what_differs_is_found(common, changes, begin):
    """Whatever was left out, put in or changed, from wherever the walk begins."""
    theirs = dict(common)
    for key, leaves in changes.items():
        if theirs.get(key) == leaves:
            del theirs[key]
        else:
            theirs[key] = leaves
    found = difference(common, theirs, begin)
    if common == theirs:
        assert found is None
        return
    key = found.ours.key
    assert (found.ours.leaves, found.theirs.leaves) == (common.get(key, ()), theirs.get(key, ()))
    assert found.ours.leaves != found.theirs.leaves


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_one_that_is_left_out_is_found_with_few_lookups(count):
    """Of a thousand keys some dozens of lookups find the one; the number grows like the logarithm."""
    keys = [leaves_value([number]) for number in range(count + 1)]
    ours = {key: (number,) for number, key in enumerate(keys)}
    mine, other = Served(ours), Served({key: leaves for key, leaves in ours.items() if key != keys[count // 2]})
    found = asyncio.run(find_difference(mine.look_up, other.look_up))
    assert found.ours.key == keys[count // 2]
    assert mine.lookups <= 2 + 4 * (count + 1).bit_length()


def test_a_trie_that_changes_meanwhile_ends_the_walk():
    """Whoever serves other answers at each lookup holds nobody up for good."""
    served = [Served({leaves_value([at, one]): (1,) for one in range(50)}) for at in range(7)]
    asked = 0

    async def theirs(key: bytes) -> IndexAnswer:
        nonlocal asked
        asked += 1
        proof = served[asked % 7].trie.prove(key)
        return IndexAnswer(key, () if isinstance(proof, Absent) else (1,), proof)

    asyncio.run(find_difference(Served({}).look_up, theirs))
    assert asked <= MOST_LOOKUPS
