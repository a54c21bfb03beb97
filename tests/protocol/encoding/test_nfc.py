"""Unicode form NFC: reached in linear time, or refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.nfc import MOST_MARKS, is_nfc, nfc
from protocol.errors import MalformedError

ACUTE, BELOW = "\u0301", "\u0316"
"""Combining marks of different classes: in this order they have to be swapped."""


@given(st.text())
def test_text_comes_out_in_nfc(text):
    """Short texts always come out, as Unicode's own algorithm has them."""
    assert nfc(text) == unicodedata.normalize("NFC", text)
    assert is_nfc(nfc(text))


def test_as_many_marks_as_unicode_allows_are_brought_in_order():
    """Thirty in a row are the limit of the Stream-Safe Text Format."""
    assert nfc("x" + (ACUTE + BELOW) * (MOST_MARKS // 2)) == "x" + BELOW * 15 + ACUTE * 15


@pytest.mark.parametrize("marks", [(ACUTE + BELOW) * 16, (ACUTE + BELOW) * 1_000_000], ids=["few", "millions"])
def test_a_longer_run_is_refused_before_it_is_sorted(marks):
    """Millions of marks in the wrong order would be sorted for hours."""
    with pytest.raises(MalformedError, match="combining marks in a row"):
        nfc("x" + marks)
    assert not is_nfc("x" + marks)


def test_a_long_run_that_is_in_order_is_nfc():
    """Nothing has to be sorted, so nothing is refused."""
    text = "x" + BELOW * 1_000_000
    assert nfc(text) == text
