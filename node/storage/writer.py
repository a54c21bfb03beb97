"""The connection on which one log is written, and what is known of each commit.

Only a server's plain error of a class that is raised before the commit record is written means 'refused, nothing
written'. Everything else, a warning included, is unknown: PostgreSQL warns when it stops waiting for a synchronous
standby, and then the commit is readable here though no standby has it. After an unknown outcome, and after every
connect, a barrier is committed with replication before anything is relied on (`node.storage.heads.pass_barrier`).

No time limit and no cancellation is ever put around a commit.
"""

import asyncio
from enum import Enum, auto

import asyncpg

from node.errors import FatalError
from node.storage.database import Connection, Database, Identity, check_server, identity
from node.storage.growth import Growth, commit_growth
from node.storage.heads import Head, pass_barrier, read_head, store_release
from node.telemetry import BARRIERS, UNKNOWN_COMMITS, warn

KNOWN_REFUSALS = ("22", "23", "40", "42", "53")
"""SQLSTATE classes of errors after which nothing was written: data, constraint, rollback, syntax, resources."""

COMPLETION_UNKNOWN = "40003"
"""The one of these classes that says the opposite."""

DATABASE_FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a statement may raise: to whoever only reads, all the same."""

RECONNECT_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between attempts to reach the database again; the last one repeats."""


class Outcome(Enum):
    """What is known of a commit."""

    DONE = auto()
    MOVED = auto()
    """The head was no longer where the growth starts; nothing was written."""
    REFUSED = auto()
    """The server refused; nothing was written."""
    UNKNOWN = auto()


class Writer:
    """Writes one log."""

    def __init__(self, database: Database, head: Head) -> None:
        """Prepare to write the log; `connect` connects."""
        self._database = database
        self._log_id = head.log_id
        self._origin = head.origin
        self._warnings: list[str] = []
        self._connection: Connection | None = None
        self.identity: Identity
        """Which server it is, as of the latest connect."""
        self.failure = ""
        """Why the latest attempt to connect failed; "" after a good one."""
        self.refusal = ""
        """What the server said to the latest commit that it refused."""

    @property
    def connection(self) -> Connection:
        """The open connection."""
        if self._connection is None:
            raise FatalError(f"the log {self._origin} isn't connected to its database")
        return self._connection

    async def connect(self) -> Head:
        """Connect anew, however long it takes, and return the head behind a barrier.

        Raises:
            FatalError: The server that answers doesn't keep what it acknowledges.
        """
        attempt = 0
        while True:
            try:
                await self.close()
                self._connection = await self._database.connect(self._warnings.append)
                await check_server(self._connection)
                self.identity = await identity(self._connection)
                head = await self._pass_barrier()
                self.failure = ""
                return head
            except DATABASE_FAILURES as error:
                self.failure = str(error) or type(error).__name__
                warn("database_unreachable", log=self._origin, failure=str(error))
                await asyncio.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])
                attempt += 1

    async def barrier(self) -> Head:
        """Return the head behind a barrier, on this connection if it still serves, else on a new one."""
        try:
            return await self._pass_barrier()
        except DATABASE_FAILURES:
            return await self.connect()

    async def _pass_barrier(self) -> Head:
        self._warnings.clear()
        head = await pass_barrier(self.connection, self._log_id)
        if self._warnings:
            raise ConnectionError(self._warnings[-1])
        BARRIERS.labels(self._origin).inc()
        return head

    async def commit(self, growth: Growth) -> Outcome:
        """Commit a growth and say what became of it."""
        self._warnings.clear()
        try:
            moved = await commit_growth(self.connection, growth)
        except asyncpg.PostgresError as error:
            self.refusal = str(error)
            refused = nothing_written(error.sqlstate or "") and not self._warnings
            return Outcome.REFUSED if refused else self._unknown(str(error))
        except DATABASE_FAILURES as error:
            return self._unknown(str(error))
        if self._warnings:
            return self._unknown(self._warnings[-1])
        return Outcome.DONE if moved else Outcome.MOVED

    def _unknown(self, why: str) -> Outcome:
        UNKNOWN_COMMITS.labels(self._origin).inc()
        warn("commit_unknown", log=self._origin, failure=why)
        return Outcome.UNKNOWN

    async def head(self) -> Head:
        """Return the head as the server shows it: enough to commit upon, not to release."""
        return await read_head(self.connection, self._log_id)

    async def release(self, size: int, note: bytes) -> None:
        """Write down for other processes that this checkpoint may be shown; a failure costs nothing but the hint."""
        try:
            await store_release(self.connection, self._log_id, size, note)
        except DATABASE_FAILURES as error:
            warn("release_not_stored", log=self._origin, failure=str(error))

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None and not self._connection.is_closed():
            # Closing politely would wait for a server that may be gone.
            self._connection.terminate()
        self._connection = None


def nothing_written(sqlstate: str) -> bool:
    """Return whether an error of this SQLSTATE says that nothing was written."""
    return sqlstate[:2] in KNOWN_REFUSALS and sqlstate != COMPLETION_UNKNOWN
