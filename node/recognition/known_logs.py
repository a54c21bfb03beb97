"""The logs that this node can read: its own, and the mirrors of its partners'.

A log is a log; ours is one we hold the key for. Who runs the node says which there are; here is only what recognition
needs of each.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from node.config import LogSettings
from node.errors import PushBackError
from node.log.answers import UNRELEASED
from node.log.ended import Ended
from node.log.prove import LogReader
from node.log.sequence import Sequencer
from node.log.state import LogState, load_position, published_of
from node.storage.database import Database
from node.storage.heads import find_head

PATIENCE: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
"""Seconds between looks for a checkpoint that another process of this node is about to release."""


class OwnLog(Protocol):
    """A log that this node holds the key for."""

    @property
    def settings(self) -> LogSettings:
        """What the configuration says of it."""
        ...

    @property
    def sequencer(self) -> Sequencer:
        """Its one writer in this process."""
        ...

    @property
    def origin(self) -> str:
        """The log's name for good."""
        ...

    @property
    def reader(self) -> LogReader:
        """What reads it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLog:
    """A log that questions can be answered from."""

    origin: str
    reader: LogReader | None
    """Reads it; None of a partner's log of which nothing was ever read."""
    settings: LogSettings | None = None
    """What the configuration says of an own log; None of a partner's."""
    name: str = ""
    """What the configuration calls a partner."""
    seen_at: int | None = None
    """POSIX seconds at which a partner's node last showed its checkpoint."""
    failure: str = ""
    """Why the latest attempt to reach the partner's node failed; empty after a good one."""
    convicted: str = ""
    """Id of the evidence that it has shown two histories: nothing in it is relied on. Empty where there is none."""
    split_quorums: bool = False
    """Whether two quorums of its cosigners need not share one, so that they may have seen two histories."""

    @property
    def own(self) -> bool:
        """Whether this node holds the log's key."""
        return self.settings is not None

    @property
    def readable(self) -> bool:
        """Whether a checkpoint of it was ever read wholly."""
        return self.reader is not None and self.reader.state.published is not None

    @property
    def reliable(self) -> bool:
        """Whether answers may rest on it."""
        return self.readable and not self.convicted

    @property
    def two_histories(self) -> str:
        """What to tell of a log that is convicted; empty of any other."""
        return f"this log has shown two histories (evidence {self.convicted})" if self.convicted else ""

    @property
    def log_id(self) -> int:
        """Its number in the database; 0 where nothing of it is there."""
        return 0 if self.reader is None else self.reader.state.head.log_id

    @property
    def size(self) -> int:
        """Size up to which the log is relied on: of its checkpoint, or where it ended; 0 where none was ever seen."""
        published = None if self.reader is None else self.reader.state.published
        if published is None:
            return 0
        return published.size if self.ended is None else min(published.size, self.ended.size)

    @property
    def ended(self) -> Ended | None:
        """The end that the log has said itself; None while it goes on."""
        return None if self.reader is None else self.reader.state.position.ended

    def shown_time(self, leaf: int) -> int | None:
        """Return the quorum time of the checkpoint that is relied on, if it holds the leaf and has one."""
        published = None if self.reader is None else self.reader.state.published
        return published.time if published is not None and published.size > leaf else None


KnownLogs = Callable[[], Sequence[KnownLog]]
"""Gives the logs as they stand now, own ones first."""


def known(log: OwnLog) -> KnownLog:
    """Return an own log as one of those that questions are answered from."""
    return KnownLog(origin=log.origin, reader=log.reader, settings=log.settings)


async def reader_showing(log: OwnLog, leaf: int, database: Database) -> LogReader:
    """Return a reader whose published tree holds the leaf; another process may have written it a moment ago.

    Raises:
        PushBackError: Its checkpoint isn't released yet.
    """
    reader = log.reader
    for pause in PATIENCE:
        if reader.state.published is not None and reader.published.size > leaf:
            return reader
        async with database.pool.acquire() as connection:
            head = await find_head(connection, log.origin)
            if head is not None and head.released_note is not None and (head.released_size or 0) > leaf:
                state = LogState(await load_position(connection, head))
                state.published = published_of(head.released_size or 0, head.released_note)
                return LogReader(database.pool, state)
        await asyncio.sleep(pause)
    raise PushBackError(UNRELEASED)
