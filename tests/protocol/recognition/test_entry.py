"""Entries as bytes: strict where we rely, tolerant where we carry, and one spelling of each."""

import json
import string

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError
from protocol.recognition.entry import KINDS, MAX_ENTRY_BYTES, NotUnderstood, from_json, parse_entry, render
from protocol.recognition.problems import InadmissibleError
from protocol.recognition.sealed_entry import SEALED_BYTES, Sealed, parse_sealed, tag_of_sealed, tags_of_bundle
from protocol.recognition.shape import build
from tests.vectors import recognition_examples as examples
from tests.vectors.recognition import EXAMPLES

CLEAR = [name for name in EXAMPLES if name not in ("sealed", "decision")]
SEALED = canonical.encode(examples.a_sealed())
BASE64URL = string.ascii_letters + string.digits + "-_"
hashes = st.text(BASE64URL, min_size=43, max_size=43)


def slow(data: bytes) -> Sealed | None:
    """Return the sealed entry as the JSON reader and the schema see it."""
    try:
        return build(canonical.decode(data), Sealed)
    except MalformedError:
        return None


def outcome(data: bytes) -> object:
    """Return what strict reading gives, an error as its class."""
    try:
        return parse_entry(data, strict=True)
    except MalformedError:
        return MalformedError


@pytest.mark.parametrize("name", [*CLEAR, "sealed"])
def test_an_example_is_the_same_after_bytes_and_back(name):
    """Parse after render is the identity on values, render after parse on bytes."""
    data = canonical.encode(EXAMPLES[name][1]())
    entry = parse_entry(data, strict=True)
    assert render(entry) == data
    assert parse_entry(render(entry)) == entry
    assert (entry.kind, entry.v) in KINDS


@given(document=hashes, statement=hashes, tag=hashes)
@example(document="A" * 43, statement="A" * 42 + "B", tag="A" * 43)
def test_the_fast_reader_of_sealed_entries_is_the_slow_one(document, statement, tag):
    """The pattern takes exactly what the JSON reader and the schema take, trailing bits included."""
    value = {"document": document, "kind": "sealed", "statement": statement, "tag": tag, "v": 1}
    data = canonical.encode(value)
    assert parse_sealed(data) == slow(data)
    assert tag_of_sealed(data) == (tag if slow(data) else None)


@given(position=st.integers(0, len(SEALED) - 1), byte=st.integers(0, 255))
def test_one_changed_byte_of_a_sealed_entry_is_refused_or_changes_the_value(position, byte):
    """No second spelling of a sealed entry exists, on either path."""
    assume(SEALED[position] != byte)
    data = SEALED[:position] + bytes([byte]) + SEALED[position + 1 :]
    assert parse_sealed(data) == slow(data)
    assert outcome(data) != parse_entry(SEALED)


@given(keep=st.integers(0, len(SEALED)), more=st.binary(max_size=4))
def test_a_cut_or_lengthened_sealed_entry_is_read_alike_on_both_paths(keep, more):
    """Neither path reads beyond or short of the entry."""
    data = SEALED[:keep] + more
    assert parse_sealed(data) == slow(data)


def frame(entry: bytes) -> bytes:
    """Return an entry as a C2SP entry bundle holds it."""
    return len(entry).to_bytes(2, "big") + entry


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=5))
def test_the_tags_of_a_bundle_are_those_of_its_entries(tags):
    """One pass over a bundle of sealed entries gives what reading each alone gives."""
    value = examples.a_sealed()
    bundle = b"".join(frame(canonical.encode(value | {"tag": b64url(tag)})) for tag in tags)
    assert tags_of_bundle(bundle) == tags


@pytest.mark.parametrize(
    "bundle",
    [
        b"",
        frame(SEALED)[:-1],
        frame(SEALED) + b"x",
        b"x" + frame(SEALED),
        frame(SEALED) + frame(b"[]"),
        frame(SEALED) + SEALED + b"\0\0",
        frame(canonical.encode(examples.a_sealed() | {"tag": "A" * 42 + "B"})),
    ],
)
def test_a_bundle_with_anything_else_has_no_tags_in_one_pass(bundle):
    """What isn't sealed entries through and through is left to the careful reader."""
    assert tags_of_bundle(bundle) is None


def test_a_sealed_entry_has_always_the_same_length():
    """Nothing can be learnt from the size of what concerns a person."""
    assert len(SEALED) == SEALED_BYTES == len(render(parse_entry(SEALED)))


@pytest.mark.parametrize("name", CLEAR)
@given(data=st.data())
def test_one_changed_byte_of_an_entry_is_refused_or_changes_the_value(name, data):
    """Two different byte strings never mean the same entry."""
    whole = canonical.encode(EXAMPLES[name][1]())
    position = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[position]))
    assert outcome(whole[:position] + bytes([byte]) + whole[position + 1 :]) != parse_entry(whole)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=100).map(str.encode)))
def test_tolerant_reading_never_fails(data):
    """Whatever a partner logged comes back as something to keep."""
    assert isinstance(parse_entry(data), NotUnderstood) or render(parse_entry(data)) == data


json_values = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", [*CLEAR, "sealed"])
@given(data=st.data())
def test_any_value_in_any_member_is_understood_and_kept_or_not_understood(name, data):
    """The schema is total: no value makes it fail otherwise, and what passes renders to its bytes."""
    value = EXAMPLES[name][1]()
    member = data.draw(st.sampled_from(sorted(value)))
    value[member] = data.draw(json_values)
    try:
        whole = canonical.encode(value)
    except MalformedError:
        assume(False)
    entry = parse_entry(whole)
    assert isinstance(entry, NotUnderstood) or render(entry) == whole


@pytest.mark.parametrize(
    ("data", "kind", "version"),
    [
        (b'{"kind":"prophecy","v":3}', "prophecy", 3),
        (b'{"kind":"rule","v":1}', "rule", 1),
        (b'{"kind":7,"v":"1"}', "", 0),
        (b"[1]", "", 0),
        (b"\xff", "", 0),
    ],
)
def test_what_is_not_understood_says_what_it_claims_to_be(data, kind, version):
    """An entry of a later release is reported by its own kind and version."""
    entry = parse_entry(data)
    assert isinstance(entry, NotUnderstood)
    assert (entry.kind, entry.v) == (kind, version)
    assert entry.reason


def test_an_unknown_kind_is_told_with_the_known_ones():
    """The way out of an unknown kind is to see which are known."""
    with pytest.raises(InadmissibleError) as raised:
        parse_entry(b'{"kind":"prophecy","v":1}', strict=True)
    assert str(raised.value) == (
        "kind: 'prophecy' in version 1 is not known; known are institution 1, achievement 1, mandate 1, rule 1, "
        "withdrawal 1, roster 1, key 1, succession 1, sealed 1"
    )


def achievement_of(size: int) -> bytes:
    """Return an achievement's canonical bytes, padded by its prerequisites to a size."""
    value = examples.an_achievement()
    value["prerequisites"] = {"en": "x"}
    missing = size - len(canonical.encode(value))
    value["prerequisites"] = {"en": "x" * (1 + missing)}
    return canonical.encode(value)


def test_the_largest_entry_is_admitted_and_one_byte_more_is_not():
    """A C2SP entry bundle gives a length two bytes."""
    largest = achievement_of(MAX_ENTRY_BYTES)
    assert render(parse_entry(largest, strict=True)) == largest
    with pytest.raises(MalformedError, match="65536 bytes; an entry has at most 65535"):
        parse_entry(achievement_of(MAX_ENTRY_BYTES + 1), strict=True)
    with pytest.raises(MalformedError, match="shorten its texts"):
        render(from_json(json.loads(achievement_of(MAX_ENTRY_BYTES + 1))))


def test_entries_cannot_be_changed():
    """A typed value is what was read, for as long as it lives."""
    entry = parse_entry(SEALED, strict=True)
    with pytest.raises(AttributeError):
        entry.tag = "other"


@pytest.mark.parametrize("kind", KINDS.values())
def test_the_schema_is_published_as_json_schema(kind):
    """Msgspec derives a JSON Schema from each kind, for the OpenAPI document."""
    assert msgspec.json.schema(kind)["$defs"][kind.__name__]["additionalProperties"] is False
