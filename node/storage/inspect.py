"""What an operator should know of the database: version, what keeps acknowledged commits, size, connections."""

from node.storage.database import DURABLE_SETTINGS, Connection, Database
from node.storage.erasing import count_marked
from node.storage.heads import Head, all_heads
from node.storage.index_pages import IndexRow, read_index
from node.storage.migrate import migrations
from node.storage.records import live_epochs
from protocol.encoding.note import Note

LEAST_CONNECTIONS = 30

INDEXED_SINCE = 10
"""The schema version that brought indexes."""


async def inspect_database(database: Database) -> list[tuple[str, str, bool]]:
    """Return (what, value, whether it is as it should be) for each thing looked at."""
    async with database.pool.acquire() as connection:
        version = await connection.fetchval("SHOW server_version")
        found = [("version", f"PostgreSQL {version}", True)]
        for name in DURABLE_SETTINGS:
            value = await connection.fetchval("SELECT current_setting($1)", name)
            found.append((name, value, value not in ("off", "local")))
        most = int(await connection.fetchval("SHOW max_connections"))
        found.append(("max_connections", str(most), most >= LEAST_CONNECTIONS))
        standby = await connection.fetchval("SELECT pg_is_in_recovery()")
        found.append(("role", "standby" if standby else "primary", not standby))
        size = await connection.fetchval("SELECT pg_database_size(current_database())")
        found.append(("size", f"{size / (1 << 20):.0f} MiB", True))
        schema = await connection.fetchval("SELECT to_regclass('schema_versions') IS NOT NULL")
        if not schema:
            return [*found, ("schema", "none yet: `nostra serve` makes it", True)]
        newest = await connection.fetchval("SELECT max(version) FROM schema_versions")
        found.append(("schema", f"version {newest}, this program knows {migrations()[-1].version}", True))
        found += await _look_at_erasure(connection)
        for head in await all_heads(connection):
            found.append((f"{'log' if head.own else 'mirror'} {head.origin}", f"size {head.size}", True))
            if newest >= INDEXED_SINCE:
                found.append(_look_at_index(head, await read_index(connection, head.log_id)))
    return found


async def _look_at_erasure(connection: Connection) -> list[tuple[str, str, bool]]:
    """Return what waits to be erased, if anything does."""
    if len(await live_epochs(connection)) > 1:
        return [("erasure", "under way, or cut short: run `nostra erase` again", False)]
    marked = await count_marked(connection)
    return [("erasure", f"{marked} private records go with the next `nostra erase`", True)] if marked else []


def _look_at_index(head: Head, row: IndexRow | None) -> tuple[str, str, bool]:
    """Return how the index of a log stands: what it covers of what is shown, and how many lines others have added."""
    what, released = f"index {head.origin}", head.released_size or 0
    if row is None:
        return what, "none yet: `nostra serve` makes it", True
    if row.note is None:
        return what, f"catching up, at {row.size} of {released} entries: it proves nothing yet", False
    lines = len(Note.parse(row.note).signatures) - 1
    return what, f"over {row.size} of {released} entries, with {lines} cosignatures", row.size >= released
