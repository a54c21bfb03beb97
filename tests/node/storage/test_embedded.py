"""The embedded PostgreSQL starts, keeps what it was given, and is never left behind."""

import asyncpg


async def test_fixture_gives_an_empty_database(dsn):
    """A test's database answers, and holds no table."""
    session = await asyncpg.connect(dsn)
    assert await session.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await session.close()
