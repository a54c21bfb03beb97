"""Lists of leaves: parts, values, and how far they have been hashed."""

import pytest

from node.log.index.leaf_list import PART, LeafList, leaves_of_parts
from protocol.log.trie import leaves_value


@pytest.mark.parametrize("count", [2, PART - 1, PART, PART + 1, 5 * PART])
@pytest.mark.parametrize("more", [1, PART, 3 * PART + 7])
def test_parts_hold_the_list(count, more):
    """The parts written by two extensions, the later over the earlier, are the whole list, and its value is right."""
    leaves = [3 * leaf for leaf in range(count + more)]
    first, parts = LeafList().extended(leaves[:count])
    longer, later = first.extended(leaves[count:])
    stored = dict(parts) | dict(later)
    assert sorted(stored) == list(range(-(-len(leaves) // PART)))
    whole = [stored[part] for part in sorted(stored)]
    assert longer.value == leaves_value(leaves)
    assert leaves_of_parts(whole, len(leaves), leaves_value(leaves)) == tuple(leaves)
    assert first.value == leaves_value(leaves[:count]), "what is extended stays what it was"


@pytest.mark.parametrize("count", [2, PART, PART + 5])
def test_a_list_goes_on_from_parts_that_were_read_late(count):
    """Parts that hold more leaves than are asked for give the list as it was, and it can be extended again."""
    leaves = list(range(count + 50))
    _, parts = LeafList().extended(leaves)
    read = LeafList.of_parts([data for _, data in parts], count)
    assert (read.count, read.value) == (count, leaves_value(leaves[:count]))
    assert read.extended(leaves[count:])[0].value == leaves_value(leaves)


def test_parts_that_do_not_hold_the_list():
    """Too few leaves, or others, are not shown."""
    _, parts = LeafList().extended([1, 2, 3])
    assert leaves_of_parts([parts[0][1]], 4, leaves_value([1, 2, 3])) is None
    assert leaves_of_parts([parts[0][1]], 3, leaves_value([1, 2, 4])) is None
