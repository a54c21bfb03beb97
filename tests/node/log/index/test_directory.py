"""A directory that is changed place by place is the one of all its pages at once."""

import random

import pytest

from node.log.index.directory import FIRST_SLOT, Directory
from protocol.log.trie import inner_node
from tests.support.examples import seed

SLOTS = range(FIRST_SLOT, 2 * FIRST_SLOT)


def settled(bits, prefix, nodes):
    """Return the directory of pages with these hashes, and its topmost hash."""
    made = Directory(bits, prefix)
    for slot, node in nodes.items():
        made.put(slot, node)
    return made, made.settle()


def root_of(bits, prefix, nodes, place=1):
    """Return the hash of the node at or below a place, by the definition; None if nothing is there."""
    if place >= FIRST_SLOT:
        return nodes.get(place)
    left, right = (root_of(bits, prefix, nodes, half) for half in (2 * place, 2 * place + 1))
    if left is None or right is None:
        return left or right
    level = place.bit_length() - 1
    shared = bits + level
    number = (prefix << level | place - (1 << level)) << 256 - shared
    return inner_node(shared, number.to_bytes(32, "big"), left, right)


@pytest.mark.parametrize(("bits", "prefix"), [(0, 0), (4, 9), (12, 0xABC), (252, 1 << 251)])
@pytest.mark.parametrize("count", [1, 2, 9, 16])
def test_the_root_is_that_of_the_definition(bits, prefix, count):
    """With some sixteenths taken or all, hashed at once, one after the other, and again when one has changed."""
    numbers = random.Random(f"{bits} {count}")
    nodes = {slot: seed(f"node {slot}") for slot in numbers.sample(SLOTS, count)}
    whole, root = settled(bits, prefix, nodes)
    assert root == root_of(bits, prefix, nodes)
    one = Directory(bits, prefix)
    for slot in numbers.sample([*nodes], count):
        one.put(slot, nodes[slot])
        one.settle()
    assert one.render() == whole.render()
    for slot in nodes:
        nodes[slot] = seed(f"changed {slot}")
        read = Directory(bits, prefix, whole.render())
        read.put(slot, nodes[slot])
        assert read.settle() == root_of(bits, prefix, nodes)
        whole = read
