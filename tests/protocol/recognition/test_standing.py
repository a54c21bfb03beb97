"""What stands, by examples and in any order of arrival."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.recognition.sealed import ACTS, OUTCOMES, PURPOSES, STATUSES, DecisionStatement
from protocol.recognition.standing import Link, award_standing, in_order, standing_decisions

AWARD = 10


def statuses(*said):
    """Return links 1, 2, … at ascending leaves."""
    return [Link(number, AWARD + number, word) for number, word in enumerate(said, 1)]


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        pytest.param(statuses(), "good", id="nothing entered"),
        pytest.param(statuses("suspended"), "suspended", id="suspended"),
        pytest.param(statuses("suspended", "reinstated"), "good", id="reinstated"),
        pytest.param(statuses("revoked"), "revoked", id="revoked"),
        pytest.param(statuses("superseded"), "superseded", id="superseded"),
        pytest.param(statuses("closed"), "unknown", id="closed"),
        pytest.param(statuses("closed", "reinstated"), "unknown", id="closed is for good"),
        pytest.param(statuses(None), "unknown", id="unreadable"),
        pytest.param(statuses("suspended", None), "unknown", id="unreadable after a readable one"),
        pytest.param(statuses("suspended", "reinstated")[1:], "unknown", id="a gap"),
        pytest.param([Link(1, AWARD, "reinstated")], "unknown", id="at the award's own leaf"),
        pytest.param([Link(1, AWARD - 3, "reinstated")], "unknown", id="before the award"),
        pytest.param([Link(1, 20, "suspended"), Link(2, 15, "reinstated")], "unknown", id="second before first"),
        pytest.param([Link(1, 20, "suspended"), Link(1, 21, "reinstated")], "unknown", id="a duplicate"),
        pytest.param([Link(1, 20, "reinstated"), Link(1, 21, "revoked")], "unknown", id="a duplicate of a good one"),
    ],
)
def test_standing_of_an_award(links, expected):
    """The last status holds; whatever can't be followed is unknown."""
    assert award_standing(links, AWARD).standing == expected


def test_a_tag_that_was_entered_twice_is_a_shown_fault():
    """Two entries under one tag are told: the lowest leaf is the link."""
    found = award_standing([Link(1, 20, "suspended"), Link(1, 30, "suspended")], AWARD)
    assert found.faults == ("link 1 was entered more than once: the lowest leaf counts",)


def decided(number, *, purpose="credit", outcome="full"):
    """Return decision `number` at an ascending leaf."""
    return Link(number, number * 10, DecisionStatement(number, "decided", outcome, purpose, 0))


def follows(number, act, replaces):
    """Return an act on an earlier decision."""
    words = ("partial", "credit") if act == "replaced" else ("", "")
    return Link(number, number * 10, DecisionStatement(number, act, *words, replaces))


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([decided(1)], [1], id="one"),
        pytest.param([decided(1), decided(2, purpose="access")], [1, 2], id="several may stand"),
        pytest.param([decided(1), follows(2, "replaced", 1)], [2], id="replaced"),
        pytest.param([decided(1), follows(2, "annulled", 1)], [], id="annulled"),
        pytest.param([decided(1), follows(2, "withdrawn", 1), decided(3)], [3], id="withdrawn, then decided anew"),
        pytest.param([decided(1), decided(2), follows(3, "annulled", 1)], [2], id="only what it names goes"),
        pytest.param([decided(1), follows(2, "replaced", 1), follows(3, "annulled", 2)], [], id="a replacement goes"),
        pytest.param([decided(1), follows(2, "annulled", 1), follows(3, "annulled", 1)], [], id="annulled twice"),
    ],
)
def test_decisions_that_stand(links, expected):
    """Every decision stands that no later one took back."""
    assert [link.number for link in standing_decisions(links).decisions] == expected


@pytest.mark.parametrize(
    ("links", "why"),
    [
        pytest.param([decided(2)], "link 1 is missing and a later one is there", id="gap"),
        pytest.param([decided(1), Link(2, 20, None)], "what link 2 says can't be read", id="unreadable"),
        pytest.param(
            [decided(1), Link(2, 5, DecisionStatement(2, "decided", "full", "credit", 0))],
            "link 2 stands before what it follows",
            id="out of order",
        ),
    ],
)
def test_decisions_that_cannot_be_followed_are_unknown(links, why):
    """A list that can't be relied on says why."""
    assert standing_decisions(links).unknown == why


@st.composite
def decision_links(draw):
    """Draw links with duplicates, gaps and every act."""
    links = []
    for number in draw(st.lists(st.integers(1, 6), max_size=10)):
        act = draw(st.sampled_from(ACTS if number > 1 else ("decided",)))
        replaces = 0 if act == "decided" else draw(st.integers(1, number - 1))
        said = act in ("decided", "replaced")
        words = (draw(st.sampled_from(OUTCOMES)), draw(st.sampled_from(PURPOSES))) if said else ("", "")
        statement = DecisionStatement(number, act, *words, replaces)
        links.append(Link(number, draw(st.integers(0, 99)), statement if draw(st.booleans()) else None))
    unique = {(link.number, link.leaf): link for link in links}
    return list(unique.values())


@given(decision_links(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_no_decision(links, random):
    """Shuffled links give the same decisions, the same doubts and the same faults."""
    shuffled = links[:]
    random.shuffle(shuffled)
    assert standing_decisions(shuffled) == standing_decisions(links)


@given(
    st.lists(
        st.builds(Link, st.integers(1, 5), st.integers(0, 40), st.sampled_from([*STATUSES, None])),
        unique_by=lambda link: (link.number, link.leaf),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_changes_no_standing(links, random):
    """Shuffled links give the same standing."""
    shuffled = links[:]
    random.shuffle(shuffled)
    assert award_standing(shuffled, AWARD) == award_standing(links, AWARD)


@given(
    st.lists(
        st.builds(Link, st.integers(1, 5), st.integers(0, 40), st.sampled_from([*STATUSES, None])),
        unique_by=lambda link: (link.number, link.leaf),
        max_size=8,
    )
)
def test_good_standing_needs_every_link(links):
    """Whatever is found, good standing means: all links 1 to n, ascending, readable, the last one a good word."""
    if award_standing(links, AWARD).standing != "good":
        return
    lowest = {number: min(link.leaf for link in links if link.number == number) for number in {x.number for x in links}}
    assert sorted(lowest) == list(range(1, len(lowest) + 1))
    leaves = [AWARD, *(lowest[number] for number in sorted(lowest))]
    assert leaves == sorted(set(leaves))
    said = [next(x.said for x in links if (x.number, x.leaf) == pair) for pair in sorted(lowest.items())]
    assert "closed" not in said
    assert None not in said
    assert said[-1:] in ([], ["reinstated"])


def test_links_behind_a_break_do_not_count():
    """Only what stands before the break is given."""
    chain = in_order([Link(1, 5, "suspended"), Link(3, 9, "reinstated")])
    assert [link.number for link in chain.links] == [1]
