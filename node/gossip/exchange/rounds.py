"""Rounds: how each partner stood in the last closed ones, and how many more may fail before the quorum is lost.

A round lasts one interval of gossip and is judged one interval after its end: so nobody looks missing only because it
is asked at the end of a round, or was slow once. In a round a partner

==========  ==========================================================================================================
agrees      it exchanged with us, and has of our logs what we had released when the round began
lags        it exchanged with us, and has less
disagrees   its own log has shown two histories, or has signed something that nobody shows the tree of
missing     it did not exchange with us, in all of the round and the grace after it
==========  ==========================================================================================================

A partner whose mirror keys aren't configured isn't asked to hold our logs, so it can't lag. One that speaks no gossip
(a log of another program) is judged by whether its log was reached.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from node.clock import Clock
from node.gossip.exchange.sight import Sight
from node.telemetry import PARTNER_STATE, QUORUM_MARGIN

State = Literal["agrees", "lags", "disagrees", "missing"]
STATES: Final[tuple[State, ...]] = ("agrees", "lags", "disagrees", "missing")

KEPT: Final = 16
"""Rounds that are shown of each partner."""

Sizes = Mapping[str, int]
"""Tree sizes by origin."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was so when a round began."""

    at: float
    """By the monotonic clock."""
    released: Sizes


@dataclass(slots=True)
class Rounds:
    """Judges closed rounds; `close` is called once an interval."""

    sights: Sequence[Sight]
    clock: Clock
    released: Callable[[], Sizes]
    """Gives the sizes that own logs have released."""
    is_doubtful: Callable[[str], bool]
    """Whether a log has shown two histories, or signed what nobody shows the tree of."""
    reached_at: Callable[[str], int | None]
    """Gives when a followed log was last reached, in POSIX seconds."""
    to_spare: Callable[[Sequence[str]], int | None]
    """Gives how many of these partners may fail before the quorum is lost; -1 if it is, None where none is needed."""
    on_margin: Callable[[int | None], None] = lambda margin: None
    """Told the margin of each round that is judged."""
    closed_at: int | None = None
    """POSIX seconds of the latest judgement."""
    margin: int | None = None
    """How many more partners may fail, as of the last closed round; -1 if the quorum is lost."""
    _opened: deque[Opened] = field(default_factory=lambda: deque(maxlen=2))
    _judged: dict[str, deque[State]] = field(default_factory=dict)

    def close(self) -> None:
        """Begin the next round, and judge the one before the one that just ended."""
        if len(self._opened) == self._opened.maxlen:
            self._judge(self._opened[0])
        self._opened.append(Opened(self.clock.monotonic(), dict(self.released())))

    def _judge(self, opened: Opened) -> None:
        self.closed_at = self.clock.now()
        agreeing: list[str] = []
        for sight in self.sights:
            state = self._state(sight, opened)
            self._judged.setdefault(sight.node.name, deque(maxlen=KEPT)).append(state)
            for one in STATES:
                PARTNER_STATE.labels(sight.node.name, one).set(one == state)
            if state == "agrees":
                agreeing += [partner.name for partner in sight.node.partners]
        self.margin = self.to_spare(agreeing)
        if self.margin is not None:
            QUORUM_MARGIN.set(self.margin)
        self.on_margin(self.margin)

    def _state(self, sight: Sight, opened: Opened) -> State:
        if any(self.is_doubtful(origin) for origin in sight.node.origins):
            return "disagrees"
        if sight.speaks_no_gossip:
            return "agrees" if self._was_reached(sight, opened) else "missing"
        if sight.good_at is None or sight.good_at < opened.at:
            return "missing"
        holds = any(partner.mirror_keys for partner in sight.node.partners)
        if holds and any(sight.told.get(origin, 0) < size for origin, size in opened.released.items()):
            return "lags"
        return "agrees"

    def _was_reached(self, sight: Sight, opened: Opened) -> bool:
        since = self.clock.now() - (self.clock.monotonic() - opened.at)
        return all((self.reached_at(origin) or 0) >= int(since) for origin in sight.node.origins)

    def seconds_since_close(self) -> float | None:
        """Return how long ago the newest round began; None before the first."""
        return self.clock.monotonic() - self._opened[-1].at if self._opened else None

    def states(self, name: str) -> list[State]:
        """Return how a partner stood in the last closed rounds, the newest last."""
        return list(self._judged.get(name, ()))


def letters(states: Sequence[State]) -> str:
    """Return rounds as a row of letters: A agrees, L lags, D disagrees, M missing."""
    return "".join(state[0].upper() for state in states)
