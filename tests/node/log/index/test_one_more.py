"""One more key in a leaf page gives the page of all its keys."""

import random

import pytest

from node.log.index.bucket import MOST_KEYS, SEVERAL, Bucket
from node.log.index.one_more import with_key
from protocol.log.trie import Trie, leaves_value
from tests.node.log.index.growing import SETS


def a_page(keys, several=()):
    """Return the page of keys, the number of leaves behind each of `several`, and of any other its place as leaf."""
    columns = [
        (key, SEVERAL + 2, leaves_value([at, at + 1])) if key in several else (key, at, None)
        for at, key in enumerate(sorted(keys))
    ]
    page = Bucket.of(columns)
    page.rebuild()
    return page


@pytest.mark.parametrize("keys_of", SETS.values(), ids=SETS)
@pytest.mark.parametrize("count", [2, 3, 7, MOST_KEYS])
def test_each_key_may_be_the_last_to_come(keys_of, count):
    """Whichever of the keys comes in behind the others, page and root are those of all of them at once."""
    keys = sorted(set(keys_of(random.Random(f"{keys_of.__name__} {count}"), count)))
    whole = a_page(keys)
    root = Trie.of((key, leaves_value([at])) for at, key in enumerate(keys)).root
    for at, key in enumerate(keys):
        rest = Bucket.of((other, leaf, None) for leaf, other in enumerate(keys) if leaf != at)
        rest.rebuild()
        assert with_key(rest.render(), key, at) == (root, whole.render())


def test_what_is_left_to_the_whole_page():
    """A key that is there, and a page with a list of leaves, are not its matter."""
    keys = sorted(SETS["random"](random.Random("left"), 6))
    assert with_key(a_page(keys).render(), keys[3], 9) is None
    assert with_key(a_page(keys[:5], several=keys[:1]).render(), keys[5], 9) is None
