"""Open the node's database: the server that the configuration names, or one of the node's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from node.config import Config
from node.errors import FatalError
from node.storage.database import FAILURES, Database
from node.storage.embedded import EmbeddedPostgres
from node.storage.embedded.attach import running_dsn
from node.storage.migrate import migrate

AGAIN = "see what it says in its own log, and start again: what was committed stands"


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """A database, and its server where that is ours."""

    database: Database
    server: EmbeddedPostgres | None


@asynccontextmanager
async def open_database(config: Config, *, join: bool = False) -> AsyncIterator[OpenDatabase]:
    """Open the database, brought to this program's schema.

    Args:
        config: Says which.
        join: Use the embedded server of a node that is running, instead of refusing because it runs.

    Raises:
        FatalError: It can't be reached, can't be started, or isn't fit to hold a log; or it failed inside the block,
            where nobody did anything about that: what was committed stands.
    """
    server = None
    dsn = config.database.dsn
    if dsn is None and join:
        dsn = running_dsn(config.node.data, config.database.user)
    if dsn is None:
        server = EmbeddedPostgres(config.node.data, config.database.user)
        await server.start()
        dsn = server.dsn
    try:
        database = Database({"dsn": dsn})
        await database.open(config.database.pool_size)
        try:
            async with database.pool.acquire() as connection:
                await migrate(connection)
            yield OpenDatabase(database, server)
        finally:
            await database.close()
    except FAILURES as error:
        raise FatalError(f"the database failed: {error or type(error).__name__}", mend=AGAIN) from error
    finally:
        if server is not None:
            await server.stop()
