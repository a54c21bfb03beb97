"""Submissions: entries that go into a log together or not at all, and what became of them."""

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from node.errors import NodeError
from node.log.admit import Admitted
from node.log.state import Published
from node.storage.growth import Companion

Until = Literal["durable", "released"]
"""What a submitter waits for: that its entries are durable, or that a checkpoint which covers them may be shown."""


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What became of a submission: its leaves, and the checkpoint that shows them."""

    first_leaf: int
    count: int
    published: Published | None
    """None where the entries are durable, and no checkpoint that covers them is released yet."""
    log_proof: str | None = None
    """The tlog-proof of a submission of one entry, where it was made at once."""
    replayed: bool = False
    """Whether an earlier submission with the same request key had logged it already."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry changes of its log itself: its submission goes in alone, and a companion stores the change."""

    next_key: str = ""
    """The verifier key that signs behind it."""
    successor: str = ""
    """The origin that follows: the entry is the log's last."""
    at_size: int | None = None
    """The tree size behind which alone the entry is what it says."""


@dataclass(slots=True, eq=False)
class Submission:
    """Entries, with what travels along."""

    admitted: Admitted
    request_key: str | None = None
    digest: bytes = b""
    """SHA-256 of what was asked for, so that a request key used for something else is noticed."""
    companions: tuple[Companion, ...] = ()
    """Writes of the same transaction; each is called with the connection and the first leaf index."""
    until: Until = "released"
    change: Change | None = None
    answer: "asyncio.Future[Sequenced]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.admitted.entries)

    def names(self) -> frozenset[Hashable]:
        """Return what may stand in a log only once: request key, tags, and (kind, id, version)."""
        return self.admitted.names if self.request_key is None else self.admitted.names | {self.request_key}

    def resolve(self, sequenced: Sequenced) -> None:
        """Answer, unless the submitter has gone."""
        if not self.answer.done():
            self.answer.set_result(sequenced)

    def refuse(self, error: NodeError) -> None:
        """Refuse, unless the submitter has gone."""
        if not self.answer.done():
            self.answer.set_exception(error)


def without_repeats(batch: Sequence[Submission]) -> tuple[list[Submission], list[Submission]]:
    """Return (those whose names are new in this batch, those that must wait until the others stand).

    What changes the log itself goes in alone.
    """
    seen: set[Hashable] = set()
    now: list[Submission] = []
    later: list[Submission] = []
    for submission in batch:
        names = submission.names()
        alone = bool(now) and (submission.change is not None or now[0].change is not None)
        (now if seen.isdisjoint(names) and not alone else later).append(submission)
        seen |= names
    return now, later
