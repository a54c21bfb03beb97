"""What stands in a log is counted as it passes by."""

import pytest

from node.log import census
from node.log.census import Census
from protocol.errors import MalformedError
from protocol.log.merkle import leaf_hash
from tests.support.entries import an_achievement_entry, bundle_of, sealed_entries
from tests.support.foreign_entries import NOT_UNDERSTOOD, a_rule_with_texts


def read(entries, first=0):
    """Return the census of one bundle, and the leaf hashes."""
    counted = Census()
    return counted, counted.read(bundle_of(entries), first=first, count=len(entries))


@pytest.mark.parametrize("entries", [sealed_entries("c", 5), [*sealed_entries("c", 2), b"", *NOT_UNDERSTOOD]], ids=len)
def test_leaf_hashes_are_those_of_the_entries(entries):
    """By the fast way and by the slow one."""
    assert read(entries)[1] == [leaf_hash(entry) for entry in entries]


def test_kinds_and_texts_are_counted():
    """Understood entries by kind, those with texts by commitment."""
    rule, commitment, _ = a_rule_with_texts()
    counted, _ = read([*sealed_entries("c", 2), rule, an_achievement_entry("AB")], first=10)
    assert counted.kinds == {"sealed": 2, "rule": 1, "achievement": 1}
    assert counted.texts == {commitment: 12}


def test_what_is_not_understood_is_counted_with_examples():
    """Each with its leaf index, the first twenty."""
    counted, _ = read(NOT_UNDERSTOOD * 5, first=100)
    assert (counted.not_understood, len(counted.examples)) == (len(NOT_UNDERSTOOD) * 5, census.MOST_EXAMPLES)
    assert [one.leaf for one in counted.examples[:3]] == [100, 101, 102]


@pytest.mark.parametrize("part", [1, 7, 10_000])
def test_repeated_tags_are_counted_whatever_the_parts(monkeypatch, part):
    """A tag that stands three times is repeated twice, in sealed bundles and beside clear entries."""
    monkeypatch.setattr(census, "PART_TAGS", part)
    counted = Census()
    entries = sealed_entries("tags", 40)
    for bundle in (entries, entries[:3], [*entries[:1], an_achievement_entry("AB")]):
        counted.read(bundle_of(bundle), first=0, count=len(bundle))
    assert counted.repeated_tags() == 4


@pytest.mark.parametrize("count", [2, 4])
def test_a_bundle_of_another_count_is_refused(count):
    """Fewer or more than the tree says."""
    for entries in (sealed_entries("c", 3), [b"a", b"b", b"c"]):
        with pytest.raises(MalformedError, match="holds 3 entries"):
            Census().read(bundle_of(entries), first=0, count=count)
