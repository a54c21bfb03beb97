"""What the node's database says of itself: how it makes things durable, and how much it holds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")

ALL_TABLES = """
SELECT sum(pg_total_relation_size(relation.oid))::bigint
FROM pg_class AS relation JOIN pg_namespace AS space ON space.oid = relation.relnamespace
WHERE relation.relkind = 'r' AND space.nspname = 'public'
"""

Found = TypeVar("Found")


def is_durable(dsn: str) -> bool:
    """Return whether the server's settings let no acknowledged commit be lost to a crash."""

    async def ask(session: asyncpg.Connection) -> bool:
        return all([await session.fetchval(f"SHOW {setting}") == "on" for setting in DURABILITY])

    return _asked(dsn, ask)


def vacuumed_bytes(dsn: str) -> int:
    """Vacuum the database and return the bytes of all the node's tables with their indexes and large values."""

    async def ask(session: asyncpg.Connection) -> int:
        await session.execute("VACUUM")
        return await session.fetchval(ALL_TABLES)

    return _asked(dsn, ask)


def _asked(dsn: str, ask: Callable[[asyncpg.Connection], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        session = await asyncpg.connect(dsn)
        try:
            return await ask(session)
        finally:
            await session.close()

    return asyncio.run(run())
