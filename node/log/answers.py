"""Answers to submitters: when their entries are durable, or when a checkpoint that covers them is shown.

A node without partners shows a checkpoint as soon as it is durable, and both are one moment. With partners it takes
until enough of them hold the entries. Nobody is kept waiting for ever: after `wait_seconds` the answer is that the
entries are durable; the same question, under the same request key, is answered with the proof once there is one.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

from node.clock import Clock
from node.errors import PushBackError
from node.log.prove import InclusionProver, MissingTileError, render_log_proof
from node.log.state import LogState, Published
from node.log.submission import Sequenced, Submission

UNRELEASED = "the entry is durable and its checkpoint isn't released yet"


class _Standing(NamedTuple):
    """A submission whose entries are durable."""

    end: int
    first: int
    submission: Submission
    replayed: bool
    since: float


class Answers:
    """Those who wait for a log's answers."""

    def __init__(self, clock: Clock, wait_seconds: float) -> None:
        """Keep nobody waiting longer than this for a release."""
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._waiting: deque[_Standing] = deque()

    def stands(self, submission: Submission, first: int, *, replayed: bool = False) -> None:
        """Take note that a submission's entries are durable, the first of them at this leaf."""
        one = _Standing(first + len(submission), first, submission, replayed, self._clock.monotonic())
        if self._waiting and one.end < self._waiting[-1].end:
            self._waiting.insert(bisect_right(self._waiting, one.end, key=attrgetter("end")), one)
        else:
            self._waiting.append(one)

    def give(self, state: LogState) -> None:
        """Answer all whom the checkpoint covers that is shown now, and those who asked for no more than durability."""
        published = state.published
        size = -1 if published is None else published.size
        prover = InclusionProver(state, size)
        while self._waiting and self._waiting[0].end <= size:
            _resolve(self._waiting.popleft(), published, prover)
        if any(one.submission.until == "durable" for one in self._waiting):
            self._give_durable(lambda one: one.submission.until == "durable")

    def give_up(self) -> None:
        """Answer those who have waited too long for a release: their entries are durable."""
        if self._waiting:
            latest = self._clock.monotonic() - self._wait_seconds
            self._give_durable(lambda one: one.since <= latest)

    def refuse_all(self) -> None:
        """Refuse whoever waits: the log has stopped, and only its next run can release what is durable."""
        for one in self._waiting:
            one.submission.refuse(PushBackError(UNRELEASED))
        self._waiting.clear()

    def _give_durable(self, is_due: Callable[[_Standing], bool]) -> None:
        for one in filter(is_due, self._waiting):
            one.submission.resolve(Sequenced(one.first, len(one.submission), None, replayed=one.replayed))
        self._waiting = deque(one for one in self._waiting if not one.submission.answer.done())


def _resolve(one: _Standing, published: Published | None, prover: InclusionProver) -> None:
    count = len(one.submission)
    proof = _log_proof(prover, one.first, published) if count == 1 and published is not None else None
    one.submission.resolve(Sequenced(one.first, count, published, proof, replayed=one.replayed))


def _log_proof(prover: InclusionProver, leaf: int, published: Published) -> str | None:
    """Return a leaf's proof; None where a tile must be read first, as after a commit whose outcome was looked up."""
    try:
        return render_log_proof(leaf, prover.lines(leaf), published.note)
    except MissingTileError:
        return None
