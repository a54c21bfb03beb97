"""Own logs that must not sign are held while the node runs, and let go only by who held them."""

from node.gossip.alarm.alarms import Alarms
from node.gossip.evidence.convictions import Convictions
from node.gossip.hold import OwnHolds
from node.gossip.own_keys import OwnKeys
from node.gossip.watch import Watch
from node.log.follow import Target
from protocol.log.checkpoint import Checkpoint
from tests.node.gossip.test_compare import NoDatabase
from tests.node.gossip.test_evidence import ORIGIN, SIGNER, evidence
from tests.support.clock import FakeClock
from tests.support.memory_log import History

OTHER = "other.example/log"


class Log:
    """A sequencer as far as it is held."""

    def __init__(self):
        self.held = ""
        self.reader = History([b"one"]).reader()

    def hold(self, why):
        """Keep why."""
        self.held = why


def holding():
    """Return two logs of ours, what holds them, and what is watched."""
    logs = {ORIGIN: Log(), OTHER: Log()}
    convictions = Convictions(NoDatabase(), lambda origin: (SIGNER.verifier,), FakeClock())
    watch = Watch(Alarms(FakeClock()), convictions, frozenset(logs), OwnKeys(NoDatabase(), []))
    return logs, OwnHolds(logs, watch), watch


def kinds(watch):
    """Return which alarms stand."""
    return [(alarm.kind, alarm.origin) for alarm in watch.alarms.standing()]


def note(size):
    """Return a note of our log."""
    return Target(Checkpoint(ORIGIN, size, b"\1" * 32), b"")


async def test_a_convicted_log_of_ours_signs_no_more():
    """At once, and only that one; the alarm says that it is ours."""
    logs, _, watch = holding()
    await watch.convictions.take(evidence())
    assert "two histories" in logs[ORIGIN].held
    assert (logs[OTHER].held, kinds(watch)) == ("", [("own-log-convicted", ORIGIN)])


async def test_a_log_that_was_convicted_before_begins_held():
    """What was stored counts from the first moment on."""
    logs, _, watch = holding()
    await watch.convictions.take(evidence())
    later = {ORIGIN: Log()}
    OwnHolds(later, watch)
    assert later[ORIGIN].held == logs[ORIGIN].held


def test_a_log_that_is_behind_is_held_until_it_has_caught_up():
    """With the way out, and an alarm that goes with its cause."""
    logs, holds, watch = holding()
    holds.behind(ORIGIN, note(7))
    assert logs[ORIGIN].held == "its own key has signed 7 entries, and 1 are here; run `nostra recover`"
    assert kinds(watch) == [("behind", ORIGIN)]
    holds.behind(ORIGIN, None)
    assert (logs[ORIGIN].held, kinds(watch)) == ("", [])


def test_what_others_hold_is_not_let_go():
    """A log that waits for its partners after a start goes on waiting, and its alarm stands."""
    logs, holds, watch = holding()
    logs[ORIGIN].hold("it waits for partners")
    holds.behind(ORIGIN, note(7))
    holds.behind(ORIGIN, None)
    assert (logs[ORIGIN].held, kinds(watch)) == ("it waits for partners", [("behind", ORIGIN)])
    logs[ORIGIN].hold("")
    holds.look()
    assert kinds(watch) == []


async def test_a_convicted_log_that_catches_up_stays_held():
    """Nothing frees it."""
    logs, holds, watch = holding()
    holds.behind(ORIGIN, note(7))
    await watch.convictions.take(evidence())
    holds.behind(ORIGIN, None)
    assert "two histories" in logs[ORIGIN].held
