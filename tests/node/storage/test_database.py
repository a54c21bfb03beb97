"""Nothing is signed upon a server that could lose what it acknowledged."""

import asyncpg
import pytest

from node.errors import FatalError
from node.storage.database import Database, check_server, identity
from node.storage.heads import create_log
from node.storage.migrate import migrate
from node.storage.writer import Writer


@pytest.fixture
async def session(dsn):
    """Give a session in an empty database."""
    session = await asyncpg.connect(dsn)
    yield session
    await session.close()


async def test_server_of_a_node_is_fit(session):
    """The embedded server, as it is started, passes the check."""
    assert await check_server(session) is None


@pytest.mark.parametrize("value", ["off", "local"])
async def test_server_that_forgets_is_refused(session, dsn, value):
    """With synchronous_commit off or local, set for the database, the pool isn't opened, and no writer connects."""
    await migrate(session)
    head = await create_log(session, "log.example/one", "key", own=True)
    name = await session.fetchval("SELECT current_database()")
    await session.execute(f"ALTER DATABASE {name} SET synchronous_commit = {value}")
    database = Database({"dsn": dsn})
    with pytest.raises(FatalError, match=f"synchronous_commit = {value}.*set synchronous_commit = on"):
        await database.open()
    writer = Writer(database, head)
    with pytest.raises(FatalError, match=f"synchronous_commit = {value}"):
        await writer.connect()
    await writer.close()
    assert await session.fetchval("SELECT epoch FROM logs") == 0, "not even a barrier was written"


async def test_identity_is_the_servers(session):
    """System identifier and timeline are those of the server's own control file."""
    found = await identity(session)
    control = await session.fetchrow("SELECT * FROM pg_control_system(), pg_control_checkpoint()")
    assert (found.system_identifier, found.timeline) == (control["system_identifier"], control["timeline_id"])


async def test_warnings_are_heard(dsn):
    """A warning that the server sends with its answer is passed on before the answer; notices are not."""
    heard: list[str] = []
    session = await Database({"dsn": dsn}).connect(heard.append)
    await session.execute("DO $$ BEGIN RAISE NOTICE 'nothing'; RAISE WARNING 'canceling the wait'; END $$")
    assert ["canceling the wait" in text for text in heard] == [True]
    await session.close()
