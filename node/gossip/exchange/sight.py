"""What one partner has told in its exchanges: the ground on which rounds are judged."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from node.gossip.partners.nodes import PartnerNode
from protocol.log.checkpoint import Checkpoint

LONGEST_FAILURE = 300


@dataclass(slots=True)
class Sight:
    """One partner node as this node sees it; times are the monotonic clock's but for `reached_at`."""

    node: PartnerNode
    good_at: float | None = None
    """When the latest exchange ended that went well."""
    reached_at: int | None = None
    """The same as POSIX seconds."""
    failure: str = ""
    """What the latest exchange failed on; "" after a good one."""
    failures: int = 0
    """How many failed one after the other."""
    speaks_no_gossip: bool = False
    """Whether it answered that it has no such address: its log is another program's."""
    told: dict[str, int] = field(default_factory=dict)
    """By origin, the size of the newest note that it told in its latest good exchange."""

    def went_well(self, told: Iterable[Checkpoint], *, now: int, monotonic: float) -> None:
        """Keep what a good exchange told; what was told before and not taken back stands."""
        self.good_at, self.reached_at, self.failure, self.failures = monotonic, now, "", 0
        self.speaks_no_gossip = False
        for checkpoint in told:
            self.told[checkpoint.origin] = max(checkpoint.size, self.told.get(checkpoint.origin, 0))

    def failed(self, failure: str, *, no_gossip: bool = False) -> None:
        """Keep what an exchange failed on, and whether the partner said that it has no such address."""
        self.failure = failure[:LONGEST_FAILURE]
        self.failures += 1
        self.speaks_no_gossip = no_gossip
