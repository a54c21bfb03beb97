"""The schema and its versions: numbered SQL, forward only.

Each file of `migrations/` is applied once, in its own transaction, under an advisory lock, so that two nodes which
start on one database don't race. The database keeps what was applied (with its hash) and the oldest schema version a
program must know to open it: a program that is too old refuses instead of writing what it doesn't understand.
"""

import hashlib
import importlib.resources
from dataclasses import dataclass

import asyncpg

from node.errors import FatalError

OLDEST_READER = 1
"""A program that knows at least this schema version may open the database as it stands today."""

_LOCK = 0x6E6F73747261
"""Key of the advisory lock: 'nostra'."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of the schema."""

    version: int
    name: str
    sql: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the SQL: a released migration is never edited."""
        return hashlib.sha256(self.sql.encode()).digest()


def migrations() -> list[Migration]:
    """Return every migration that this program knows, in order."""
    folder = importlib.resources.files("node.storage") / "migrations"
    files = sorted((file.name, file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".sql"))
    return [Migration(int(name[:4]), name, sql) for name, sql in files]


async def migrate(connection: asyncpg.Connection) -> int:
    """Bring the database to this program's schema and return its version.

    Raises:
        FatalError: The database is of a newer program, or was migrated by other SQL.
    """
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        await _prepare(connection)
        applied = {row["version"]: row for row in await connection.fetch("SELECT * FROM schema_versions")}
        known = migrations()
        _check_compatible(applied, known)
        for migration in known:
            if migration.version not in applied:
                await _apply(connection, migration)
        return known[-1].version
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_versions ("
        " version integer PRIMARY KEY, name text NOT NULL, digest bytea NOT NULL,"
        " oldest_reader integer NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )


def _check_compatible(applied: dict[int, asyncpg.Record], known: list[Migration]) -> None:
    newest = known[-1].version
    oldest_reader = max((row["oldest_reader"] for row in applied.values()), default=0)
    if oldest_reader > newest:
        raise FatalError(
            f"the database has schema {max(applied)}, this program knows {newest}",
            mend="start a newer version of Nostra, or restore the backup from before the upgrade",
        )
    for migration in known:
        row = applied.get(migration.version)
        if row is not None and row["digest"] != migration.digest:
            raise FatalError(
                f"schema version {migration.version} was applied from other SQL than {migration.name}",
                mend="use the release of Nostra that made this database, or export the logs and import them anew",
            )


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    # A crash inside leaves the version before: PostgreSQL's DDL is transactional.
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO schema_versions (version, name, digest, oldest_reader) VALUES ($1, $2, $3, $4)",
            migration.version,
            migration.name,
            migration.digest,
            OLDEST_READER,
        )
