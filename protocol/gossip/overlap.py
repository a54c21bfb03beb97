"""Whether two quorums of a policy always have an operator in common.

If they have, whoever runs the cosigners knew in one quorum what it had cosigned in the other: a log can't show one tree
to one half and another to the other half, and what a quorum has not seen no other quorum saw before. Where they need
not have, as with a quorum below a majority, whoever relies on it is told.

Keys of one operator are those of one name but for its last part, ``/mirror``, ``/witness`` or ``/index``: as a node
names its cosigners. Where one operator's keys stand in several groups, they are taken for those of several.
"""

from collections.abc import Collection, Mapping
from itertools import groupby
from typing import Final

from protocol.gossip.policy import Policy
from protocol.gossip.policy_text import NO_QUORUM

_CLAIMS: Final = ("mirror", "witness", "index")

_Sides = Collection[tuple[int, int]]
"""How many members can be had on the one side and on the other at once: each pair that can be reached."""


def overlapping(policy: Policy, *, without: Collection[str] = ()) -> bool:
    """Return whether no two quorums can be had of the policy's operators without one that is in both.

    Args:
        policy: Asks for a quorum, or for none, which overlaps with nothing.
        without: Names of witnesses that don't cosign the log in question, such as its own operator's.
    """
    if policy.quorum == NO_QUORUM:
        return False
    operators = {one.name: _operator(one.key.name) for one in policy.witnesses}
    reached: dict[str, _Sides] = {name: [(0, 0)] if name in without else [(1, 0), (0, 1)] for name in operators}
    # Each name is a member at most once and stands below its own line: so one pass settles all, and what can be had of
    # one member doesn't depend on another, but for keys of one operator.
    for group in policy.groups:
        counts = {(0, 0)}
        for sides in _sides_of(group.members, operators, reached):
            counts = {(one + left, other + right) for one, other in counts for left, right in sides}
        reached[group.name] = {(int(one >= group.threshold), int(other >= group.threshold)) for one, other in counts}
    return (1, 1) not in reached[policy.quorum]


def _operator(key_name: str) -> str:
    name, _, claim = key_name.rpartition("/")
    return name if name and claim in _CLAIMS else key_name


def _sides_of(members: Collection[str], operators: Mapping[str, str], reached: Mapping[str, _Sides]) -> list[_Sides]:
    """Return what can be had of each member, or of all keys of an operator, which stand on one side together."""
    keys = sorted((member for member in members if member in operators), key=operators.__getitem__)
    together: list[_Sides] = []
    for _, same in groupby(keys, key=operators.__getitem__):
        most = sum(reached[key] != [(0, 0)] for key in same)
        together.append([(most, 0), (0, most)])
    return [*together, *(reached[member] for member in members if member not in operators)]
