"""The one reader of time, and the fake that stands in for it."""

import re

import pytest

from node.clock import Clock, instant, posix_seconds
from tests.support.clock import FakeClock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (4_102_444_799, "2099-12-31T23:59:59Z")],
)
def test_instants_are_posix_seconds_in_utc(seconds, text):
    """An instant text and its POSIX seconds turn into each other."""
    assert (instant(seconds), posix_seconds(text)) == (text, seconds)


@pytest.mark.parametrize(
    "text",
    [
        "2026-1-02T03:04:05Z",
        "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05+00:00",
        "2026-02-30T00:00:00Z",
        "20260102T030405Z",
        "",
    ],
)
def test_other_spellings_of_an_instant_are_refused(text):
    """Only one spelling of an instant is read."""
    with pytest.raises(ValueError, match=r"."):
        posix_seconds(text)


def test_the_machines_clock_speaks_in_whole_seconds_and_instants():
    """`now`, `now_text` and `today` say the same moment in three forms."""
    clock = Clock()
    before, text, today, after = clock.now(), clock.now_text(), clock.today(), clock.now()
    assert before <= posix_seconds(text) <= after
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", today)
    assert today in {instant(before)[:10], instant(after)[:10]}


def test_durations_survive_a_wall_clock_that_is_set_back():
    """`monotonic` goes on where `now` goes back."""
    clock = FakeClock("2026-11-24T07:00:00Z")
    clock.advance(10)
    clock.set_back(3600)
    assert (clock.now_text(), clock.monotonic()) == ("2026-11-24T06:00:10Z", 10)
