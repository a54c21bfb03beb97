"""Hold own logs that must not sign: convicted ones for good, those behind their partners until they have caught up.

At a start `node.gossip.release.start` sees to that; this is for a node that runs. It lets go only what it has held
itself.
"""

from collections.abc import Mapping

from node.gossip.alarm.alarms import Alarms
from node.gossip.watch import Watch
from node.log.follow import Target
from node.log.sequence import Sequencer


class OwnHolds:
    """Holds the sequencers of own logs."""

    def __init__(self, logs: Mapping[str, Sequencer], watch: Watch) -> None:
        """Hold what is convicted already, and listen for what comes."""
        self._logs = logs
        self._watch = watch
        self._alarms: Alarms = watch.alarms
        self._behind: dict[str, str] = {}
        """Why we have held a log that is behind, by origin."""
        watch.convictions.on_convicted.append(self.convicted)
        for origin in watch.convictions.origins():
            self.convicted(origin)

    def convicted(self, origin: str) -> None:
        """Hold a log of ours that has shown two histories: our key signed both, whoever used it."""
        if origin in self._logs:
            self._logs[origin].hold(self._watch.must_not_sign(origin))

    def behind(self, origin: str, note: Target | None) -> None:
        """Hold a log of which our key has signed more than is here; with None, it has caught up."""
        log = self._logs[origin]
        if note is not None:
            size, here = note.checkpoint.size, log.reader.state.head.size
            why = f"its own key has signed {size} entries, and {here} are here; run `nostra recover`"
            self._alarms.tell("behind", origin, why)
            if not log.held:
                self._behind[origin] = why
                log.hold(why)
            return
        held_by_us = self._behind.pop(origin, None)
        if held_by_us is not None and log.held == held_by_us:
            log.hold(self._watch.must_not_sign(origin))
        self.look()

    def look(self) -> None:
        """Take back the alarm of logs that sign again."""
        for origin, log in self._logs.items():
            if not log.held:
                self._alarms.clear("behind", origin)
