"""Quorums that always share a cosigner, and those that need not."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.gossip.overlap import overlapping
from protocol.gossip.policy import Policy
from protocol.gossip.policy_text import Group, Witness
from tests.support.examples import seed

KEYS = [Signer(f"w{at}.example", seed(f"witness {at}"), COSIGNATURE).verifier for at in range(7)]


def witnesses(count):
    """Return so many witnesses, named by numbers."""
    return tuple(Witness(str(at), KEYS[at]) for at in range(count))


def k_of(threshold, count):
    """Return a policy that asks for so many of so many."""
    return Policy((), witnesses(count), (Group("all", threshold, tuple(map(str, range(count)))),), "all")


@pytest.mark.parametrize(
    ("threshold", "count", "without", "expected"),
    [
        (1, 1, (), True),
        (1, 2, (), False),
        (2, 2, (), True),
        (2, 3, (), True),
        (2, 4, (), False),
        (2, 4, ("3",), True),
        (3, 4, (), True),
        (3, 7, (), False),
        (4, 7, (), True),
    ],
)
def test_a_majority_overlaps(threshold, count, without, expected):
    """Of those that can cosign the log at all."""
    assert overlapping(k_of(threshold, count), without=without) is expected


def test_keys_of_one_operator_stand_on_one_side():
    """A partner's mirror, by two algorithms, and its index are one voice; they can't be in two halves."""
    names = [f"{partner}.example/{claim}" for partner in "abc" for claim in ("mirror", "witness", "index")]
    keys = [Signer(name, seed(name), COSIGNATURE).verifier for name in names]
    known = tuple(Witness(name.replace("/", "-"), key) for name, key in zip(names, keys, strict=True))
    groups = [Group(one, 1, tuple(w.name for w in known if w.name.startswith(one))) for one in "abc"]
    asked = [Policy((), known, (*groups, Group("all", threshold, ("a", "b", "c"))), "all") for threshold in (1, 2)]
    assert [overlapping(policy) for policy in asked] == [False, True]
    flat = Policy((), known, (Group("all", 5, tuple(one.name for one in known)),), "all")
    assert overlapping(flat) is True
    assert overlapping(Policy((), known, (Group("all", 3, flat.groups[0].members),), "all")) is False


def test_no_quorum_overlaps_with_nothing():
    """Nobody is asked."""
    assert overlapping(Policy((), witnesses(3))) is False


def test_one_witness_alone_overlaps_with_itself():
    """The quorum may be a witness."""
    assert overlapping(Policy((), witnesses(2), (), "1")) is True


@st.composite
def policies(draw):
    """Return a policy of groups below groups over some witnesses."""
    count = draw(st.integers(1, 6))
    loose = [str(at) for at in range(count)]
    groups = []
    for number in range(draw(st.integers(1, 4))):
        members = draw(st.lists(st.sampled_from(loose), min_size=1, unique=True)) if loose else []
        if members:
            loose = [one for one in loose if one not in members] + [f"g{number}"]
            groups.append(Group(f"g{number}", draw(st.integers(1, len(members))), tuple(members)))
    return Policy((), witnesses(count), tuple(groups), groups[-1].name)


@given(policies())
def test_it_is_what_trying_all_halves_gives(policy):
    """Two disjoint quorums exist if some set of witnesses and the rest are both one."""
    names = {witness.name for witness in policy.witnesses}
    halves = [set(half) for size in range(len(names) + 1) for half in combinations(sorted(names), size)]
    splits = any(policy.is_quorum(half) and policy.is_quorum(names - half) for half in halves)
    assert overlapping(policy) is not splits
