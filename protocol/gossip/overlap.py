"""Whether two quorums of a policy always have a cosigner in common.

If they have, one of the two knew what the other had cosigned: a log can't show one tree to one half and another to the
other, and what a quorum has not seen no other quorum saw before. Where they need not have, as with a quorum below a
majority, whoever relies on it is told.
"""

from collections.abc import Collection

from protocol.gossip.policy import Policy
from protocol.gossip.policy_text import NO_QUORUM

_Sides = frozenset[tuple[bool, bool]]
"""Whether a member can stand on the one side, on the other, on both at once: each pair that can be reached."""


def overlapping(policy: Policy, *, without: Collection[str] = ()) -> bool:
    """Return whether no two disjoint sets of the policy's witnesses are each its quorum.

    Args:
        policy: Asks for a quorum, or for none, which overlaps with nothing.
        without: Names of witnesses that don't cosign the log in question, such as its own operator's.
    """
    if policy.quorum == NO_QUORUM:
        return False
    reached: dict[str, _Sides] = {
        witness.name: frozenset({(False, False)} if witness.name in without else {(True, False), (False, True)})
        for witness in policy.witnesses
    }
    # Each name is a member at most once and stands below its own line: so one pass settles all, and members are free
    # of one another.
    for group in policy.groups:
        counts = {(0, 0)}
        for member in group.members:
            counts = {(one + left, other + right) for one, other in counts for left, right in reached[member]}
        reached[group.name] = frozenset((one >= group.threshold, other >= group.threshold) for one, other in counts)
    return (True, True) not in reached[policy.quorum]
