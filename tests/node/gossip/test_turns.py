"""Whose turn it is: those who made the last quorum and one other; everybody where that fails, and now and then."""

import pytest

from node.gossip.release.turns import SPREAD_SECONDS, USUAL_SECONDS, Turns

NAMES = tuple("abcdefg")
QUORUM = 3


def ask(turns: Turns, now: float) -> set[str]:
    """Ask all whose turn it is now, and return them."""
    asked = {name for name in NAMES if not turns.pause(name, now)}
    for name in asked:
        turns.asked(name, now)
    return asked


@pytest.fixture
def turns() -> Turns:
    """Give turns behind a first round, in which everybody was asked at second 0 and c, a, e came first."""
    turns = Turns(NAMES, lambda names: len(set(names)) >= QUORUM)
    turns.begin(0.0)
    assert ask(turns, 0.0) == set(NAMES)
    turns.made(("c", "a", "e", "b"), 0.1)
    return turns


def test_the_quorum_of_the_round_before_and_one_other_are_asked(turns):
    """Who came behind the quorum isn't asked at once the next time, but for one."""
    turns.begin(1.0)
    asked = ask(turns, 1.0)
    assert asked > {"c", "a", "e"}
    assert len(asked) == QUORUM + 1


def test_the_one_other_is_another_each_round(turns):
    """So whoever answers sooner by now gets to show it."""
    others = set()
    for number in range(1, len(NAMES) - QUORUM + 1):
        turns.begin(number / 10)
        others |= ask(turns, number / 10) - {"c", "a", "e"}
        turns.made(("c", "a", "e"), number / 10 + 0.01)
    assert others == set(NAMES) - {"c", "a", "e"}


def test_who_is_sooner_takes_the_place_of_one(turns):
    """The quorum of a round is those who came first in it."""
    turns.begin(1.0)
    (other,) = ask(turns, 1.0) - {"c", "a", "e"}
    turns.made((other, "a", "c"), 1.1)
    turns.begin(1.2, {other, "a", "c"})
    assert ask(turns, 1.2) == {other, "a", "c"}


@pytest.mark.parametrize(("after", "everybody"), [(USUAL_SECONDS - 0.01, False), (USUAL_SECONDS, True)])
def test_a_quorum_that_takes_longer_than_usual_has_everybody_asked(turns, after, everybody):
    """One that answers slowly costs a moment."""
    turns.begin(1.0)
    ask(turns, 1.0)
    assert (ask(turns, 1.0 + after) == set(NAMES)) == everybody


def test_one_that_fails_has_everybody_asked_at_once(turns):
    """A quorum that can't be made of those who were asked isn't waited for."""
    turns.begin(1.0)
    ask(turns, 1.0)
    assert turns.failed("a")
    assert ask(turns, 1.0) == set(NAMES)
    assert not turns.failed("c")


def test_one_that_fails_behind_the_quorum_changes_nothing(turns):
    """What a latecomer fails on is its own affair."""
    turns.begin(1.0)
    turns.made(("c", "a", "e"), 1.1)
    assert not turns.failed("a")
    assert ask(turns, 1.2) == {"c", "a", "e"}


def test_a_round_behind_one_without_a_quorum_asks_everybody(turns):
    """What gave way to a newer checkpoint has shown that those first asked aren't enough."""
    turns.begin(1.0)
    turns.begin(2.0)
    assert ask(turns, 2.0) == set(NAMES)


def test_each_is_asked_now_and_then(turns):
    """Whoever wasn't asked for some seconds is, whoever else has been: copies aren't left behind."""
    turns.begin(1.0)
    turns.made(("c", "a", "e"), 1.1)
    assert turns.pause("b", SPREAD_SECONDS - 1) == pytest.approx(1.0)
    assert ask(turns, SPREAD_SECONDS) >= set("bdfg")


def test_who_holds_the_entries_goes_before_who_was_first(turns):
    """What is told from outside counts, as far as it is a quorum."""
    turns.begin(1.0, {"b", "d", "f"})
    assert ask(turns, 1.0) == {"b", "d", "f"}
    turns.made(("b", "d", "f"), 1.1)
    turns.begin(1.2, {"g"})
    assert ask(turns, 1.2) >= {"b", "d", "f"}


def test_whoever_is_no_partner_waits_for_nothing(turns):
    """Witnesses of the policy file are asked about whatever is released."""
    turns.begin(1.0)
    assert turns.pause("witness of another program", 1.0) == 0
