"""All that gossip is made of, put together once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from node.gossip.alarm.alarms import Alarms
from node.gossip.alarm.webhook import Pulse, Webhook
from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.convictions import Convictions
from node.gossip.exchange.exchanges import Exchanges
from node.gossip.exchange.look import Looker
from node.gossip.exchange.rounds import Rounds
from node.gossip.exchange.seen import LastSeen
from node.gossip.exchange.unshown import Unshown
from node.gossip.hold import OwnHolds
from node.gossip.own_keys import OwnKeys

SILENT_ROUNDS: Final = 3
"""Intervals without a round after which the node no longer says that it watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gossip:
    """What handlers and the runtime use."""

    alarms: Alarms
    webhook: Webhook
    pulse: Pulse
    convictions: Convictions
    comparisons: Comparisons
    exchanges: Exchanges
    unshown: Unshown
    rounds: Rounds
    holds: OwnHolds
    own_keys: OwnKeys
    look_each_round: Callable[[], None]
    """Looks at what else is to be told, such as logs that wait for their partners."""
    seen: LastSeen
    looker: Looker
    interval_seconds: float

    def reasons(self) -> list[str]:
        """Return what stands against calling this node fresh: its alarms, and that nobody hears of them."""
        return [*self.alarms.reasons(), *self.webhook.reasons()]

    async def close_round(self) -> None:
        """Begin the next round: judge the one that is over, and look again at all that is open."""
        self.rounds.close()
        self.comparisons.look_again()
        self.holds.look()
        self.look_each_round()
        await self.own_keys.load()
        await self.convictions.load()
        await self.unshown.look()

    async def beat(self) -> None:
        """Say that this node lives and watches, if it does."""
        await self.pulse.beat(self.alarms, watching=self.comparisons.watched, not_watching=self._not_watching)

    def _not_watching(self) -> str:
        silent = self.rounds.seconds_since_close()
        if silent is not None and silent > SILENT_ROUNDS * self.interval_seconds:
            return f"no round of gossip has begun for {silent:.0f} seconds"
        return ""
