"""The keys of a log beside the one that signs now, and the log's end: what a change of key or a closing stores.

The writes of an own log go into the transaction of the entry that says them, behind the statement that has moved the
head (`node.storage.growth.Companion`): the row of `logs` then has the size and root hash that the entry is the last of.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from node.storage.heads import Head
from protocol.encoding.keys import VerifierKey
from protocol.log.ended_key import EndedKey
from protocol.log.merkle import EMPTY_ROOT


async def former_keys(connection: asyncpg.Connection, log_id: int) -> tuple[EndedKey, ...]:
    """Return the keys by which a log has signed before, oldest first."""
    rows = await connection.fetch("SELECT * FROM former_keys WHERE log_id = $1 ORDER BY size, verifier_key", log_id)
    return tuple(
        EndedKey.of(VerifierKey.parse(row["verifier_key"]), size=row["size"], root=row["root"], why=row["why"])
        for row in rows
    )


async def keys_of(connection: asyncpg.Connection, head: Head) -> tuple[VerifierKey, ...]:
    """Return all keys of a log: the one that signs now, unless it has ended too, then those before."""
    former = await former_keys(connection, head.log_id)
    now = VerifierKey.parse(head.verifier_key)
    return (*(key for key in (now,) if key not in [one.key() for one in former]), *former)


async def retire_key(connection: asyncpg.Connection, log_id: int, following: str) -> None:
    """End the key of a log at its head, and let the following one sign from here on."""
    await connection.execute(
        "WITH before AS (SELECT log_id, verifier_key, size, root FROM logs WHERE log_id = $1), former AS ("
        " INSERT INTO former_keys (log_id, verifier_key, size, root, why) SELECT *, 'retired' FROM before)"
        " UPDATE logs SET verifier_key = $2 FROM before WHERE logs.log_id = before.log_id",
        log_id,
        following,
    )


async def close_log(connection: asyncpg.Connection, log_id: int, successor: str) -> None:
    """Let a log take nothing more: what stands is its end."""
    await connection.execute("UPDATE logs SET successor = $2 WHERE log_id = $1", log_id, successor)


_DROP: Final = (
    "DELETE FROM bundles WHERE log_id = $1",
    "DELETE FROM tiles WHERE log_id = $1",
    "DELETE FROM tails WHERE log_id = $1",
    "DELETE FROM tags WHERE log_id = $1",
    "DELETE FROM clear_entries WHERE log_id = $1",
    "DELETE FROM terms WHERE log_id = $1",
    "DELETE FROM texts WHERE log_id = $1",
    "DELETE FROM seen_sizes WHERE log_id = $1",
    "DELETE FROM quorum_times WHERE log_id = $1",
    "DELETE FROM index_heads WHERE log_id = $1",
    "DELETE FROM index_pages WHERE log_id = $1",
    "DELETE FROM index_lists WHERE log_id = $1",
)


async def drop_mirror(connection: asyncpg.Connection, log_id: int) -> None:
    """Forget all that is held of a partner's log; what was being written upon it can't be committed any more."""
    for statement in _DROP:
        await connection.execute(statement, log_id)
    await connection.execute(
        "UPDATE logs SET size = 0, root = $2, note = NULL, released_size = NULL, released_note = NULL,"
        " epoch = epoch + 1 WHERE log_id = $1 AND NOT own",
        log_id,
        EMPTY_ROOT,
    )


async def forget_pending(connection: asyncpg.Connection, log_id: int) -> None:
    """Wait for nothing beyond what is released of a partner's log."""
    await connection.execute(
        "UPDATE logs SET note = released_note, epoch = epoch + 1 WHERE log_id = $1 AND NOT own", log_id
    )


async def set_keys(
    connection: asyncpg.Connection, log_id: int, verifier_key: str, former: Sequence[EndedKey], *, own: bool = False
) -> None:
    """Know a log by this key from here on, and by these former ones; call it inside a transaction.

    Args:
        connection: Where the log is.
        log_id: Its number.
        verifier_key: The key that signs now.
        former: Those before, each with its end; what was known of them is replaced.
        own: Whether it is a log of ours: a log that turns out to be the other is left as it is.
    """
    known = await connection.fetchval(
        "UPDATE logs SET verifier_key = $2 WHERE log_id = $1 AND own = $3 RETURNING log_id", log_id, verifier_key, own
    )
    if known is None:
        return
    await connection.execute("DELETE FROM former_keys WHERE log_id = $1", log_id)
    await connection.executemany(
        "INSERT INTO former_keys (log_id, verifier_key, size, root, why) VALUES ($1, $2, $3, $4, $5)",
        [(log_id, key.render(), key.size, key.root, key.why) for key in former],
    )
