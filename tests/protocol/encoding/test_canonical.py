"""Canonical JSON against the rfc8785 package, its refusals, and what a changed byte does."""

import unicodedata
from functools import partial

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import canonical, jcs
from protocol.errors import MalformedError

LARGEST = 2**53 - 1
texts = st.text(st.characters(exclude_categories=["Cs"])).map(partial(unicodedata.normalize, "NFC"))
values = st.recursive(
    st.booleans() | st.integers(-LARGEST, LARGEST) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_our_subset_is_rfc_8785(value):
    """What we write is what another implementation of RFC 8785 writes, and reads back as the same value."""
    data = canonical.encode(value)

    assert data == rfc8785.dumps(value) == jcs.encode(value)
    assert canonical.decode(data) == jcs.decode(data) == value


@given(st.dictionaries(texts, st.integers(0, 9), min_size=2), st.randoms(use_true_random=False))
def test_the_order_of_insertion_does_not_matter(members, random):
    """Equal values have equal bytes, however they were put together."""
    names = list(members)
    random.shuffle(names)

    assert canonical.encode({name: members[name] for name in names}) == canonical.encode(members)


@given(values, st.data())
def test_a_changed_byte_is_refused_or_another_value(value, data):
    """No two byte strings read as the same value."""
    good = canonical.encode(value)
    at, byte = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(0, 255))
    changed = good[:at] + bytes([byte]) + good[at + 1 :]
    try:
        read = canonical.decode(changed)
    except MalformedError:
        return
    assert canonical.encode(read) == changed
    assert changed == good or read != value or repr(read) != repr(value)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (None, ""),
        ({"a": None}, "a"),
        ({"a": {"b": [0, 1.5]}}, "a.b[1]"),
        ([float("nan")], "[0]"),
        ({"a": 2**53}, "a"),
        (-(2**53), ""),
        ({"a": "\ud800"}, "a"),
        ({"\udfff": 1}, ""),
        ({"a": ["e\u0301"]}, "a[0]"),
        ({1: "a"}, ""),
        ({"a": {"b"}}, "a"),
        ({"a": b"bytes"}, "a"),
        ((1, None), "[1]"),
    ],
)
def test_what_has_no_canonical_form_is_refused_at_its_place(value, where):
    """The error names the path to what is wrong."""
    with pytest.raises(MalformedError) as refused:
        canonical.encode(value)
    assert refused.value.where.startswith(where)


def test_a_tuple_is_an_array():
    """Values put together by a program may hold tuples."""
    assert canonical.encode({"b": (1, "x"), "a": True}) == b'{"a":true,"b":[1,"x"]}'


def test_nesting_ends_at_32():
    """Deeper values are refused on writing and reading, however deep they are."""
    value: list = []
    for _ in range(40):
        value = [value]
    with pytest.raises(MalformedError):
        canonical.encode(value)
    for depth in (33, 1_000, 100_000):
        with pytest.raises(MalformedError):
            canonical.decode(b"[" * depth + b"]" * depth)


def test_a_path_is_written_only_for_what_is_refused():
    """A long name above many values is copied for none of them: it would take minutes."""
    values = [1] * 500_000
    data = canonical.encode({"a" * 1_000_000: values})
    assert canonical.decode(data) == {"a" * 1_000_000: values}


def test_a_path_shows_the_beginning_of_a_long_name():
    """What is wrong is found by it, and an error stays a line."""
    with pytest.raises(MalformedError) as refused:
        canonical.encode({"b" * 1_000: [{"c": [1, None]}]})
    assert refused.value.where == "b" * 60 + "[0].c[1]"
