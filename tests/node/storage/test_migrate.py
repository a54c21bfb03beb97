"""The schema goes forward only, once each step, and a program never opens what it doesn't understand."""

import asyncio

import asyncpg
import pytest

from node.errors import FatalError
from node.storage.migrate import migrate, migrations


@pytest.fixture
async def session(dsn):
    """Give a session in an empty database."""
    session = await asyncpg.connect(dsn)
    yield session
    await session.close()


async def versions(session) -> list[int]:
    """Return what was applied."""
    return [row["version"] for row in await session.fetch("SELECT version FROM schema_versions ORDER BY version")]


async def test_every_step_is_applied_once(session):
    """An empty database gets every step in order; a second time nothing happens."""
    expected = [step.version for step in migrations()]
    for _ in range(2):
        assert await migrate(session) == expected[-1]
        assert await versions(session) == expected == sorted(set(expected))


async def test_two_programs_at_once(dsn):
    """Two nodes that start on one empty database don't race."""
    sessions = [await asyncpg.connect(dsn) for _ in range(3)]
    assert len(set(await asyncio.gather(*map(migrate, sessions)))) == 1
    assert len(await versions(sessions[0])) == len(migrations())
    for session in sessions:
        await session.close()


async def test_newer_database_is_refused(session):
    """A database that asks for a newer program is left alone, and the text says what to do."""
    await migrate(session)
    await session.execute("INSERT INTO schema_versions VALUES (99, '0099_x.sql', '', 99)")
    with pytest.raises(FatalError, match=r"schema 99.*newer version of Nostra"):
        await migrate(session)


async def test_newer_database_that_older_programs_may_open(session):
    """A newer step that says older programs may go on stops nobody."""
    await migrate(session)
    await session.execute("INSERT INTO schema_versions VALUES (99, '0099_x.sql', '', 1)")
    assert await migrate(session) == migrations()[-1].version


async def test_database_made_by_other_sql_is_refused(session):
    """A step whose SQL is not the one that made this database is noticed."""
    await migrate(session)
    await session.execute("UPDATE schema_versions SET digest = sha256('x') WHERE version = 1")
    with pytest.raises(FatalError, match=r"version 1 was applied from other SQL than 0001_log\.sql"):
        await migrate(session)


async def test_broken_step_leaves_the_version_before(session, monkeypatch):
    """A step that fails half-way leaves nothing of itself, and those before it stand."""
    steps = migrations()
    broken = type(steps[-1])(steps[-1].version + 1, "0099_broken.sql", "CREATE TABLE half (); SELECT 1 / 0")
    monkeypatch.setattr("node.storage.migrate.migrations", lambda: [*steps, broken])
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(session)
    assert len(await versions(session)) == len(steps)
    assert await session.fetchval("SELECT to_regclass('half')") is None
