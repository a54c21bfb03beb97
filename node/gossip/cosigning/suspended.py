"""Suspend this node's cosigners when their state isn't the one that was, and let an operator free them.

A suspended row doesn't move, so nothing of its log is cosigned (`node.storage.cosigned`). The suspension is in the
database and outlasts the process; `node.gossip.recovery.restored` ends it log by log.
"""

from collections.abc import Sequence

from node.gossip.cosigning.cosigned_file import CosignedState
from node.storage.cosigned import Cosigned, all_cosigned, enrol, resume, suspend_all
from node.storage.database import Database, Identity
from node.telemetry import warn


def why_restored(remembered: CosignedState | None, rows: Sequence[Cosigned], server: Identity, *, new: bool) -> str:
    """Say why the rows must be taken for restored ones; "" if they are what was.

    Args:
        remembered: What the file in the folder of keys says.
        rows: All rows.
        server: The server that holds them.
        new: Whether these cosigners have no keys yet, and so have cosigned nothing.
    """
    if new:
        return ""
    if remembered is None:
        return "nothing beside the keys remembers what was cosigned"
    if remembered.server.system_identifier != server.system_identifier:
        return "the database is on another PostgreSQL cluster than before"
    if remembered.server.timeline != server.timeline:
        return f"the database is on timeline {server.timeline}, was on {remembered.server.timeline}"
    return remembered.is_behind(rows)


async def read_all(database: Database) -> list[Cosigned]:
    """Return the rows of all cosigners of this node."""
    async with database.pool.acquire() as connection:
        return [*await all_cosigned(connection, "witness"), *await all_cosigned(connection, "mirror")]


async def suspend(database: Database, origins: Sequence[str]) -> None:
    """Suspend all rows, those of these logs begun where there were none."""
    async with database.writing() as connection:
        await enrol(connection, "witness", origins)
        await enrol(connection, "mirror", origins)
        await suspend_all(connection)


async def free_all(database: Database) -> None:
    """Let every row go on from where it stands, by an operator's word."""
    rows = await read_all(database)
    async with database.writing() as connection:
        for row in rows:
            if row.suspended:
                warn("cosigner_freed_unasked", log=row.origin, claim=row.claim, tree_size=row.size)
                await resume(connection, row)
