"""What entries add to an index: the keys of their terms, and nothing for what isn't understood."""

import pytest

from node.errors import BadAnswerError
from node.log.index.added import keys_of_bundle, tag_keys
from protocol.encoding.wire import b64url
from protocol.recognition.entry import parse_entry
from protocol.recognition.terms import term_key, terms_of
from tests.support.entries import a_sealed_entry, an_achievement_entry, bundle_of, same_tag, sealed_entries
from tests.support.examples import seed
from tests.support.foreign_entries import NOT_UNDERSTOOD, a_rule_with_texts

ORIGIN = "log.example/index"


def terms(entry):
    """Return an entry's keys by the definition."""
    return sorted(term_key(term) for term in terms_of(parse_entry(entry)))


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256])
def test_keys_of_tags(count):
    """Many at once are what each is alone."""
    tags = [seed(f"tag {number}") for number in range(count)]
    assert tag_keys(tags) == [term_key(("tag", b64url(tag))) for tag in tags]


def test_no_tags():
    """Nothing has no keys."""
    assert tag_keys([]) == []


@pytest.mark.parametrize(
    "entries",
    [sealed_entries("only", 30), [an_achievement_entry("AB-1"), *sealed_entries("some", 3), a_rule_with_texts()[0]]],
    ids=["sealed", "of all sorts"],
)
def test_keys_of_entries(entries):
    """Each entry stands under the keys of its terms."""
    found = keys_of_bundle(bundle_of(entries), origin=ORIGIN, count=len(entries))
    assert [sorted(keys) for keys in found] == [terms(entry) for entry in entries]


def test_what_is_not_understood_stands_under_no_key():
    """It has its place and nothing leads to it; its neighbours are found all the same."""
    entries = [*NOT_UNDERSTOOD, *sealed_entries("beside", 1)]
    found = keys_of_bundle(bundle_of(entries), origin=ORIGIN, count=len(entries))
    assert [len(keys) for keys in found] == [0] * len(NOT_UNDERSTOOD) + [1]


def test_a_tag_that_a_partner_logged_twice():
    """Both entries stand under its key: which of them counts is for the reader to judge."""
    one, other = keys_of_bundle(bundle_of([a_sealed_entry("x"), same_tag("x")]), origin=ORIGIN, count=2)
    assert one == other


@pytest.mark.parametrize("count", [2, 4])
def test_another_number_of_entries(count):
    """A bundle with fewer or more entries than the log has there is refused."""
    with pytest.raises(BadAnswerError):
        keys_of_bundle(bundle_of(sealed_entries("three", 3)), origin=ORIGIN, count=count)
