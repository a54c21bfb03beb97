"""What may enter a log: entries that this node understands, in their only spelling, under the rules of their kind."""

import pytest

from node.errors import InadmissibleError, TooLargeError
from node.log.admit import MAX_SUBMISSION, admit_bundle, admit_entries
from protocol.encoding.canonical import encode
from protocol.encoding.wire import parse_b64url32
from protocol.log.merkle import leaf_hash
from protocol.recognition.entry import parse_entry
from protocol.recognition.terms import term_key, terms_of
from tests.support.entries import (
    a_sealed_entry,
    an_achievement_entry,
    an_institution_entry,
    bundle_of,
    same_tag,
    sealed_entries,
)
from tests.vectors.recognition_examples import TUNI, an_achievement


def test_sealed_bundle_and_its_entries_one_by_one_are_the_same():
    """A bundle of sealed entries, read by one pattern, is admitted exactly as its entries are one by one."""
    entries = sealed_entries("same", 20)
    at_once, one_by_one = admit_bundle(bundle_of(entries), origin=TUNI), admit_entries(entries, origin=TUNI)
    for name in ("entries", "leaf_hashes", "sealed", "tags", "clear", "names"):
        ours, theirs = getattr(at_once, name), getattr(one_by_one, name)
        assert (frozenset(ours) if name == "names" else list(ours)) == (theirs if name == "names" else list(theirs))


def test_mixed_bundle_keeps_its_order():
    """Sealed and clear entries stand as they came, each with what it is found by."""
    entries = [an_institution_entry(1), a_sealed_entry("a"), an_achievement_entry("MR-7"), a_sealed_entry("b")]
    admitted = admit_bundle(bundle_of(entries), origin=TUNI)
    assert list(admitted.entries) == entries
    assert list(admitted.leaf_hashes) == [leaf_hash(entry) for entry in entries]
    assert list(admitted.sealed) == [1, 3]
    assert list(admitted.tags) == [parse_b64url32(parse_entry(entries[at]).tag) for at in (1, 3)]
    assert [(one.position, one.kind, one.id, one.version) for one in admitted.clear] == [
        (0, "institution", "tuni", 1),
        (2, "achievement", "mr-7", 1),
    ]
    assert set(admitted.clear[1].terms) == {term_key(term) for term in terms_of(parse_entry(entries[2]))}


def changed(**members: object) -> bytes:
    """Return an achievement's entry with some members changed."""
    return encode(an_achievement() | members)


NOT_ADMITTED = {
    "nothing": (b"", "holds no entry"),
    "no bundle": (b"\x00", "send each entry as two bytes of length and its bytes"),
    "cut short": (bundle_of(sealed_entries("a", 2))[:-1], "send each entry as two bytes"),
    "trailing bytes": (bundle_of(sealed_entries("a", 2)) + b"x", "send each entry as two bytes"),
    "no JSON": (bundle_of([b"not json"]), "entry 0 is malformed"),
    "an empty entry": (bundle_of([a_sealed_entry("a"), b""]), "entry 1 is malformed"),
    "another spelling": (bundle_of([a_sealed_entry("a").replace(b'"kind"', b' "kind"')]), "entry 0 is malformed"),
    "a duplicate key": (bundle_of([a_sealed_entry("a")[:-1] + b',"v":1}']), "entry 0 is malformed"),
    "a float": (bundle_of([a_sealed_entry("a").replace(b'"v":1', b'"v":1.0')]), "entry 0 is malformed"),
    "an unknown kind": (bundle_of([b'{"kind":"wish","v":1}']), "entry 0 breaks the rules"),
    "an unknown version": (bundle_of([a_sealed_entry("a").replace(b'"v":1', b'"v":2')]), "entry 0 breaks the rules"),
    "an unknown field": (bundle_of([changed(mood="good")]), "entry 0 breaks the rules"),
    "a rule of its kind broken": (bundle_of([a_sealed_entry("a"), changed(learningOutcomes=[])]), "entry 1 "),
    "a tag twice": (bundle_of([a_sealed_entry("a"), a_sealed_entry("b"), same_tag("a")]), "same tag"),
    "a version twice": (bundle_of([an_achievement_entry("A-1"), an_achievement_entry("A-1")]), "same id and version"),
    "a tag twice among others": (bundle_of([an_achievement_entry("A-1"), a_sealed_entry("a"), same_tag("a")]), "same"),
}


@pytest.mark.parametrize(("data", "reason"), NOT_ADMITTED.values(), ids=NOT_ADMITTED.keys())
def test_nothing_of_a_bad_bundle_is_admitted(data, reason):
    """One bad entry refuses its whole bundle, and the refusal says which and why."""
    with pytest.raises(InadmissibleError, match=reason) as refusal:
        admit_bundle(data, origin=TUNI)
    assert refusal.value.status == 422


def test_problems_name_the_entry_and_the_place():
    """Each broken rule is named with the entry's position and the member."""
    with pytest.raises(InadmissibleError) as refusal:
        admit_entries([a_sealed_entry("a"), changed(eqfLevel=9)], origin=TUNI)
    assert [where for where, _ in refusal.value.problems] == ["entries[1].eqfLevel"]


def test_submission_has_a_largest_size():
    """A submission of the largest size is admitted, and one entry more is not."""
    entries = sealed_entries("many", 2) * (MAX_SUBMISSION // 2)
    with pytest.raises(InadmissibleError, match="same tag"):
        admit_bundle(bundle_of(entries), origin=TUNI)
    for admit in (lambda: admit_bundle(bundle_of([*entries, b"x"]), origin=TUNI),
                  lambda: admit_bundle(bundle_of([*entries, a_sealed_entry("x")]), origin=TUNI)):  # fmt: skip
        with pytest.raises(TooLargeError, match="at most 10000 entries, this one 10001"):
            admit()
