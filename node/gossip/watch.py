"""What must be there before a node signs or cosigns anything: alarms, convictions, and an ear for what doesn't fit."""

from dataclasses import dataclass, field
from typing import Final

from node.gossip.alarm.alarms import Alarms
from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.convictions import Convictions
from node.gossip.own_keys import OwnKeys
from node.log.follow import InconsistentError

MOST_EARLY: Final = 64
"""Notes kept until there is something to compare them with; partners tell what was more again."""


@dataclass(slots=True)
class Watch:
    """Begins before the logs, mirrors and the witness, which are given its methods."""

    alarms: Alarms
    convictions: Convictions
    own: frozenset[str]
    """Origins of own logs."""
    own_keys: OwnKeys
    _comparisons: Comparisons | None = None
    _early: list[tuple[bytes, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let each conviction be an alarm."""
        self.convictions.on_convicted.append(self._alarm)
        self.convictions.on_wrong_index.append(self._alarm_index)

    def _alarm(self, origin: str) -> None:
        kind = "own-log-convicted" if origin in self.own else "split-view"
        evidence = self.convictions.evidence_of(origin)
        self.alarms.tell(kind, origin, f"it has shown two histories; the evidence is {evidence}")

    def _alarm_index(self, origin: str) -> None:
        evidence = self.convictions.wrong_index_of(origin)
        self.alarms.tell("wrong-index", origin, f"it has signed a wrong index; the evidence is {evidence}")

    def must_not_sign(self, origin: str) -> str:
        """Return why an own log must never sign again; "" where it may."""
        if not self.convictions.is_convicted(origin):
            return ""
        evidence = self.convictions.evidence_of(origin)
        return f"it has shown two histories (evidence {evidence}): this log is closed, and another origin has to follow"

    def suspect(self, origin: str, note: bytes, known: bytes) -> None:
        """Take a note that a log signed and that doesn't fit what is known of it (`Suspect` of our witness)."""
        self._hear(note, "shown to our witness")
        self._hear(known, "our witness")

    def inconsistent(self, error: InconsistentError) -> None:
        """Take both notes of a log that showed us a tree which doesn't agree with what we keep (`MirrorSet`)."""
        self._hear(error.shown.note, "the log itself")
        self._hear(error.kept.note, "our mirror")

    def not_taken(self, note: bytes) -> None:
        """Take a note whose tree its log hasn't shown us: whoever holds another of its trees can tell (`MirrorSet`)."""
        self._hear(note, "the log itself")

    def begin(self, comparisons: Comparisons) -> None:
        """Hand over what was heard so far, and let comparisons raise alarms."""
        self._comparisons = comparisons
        comparisons.on_unresolved = self._unresolved
        for note, by in self._early:
            comparisons.tell(note, by)
        self._early.clear()

    def _hear(self, note: bytes, by: str) -> None:
        if self._comparisons is not None:
            self._comparisons.tell(note, by)
        elif len(self._early) < MOST_EARLY:
            self._early.append((note, by))

    def _unresolved(self, origin: str, detail: str) -> None:
        if detail:
            self.alarms.tell("unresolved", origin, detail)
        else:
            self.alarms.clear("unresolved", origin)

    def margin(self, spare: int | None) -> None:
        """Take how many more partners may fail, as of the last closed round (`node.gossip.exchange.rounds`)."""
        if spare is not None and spare < 0:
            self.alarms.tell("quorum-short", "", "too few partners agree with this node: nothing new can be released")
        else:
            self.alarms.clear("quorum-short", "")

    def is_doubtful(self, origin: str) -> bool:
        """Whether a log has shown two histories, or signed what nobody shows the tree of."""
        return self.convictions.is_convicted(origin) or self.alarms.stands("unresolved", origin)
