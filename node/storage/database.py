"""Connections to PostgreSQL: how they are opened, and what must be true of the server before anything is signed.

There are two kinds. Reads go through a pool. Each sequencer writes on a connection of its own, which it opens anew
after every unknown outcome (`node.log.writer`); nothing there has a time limit, since a COMMIT whose wait is cut short
may be readable without being safe.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from asyncpg import Connection as Connection
from asyncpg import Pool as Pool

from node.errors import FatalError

DURABLE_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")
"""With one of these off, an answered commit may be lost."""

OPENING = "start PostgreSQL, or correct [database] dsn or DATABASE_URL"

UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
"""What says that the server can't be reached now; later it may be."""


FAILURES = (ConnectionError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a statement raises that failed, whyever; only of a socket that isn't there the system has words of its own."""

SERVER_MAJORS = range(15, 19)
"""Majors of PostgreSQL that the tests run on or are meant for."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which server this is, and which of its histories: a change of either is a restore or a fail-over."""

    system_identifier: int
    timeline: int


@dataclass(slots=True)
class Database:
    """One PostgreSQL database."""

    arguments: dict[str, Any]
    pool: Pool = field(init=False)

    async def open(self, pool_size: int = 8) -> None:
        """Open the pool for reads and check the server.

        Raises:
            FatalError: It can't be reached, doesn't let us in, or isn't fit to hold a log.
        """
        try:
            self.pool = await asyncpg.create_pool(
                **self.arguments, min_size=1, max_size=pool_size, reset=_no_reset, command_timeout=60
            )
        except (*UNREACHABLE, asyncpg.PostgresError) as error:
            raise FatalError(f"the database can't be opened: {error or type(error).__name__}", mend=OPENING) from None
        try:
            async with self.pool.acquire() as connection:
                await check_server(connection)
        except BaseException:
            await self.pool.close()
            raise

    async def close(self) -> None:
        """Close the pool."""
        await self.pool.close()

    async def connect(self, on_warning: Callable[[str], None]) -> Connection:
        """Open a connection for writing; `on_warning` is told of every warning the server sends on it."""
        connection = await asyncpg.connect(**self.arguments, command_timeout=None)
        connection.add_log_listener(lambda _, message: _pass_on(message, on_warning))
        return connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """Lend a pooled connection inside a transaction, for small writes that no log depends on."""
        try:
            async with self.pool.acquire() as connection, connection.transaction():
                yield connection
        except asyncpg.InterfaceError as error:
            if is_unreachable(error):
                raise ConnectionResetError("the connection to the database was lost") from error
            raise


def is_unreachable(error: BaseException | None) -> bool:
    """Whether an error says that the server can't be reached now; the end of a transaction hides that under its own."""
    if isinstance(error, asyncpg.InterfaceError):
        return is_unreachable(error.__context__)
    return isinstance(error, UNREACHABLE)


async def _no_reset(_: Connection) -> None:
    """Skip the round trip that would reset session state: we leave none behind."""


def _pass_on(message: Any, on_warning: Callable[[str], None]) -> None:
    if message.severity_en not in ("NOTICE", "INFO", "LOG", "DEBUG"):
        on_warning(str(message))


async def check_server(connection: Connection) -> None:
    """Raise FatalError unless the server keeps what it acknowledges.

    Raises:
        FatalError: A durability setting is off, or the major version is not one that we know.
    """
    major = connection.get_server_version().major
    if major not in SERVER_MAJORS:
        raise FatalError(
            f"PostgreSQL {major} is not supported",
            mend=f"use {SERVER_MAJORS.start} to {SERVER_MAJORS.stop - 1}; `nostra export` and `import` move a log",
        )
    settings = await connection.fetch(
        "SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name", DURABLE_SETTINGS
    )
    for name, value in settings:
        if value in ("off", "local"):
            raise FatalError(
                f"PostgreSQL runs with {name} = {value}: an answered commit could be lost",
                mend=f"set {name} = on in postgresql.conf and restart the server",
            )


async def identity(connection: Connection) -> Identity:
    """Return the server's system identifier and the timeline it writes."""
    row = await connection.fetchrow(
        "SELECT system_identifier, pg_walfile_name(pg_current_wal_lsn()) AS segment FROM pg_control_system()"
    )
    return Identity(row["system_identifier"], int(row["segment"][:8], 16))
