"""When entries were logged, put together: whose cosignatures count, what is written down, what is forgotten."""

from collections.abc import Callable, Mapping
from functools import cache

from node.clock import Clock
from node.config import Config
from node.gossip.release.policy import ReleasePolicy
from node.gossip.release.reading import reading_policy
from node.http.parts import OwnLog, Parts
from node.recognition.known_logs import KnownLogs
from node.recognition.logs.shown_times import ShownTimes
from node.recognition.logs.times import observe
from node.runtime.schedule import Work
from node.storage.database import Database
from node.storage.quorum_times import thin_out

SEEN_SECONDS = 60
"""How often it is written down, by this node's clock, how large each log is."""

NIGHT_HOUR = 3
"""When times that are long past are thinned out, in UTC."""


def shown_times(parts: Parts, policy: ReleasePolicy | None) -> ShownTimes:
    """Return what writes down what logs show; run it beside the node.

    Raises:
        ConfigError: The policy file can't be used.
    """
    reading = reading_policy(parts.config, policy)
    if reading is None:
        return ShownTimes(parts.database, parts.known_logs, clock=parts.clock)
    return ShownTimes(parts.database, parts.known_logs, clock=parts.clock, judge=reading.judge)


def split_quorums(config: Config, logs: Mapping[str, OwnLog], policy: ReleasePolicy | None) -> Callable[[str], bool]:
    """Return what tells of a log, by its origin, whether two quorums of its cosigners need not share one."""
    reading, own = reading_policy(config, policy), {log.origin for log in logs.values()}

    @cache
    def split(origin: str) -> bool:
        if origin in own:
            return policy is not None and not policy.is_overlapping
        return reading is not None and not reading.is_overlapping(origin)

    return split


def times_works(database: Database, logs: KnownLogs, clock: Clock) -> list[Work]:
    """Return what comes round."""
    return [
        Work("see sizes", lambda: observe(database, logs, clock.now()), every_seconds=SEEN_SECONDS),
        Work("thin out times", lambda: thin_out(database, clock.now()), daily_at_hour=NIGHT_HOUR),
    ]
