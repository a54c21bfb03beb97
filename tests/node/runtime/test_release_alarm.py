"""A log that waits too long for its partners is an alarm of its own, until it is released."""

from dataclasses import dataclass, field
from types import SimpleNamespace

from node.gossip.alarm.alarms import Alarms
from node.runtime.release import SHORT_SECONDS, alarm_if_short
from tests.support.clock import FakeClock


@dataclass
class Log:
    """An own log, as far as it waits."""

    name: str
    releaser: object = field(default_factory=lambda: SimpleNamespace(waits_since=None, failures={}))

    @property
    def origin(self):
        """Return its name for good."""
        return f"{self.name}.example/log"


def test_a_log_that_waits_is_told_and_taken_back():
    """With what each partner fails on; others, and one that no partner releases, raise nothing."""
    clock = FakeClock()
    alarms = Alarms(clock)
    waits, goes_on, alone = Log("waits"), Log("goes-on"), Log("alone", None)
    waits.releaser.waits_since, waits.releaser.failures = clock.monotonic(), {"dcu": "no answer in time"}
    logs = [waits, goes_on, alone]
    clock.advance(SHORT_SECONDS)
    alarm_if_short(logs, clock, alarms)
    assert alarms.standing() == []
    clock.advance(1)
    alarm_if_short(logs, clock, alarms)
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.origin, "dcu: no answer in time" in alarm.detail) == ("quorum-short", waits.origin, True)
    waits.releaser.waits_since = None
    alarm_if_short(logs, clock, alarms)
    assert alarms.standing() == []
