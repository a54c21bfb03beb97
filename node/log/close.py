"""Close a log for good: its last entry says where it ends and which origin follows.

The entry names the size that the log has with it, so it must stand exactly there. What is queued goes in before; where
another process of this database writes the log too, its entries may come between, and then it is tried again. Behind
the entry the log takes nothing: the row of the log says so from the same transaction on, to every process.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from node.errors import ConflictError
from node.log.admit import admit_entries
from node.log.sequence import Sequencer
from node.log.submission import Change, Submission
from node.storage.database import Connection
from node.storage.former_keys import close_log
from protocol.recognition.entry import render
from protocol.recognition.succession import DEFAULT_ID, Succession

ATTEMPTS: Final = 20
"""Tries while other processes write the log."""


class OwnLog(Protocol):
    """A log that this node holds the key for."""

    @property
    def origin(self) -> str:
        """The log's name for good."""
        ...

    @property
    def sequencer(self) -> Sequencer:
        """Its one writer in this process."""
        ...


@dataclass(frozen=True, slots=True)
class Closed:
    """Where a log ended, and what follows."""

    size: int
    successor: str


async def close(log: OwnLog, successor: str) -> Closed:
    """Enter the succession, behind which the log takes nothing.

    Raises:
        InadmissibleError: The successor is no origin, or this very log.
        ConflictError: The log is closed already, or grows too fast: nothing has changed.
        PushBackError: Not now.
    """
    log_id = log.sequencer.reader.state.head.log_id

    async def store(connection: Connection, _: int) -> None:
        await close_log(connection, log_id, successor)

    for attempt in range(ATTEMPTS):
        size = log.sequencer.reader.state.head.size
        entry = Succession(id=DEFAULT_ID, version=1, size=size + 1, successor=successor)
        admitted = admit_entries([render(entry)], origin=log.origin)
        change = Change(successor=successor, at_size=size)
        try:
            done = await log.sequencer.submit(Submission(admitted, companions=(store,), until="durable", change=change))
        except ConflictError as error:
            if error.code == "closed" or attempt == ATTEMPTS - 1:
                raise
        else:
            return Closed(done.first_leaf + 1, successor)
    raise AssertionError("the last attempt returns or raises")  # pragma: no cover
