"""What the moments around an entry say of a moment."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocol.recognition.logged import Logged

MOMENTS = st.one_of(st.none(), st.integers(0, 12))


@pytest.mark.parametrize(
    ("after", "by", "expected"),
    [
        (10, 20, {9: "not yet", 10: "not yet", 11: "undetermined", 19: "undetermined", 20: "already", 21: "already"}),
        (10, 10, {9: "not yet", 10: "already", 11: "already"}),
        (20, 10, {9: "not yet", 10: "undetermined", 20: "undetermined", 21: "already"}),
        (None, 20, {0: "undetermined", 19: "undetermined", 20: "already"}),
        (10, None, {9: "not yet", 10: "not yet", 11: "undetermined"}),
        (None, None, {0: "undetermined"}),
    ],
    ids=["apart", "within a second", "clocks differ", "nothing before", "nothing after", "nothing"],
)
def test_a_moment_is_before_within_or_after(after, by, expected):
    """Both ends count; what contradicts itself is undetermined, and only there."""
    assert {moment: Logged(after, by).at(moment) for moment in expected} == expected


@given(MOMENTS, MOMENTS, st.integers(0, 12))
def test_a_wider_interval_never_says_more(after, by, moment):
    """A time that is lost can't turn an answer, only leave it open; within one second both answers are true."""
    assume(after is None or by is None or after < by)
    for wider in (Logged(None, by), Logged(after, None)):
        assert wider.at(moment) in ("undetermined", Logged(after, by).at(moment))


@given(MOMENTS, MOMENTS, st.integers(0, 12))
def test_what_was_there_stays_there(after, by, moment):
    """The log only grows."""
    logged = Logged(after, by)
    if logged.at(moment) == "already":
        assert logged.at(moment + 1) == "already"
    if logged.at(moment + 1) == "not yet":
        assert logged.at(moment) == "not yet"
