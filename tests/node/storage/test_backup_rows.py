"""Every table is in a backup, or it is said where else its rows come back from."""

import asyncpg

from node.storage.backup_rows import _TABLES
from node.storage.migrate import migrate

ELSEWHERE = {
    "logs": "lines of their own",
    "former_keys": "with the logs' lines",
    "bundles": "partners' mirrors, or with the logs",
    "tiles": "made from the entries",
    "tails": "as bundles",
    "tags": "made from the entries",
    "clear_entries": "made from the entries",
    "terms": "made from the entries",
    "index_heads": "made from the entries",
    "index_pages": "made from the entries",
    "index_lists": "made from the entries",
    "mirrors": "the next round with each partner",
    "schema_versions": "the program that restores",
}


async def test_no_table_is_forgotten(dsn):
    """A migration that adds one has to say what becomes of it."""
    session = await asyncpg.connect(dsn)
    try:
        await migrate(session)
        tables = await session.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await session.close()
    assert {row["tablename"] for row in tables} == set(ELSEWHERE) | set(_TABLES.values())
