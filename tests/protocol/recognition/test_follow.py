"""Following chains by what an index shows of their tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.wire import parse_b64url32
from protocol.recognition import follow as following
from protocol.recognition.follow import AwardEntry, follow_decisions, follow_standing
from protocol.recognition.sealed import (
    STATUSES,
    DecisionStatement,
    StatusStatement,
    chain_tag,
    decisions_key,
    seal_award,
    seal_link,
    status_key,
    status_key_id,
)
from protocol.recognition.sealed_entry import parse_sealed
from protocol.recognition.standing import Link, award_standing
from tests.support.examples import DECIDER, FILE_HASH, ORIGIN, RECOGNITION, STANDING, sealed_entry, seed

KEY = status_key(STANDING, ORIGIN)
VALUES = seal_award(STANDING, ORIGIN, FILE_HASH)
AWARD = AwardEntry(origin=ORIGIN, leaf=10, tag=VALUES.tag, status_key_id=status_key_id(KEY))
DECISIONS = decisions_key(RECOGNITION, DECIDER)


def entry(values):
    """Return the sealed entry of these values, read."""
    return parse_sealed(sealed_entry(values))


def status(number, said, *, key=KEY, award=VALUES.tag):
    """Return the entry of a status."""
    return entry(seal_link(key, ORIGIN, StatusStatement(number, said, award)))


def decision(number, act="decided", outcome="full", purpose="credit", replaces=0):
    """Return the entry of a decision."""
    return entry(seal_link(DECISIONS, DECIDER, DecisionStatement(number, act, outcome, purpose, replaces)))


def shows(*placed, absent=(), award=(10,)):
    """Return what an index shows: these (leaf, entry), the award at its leaves, and tags that are absent."""
    listed = {tag: [] for tag in absent}
    for leaf, one in [*placed, *((leaf, entry(VALUES)) for leaf in award)]:
        listed.setdefault(parse_b64url32(one.tag), []).append((leaf, one))
    return lambda tag: listed.get(tag)


def tags(*numbers, key=KEY, origin=ORIGIN):
    """Return the tags of these links."""
    return [chain_tag(key, origin, number) for number in numbers]


@pytest.mark.parametrize(
    ("under", "expected"),
    [
        pytest.param(shows(absent=tags(1)), "good", id="none"),
        pytest.param(shows((11, status(1, "suspended")), absent=tags(2)), "suspended", id="one"),
        pytest.param(
            shows((11, status(1, "suspended")), (12, status(2, "reinstated")), absent=tags(3)), "good", id="two"
        ),
        pytest.param(shows(), "unknown", id="nothing shown of the first"),
        pytest.param(shows((11, status(1, "reinstated"))), "unknown", id="the end isn't shown"),
        pytest.param(shows((11, status(1, "suspended")), absent=tags(3)), "unknown", id="the second isn't shown"),
        pytest.param(shows((12, status(2, "reinstated")), absent=tags(1, 3)), "unknown", id="a gap"),
        pytest.param(
            shows((11, status(1, "reinstated")), (12, status(1, "reinstated")), absent=tags(2)), "unknown", id="twice"
        ),
        pytest.param(shows((9, status(1, "reinstated")), absent=tags(2)), "unknown", id="before the award"),
        pytest.param(
            shows((12, status(1, "suspended")), (11, status(2, "reinstated")), absent=tags(3)), "unknown", id="swapped"
        ),
        pytest.param(
            shows((11, status(1, "reinstated", award=seed("another award"))), absent=tags(2)),
            "unknown",
            id="unreadable",
        ),
        pytest.param(shows((11, status(1, "closed")), absent=tags(2)), "unknown", id="closed"),
        pytest.param(shows(absent=tags(1), award=()), "unknown", id="the award's tag isn't shown"),
        pytest.param(shows(absent=tags(1), award=(9, 10)), "unknown", id="the award's tag stands lower too"),
        pytest.param(shows(absent=tags(1), award=(11,)), "unknown", id="the award isn't listed"),
    ],
)
def test_standing_is_followed(under, expected):
    """Good standing needs every link read, in order, and the next one absent."""
    assert follow_standing(AWARD, KEY, under).standing == expected


@pytest.mark.parametrize("key", [status_key(seed("another award's"), ORIGIN), seed("invented")])
def test_another_status_key_shows_nothing(key):
    """A foreign or invented key, under which nothing was ever entered, is not the one that the award names."""
    under = shows(absent=tags(1, key=key))
    assert follow_standing(AWARD, key, under).standing == "unknown"


def test_a_chain_without_end_is_unknown(monkeypatch):
    """So many links are nobody's history: however they end, nothing is said."""
    monkeypatch.setattr(following, "MAX_LINKS", 2)
    under = shows((11, status(1, "suspended")), (12, status(2, "reinstated")), absent=tags(3))
    assert follow_standing(AWARD, KEY, under).standing == "unknown"


def decisions(*placed, absent):
    """Return the decisions that stand by what an index shows, and why they are unknown."""
    found = follow_decisions(
        DECISIONS, DECIDER, shows(*placed, absent=tags(*absent, key=DECISIONS, origin=DECIDER), award=())
    )
    return [link.number for link in found.decisions], bool(found.unknown)


@pytest.mark.parametrize(
    ("placed", "absent", "expected"),
    [
        pytest.param([], [1], ([], False), id="none"),
        pytest.param([(3, decision(1))], [2], ([1], False), id="one"),
        pytest.param([(3, decision(1)), (5, decision(2, purpose="access"))], [3], ([1, 2], False), id="two stand"),
        pytest.param(
            [(3, decision(1)), (5, decision(2, "withdrawn", "", "", 1))], [3], ([], False), id="one withdrawn"
        ),
        pytest.param([(3, decision(1))], [], ([], True), id="a withdrawal may be hidden"),
        pytest.param([(3, decision(1)), (2, decision(2))], [3], ([1], True), id="out of order"),
        pytest.param([], [], ([], True), id="nothing shown"),
    ],
)
def test_decisions_are_followed(placed, absent, expected):
    """Every decision under the key is listed, or it is said that the list can't be relied on."""
    assert decisions(*placed, absent=absent) == expected


ENTERED = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([*STATUSES, None]), st.integers(5, 40)),
    max_size=6,
    unique_by=lambda x: x[2],
)


@given(ENTERED)
def test_whoever_is_shown_everything_says_what_the_log_says(entered):
    """Whatever was entered, in whatever order: following by proof and reading the whole log come to the same."""
    placed = [
        (leaf, status(number, said or "revoked", award=VALUES.tag if said else seed("another award")))
        for number, said, leaf in entered
        if leaf != AWARD.leaf
    ]
    links = [Link(number, leaf, said) for number, said, leaf in entered if leaf != AWARD.leaf]
    listed = shows(*sorted(placed, key=lambda one: one[0]), absent=tags(*range(1, 6)))
    followed, whole = follow_standing(AWARD, KEY, listed), award_standing(links, AWARD.leaf)
    assert (followed.standing, followed.links) == (whole.standing, whole.links)
