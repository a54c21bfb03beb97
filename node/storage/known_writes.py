"""Writes whose commit has to be known before anything rests on it, on a few connections that many logs share.

A write is told as done only after a known COMMIT: an error of a class that may come after the commit record, a lost
connection, or a warning (PostgreSQL warns when it stops waiting for a synchronous standby) leaves it unknown. Then the
connection is given up, and the write is reported as not taken. The server may carry it out all the same, now or later:
so each names the state that it starts from, and is one that may stand without anybody knowing.

No time limit and no cancellation is ever put around a commit: whoever calls `known` shields it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from node.errors import PushBackError
from node.storage.database import Connection, Database, check_server
from node.storage.writer import DATABASE_FAILURES, nothing_written
from node.telemetry import UNKNOWN_COMMITS, warn

AT_ONCE: Final = 2
"""Connections: one commits while another's answer is on its way."""

Told = TypeVar("Told")
Write = Callable[[Connection], Awaitable[Told]]


@dataclass(slots=True)
class _Lent:
    """A connection, and what the server warned of on it since it was lent."""

    connection: Connection
    warnings: list[str] = field(default_factory=list)


class KnownWrites:
    """Lends a few connections to writes."""

    def __init__(self, database: Database, at_once: int = AT_ONCE) -> None:
        """Prepare; a connection is opened when it is first needed."""
        self._database = database
        self._free = asyncio.Semaphore(at_once)
        self._idle: list[_Lent] = []

    async def known(self, write: Write[Told], *, origin: str) -> Told:
        """Return what a write of a log gives once its commit is known.

        Raises:
            PushBackError: It is not known to be committed.
            FatalError: The server that answers doesn't keep what it acknowledges.
        """
        async with self._free:
            lent = await self._take(origin)
            try:
                result = await write(lent.connection)
            except DATABASE_FAILURES as error:
                sure = not lent.warnings and nothing_written(getattr(error, "sqlstate", None) or "")
                raise self._end(lent, origin, str(error) or type(error).__name__, sure=sure) from None
            except BaseException:
                lent.connection.terminate()
                raise
            if lent.warnings:
                raise self._end(lent, origin, lent.warnings[-1], sure=False)
            self._idle.append(lent)
            return result

    def _end(self, lent: _Lent, origin: str, failure: str, *, sure: bool) -> PushBackError:
        """Put a connection back after a failure, if it is sure that nothing was written; return what tells it."""
        if sure:
            self._idle.append(lent)
        else:
            # Closing politely would wait for a server that may be gone.
            lent.connection.terminate()
            UNKNOWN_COMMITS.labels(origin).inc()
            warn("commit_unknown", log=origin, failure=failure)
        return _not_taken(origin, failure)

    async def _take(self, origin: str) -> _Lent:
        while self._idle:
            lent = self._idle.pop()
            if not lent.connection.is_closed():
                lent.warnings.clear()
                return lent
        try:
            return await self._open()
        except DATABASE_FAILURES as error:
            raise _not_taken(origin, str(error) or type(error).__name__) from None

    async def _open(self) -> _Lent:
        warnings: list[str] = []
        connection = await self._database.connect(warnings.append)
        try:
            await check_server(connection)
        except BaseException:
            connection.terminate()
            raise
        return _Lent(connection, warnings)

    def close(self) -> None:
        """Close the connections; whoever writes has ended by now."""
        for lent in self._idle:
            lent.connection.terminate()
        self._idle.clear()


def _not_taken(origin: str, failure: str) -> PushBackError:
    return PushBackError(f"the database has not taken what is to be kept of {origin}: {failure}", code="not-ready")
