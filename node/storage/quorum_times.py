"""The checkpoints that logs have shown, with the times of their quorums: they bracket when an entry was logged.

A row is a checkpoint, own or followed, as it was first shown under its quorum's cosignatures, or cosigned anew while
nothing was logged. Its time is the quorum time, by the cosigners' clocks; a checkpoint that no quorum has cosigned
stands with the time of this node's clock. Not every checkpoint is here: some of each second are, so that the table
costs little, and what is missing only widens a bracket. For the same reason a commit here waits for no disk.

Cosigners' clocks differ from ours by at most MOST_SKEW_SECONDS when a row is written, or it isn't. So times grow with
sizes but for twice that, and the extremes of a bracket lie near the neighbours by size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from node.storage.database import Database

MOST_SKEW_SECONDS: Final = 300
"""A cosignature further off our clock is discarded: it would date entries wrongly."""

KEPT_WHOLE_SECONDS: Final = 90 * 86_400
"""Rows older than this are thinned: of each minute the first and the last stay."""

_APART: Final = 2 * MOST_SKEW_SECONDS
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Recorded:
    """A checkpoint that a log has shown."""

    log_id: int
    size: int
    time: int
    """POSIX seconds of its quorum, or by our own clock where there was none."""
    witnessed: bool
    """Whether a quorum has cosigned it."""
    note: bytes


async def store_recorded(database: Database, rows: Sequence[Recorded]) -> None:
    """Write checkpoints down, each once: of one time the note that bears more, without a quorum only the first.

    If the server dies within the next moments, they may be lost: that widens brackets.
    """
    async with database.writing() as connection:
        await connection.execute("SET LOCAL synchronous_commit = off")
        await connection.executemany(
            "INSERT INTO quorum_times AS kept (log_id, size, time, witnessed, note)"
            " SELECT $1, $2, $3, $4, $5"
            " WHERE $4 OR NOT EXISTS (SELECT FROM quorum_times WHERE log_id = $1 AND size = $2)"
            " ON CONFLICT (log_id, size, time) DO UPDATE SET witnessed = excluded.witnessed, note = excluded.note"
            " WHERE length(kept.note) < length(excluded.note) OR NOT kept.witnessed",
            [(row.log_id, row.size, row.time, row.witnessed, row.note) for row in rows],
        )


async def times_around(connection: asyncpg.Connection, log_id: int, leaf: int) -> tuple[int | None, int | None]:
    """Return the times of `last_without` and `first_with`, in POSIX seconds, by one question."""
    row = await connection.fetchrow(
        "WITH below AS ("
        " SELECT time FROM quorum_times WHERE log_id = $1 AND size <= $2 AND witnessed"
        " ORDER BY size DESC, time DESC LIMIT 1),"
        " above AS ("
        " SELECT time FROM quorum_times WHERE log_id = $1 AND size > $2 AND witnessed ORDER BY size, time LIMIT 1)"
        " SELECT (SELECT max(one.time) FROM quorum_times AS one, below WHERE log_id = $1 AND size <= $2 AND witnessed"
        " AND one.time BETWEEN below.time AND below.time + $3) AS after,"
        " (SELECT min(one.time) FROM quorum_times AS one, above WHERE log_id = $1 AND size > $2 AND witnessed"
        " AND one.time BETWEEN above.time - $3 AND above.time) AS by",
        *(log_id, leaf, _APART),
    )
    return row["after"], row["by"]


async def last_without(connection: asyncpg.Connection, log_id: int, leaf: int) -> Recorded | None:
    """Return, of the witnessed checkpoints without this leaf, the one of the latest time."""
    return _recorded(
        await connection.fetchrow(
            "WITH near AS ("
            " SELECT time FROM quorum_times WHERE log_id = $1 AND size <= $2 AND witnessed"
            " ORDER BY size DESC, time DESC LIMIT 1)"
            " SELECT quorum_times.* FROM quorum_times, near"
            " WHERE log_id = $1 AND size <= $2 AND witnessed"
            " AND quorum_times.time BETWEEN near.time AND near.time + $3"
            " ORDER BY quorum_times.time DESC, size DESC LIMIT 1",
            *(log_id, leaf, _APART),
        )
    )


async def first_with(connection: asyncpg.Connection, log_id: int, leaf: int) -> Recorded | None:
    """Return, of the witnessed checkpoints with this leaf, the one of the earliest time."""
    return _recorded(
        await connection.fetchrow(
            "WITH near AS ("
            " SELECT time FROM quorum_times WHERE log_id = $1 AND size > $2 AND witnessed"
            " ORDER BY size, time LIMIT 1)"
            " SELECT quorum_times.* FROM quorum_times, near"
            " WHERE log_id = $1 AND size > $2 AND witnessed"
            " AND quorum_times.time BETWEEN near.time - $3 AND near.time"
            " ORDER BY quorum_times.time, size LIMIT 1",
            *(log_id, leaf, _APART),
        )
    )


async def next_recorded(connection: asyncpg.Connection, log_id: int, size: int, *, most: int) -> Recorded | None:
    """Return the largest checkpoint at most so many leaves beyond a size, else the smallest beyond; None if none is.

    Of one size it is the one that was cosigned last.
    """
    within = await connection.fetchrow(
        "SELECT * FROM quorum_times WHERE log_id = $1 AND size > $2 AND size <= $3"
        " ORDER BY size DESC, witnessed DESC, time DESC LIMIT 1",
        *(log_id, size, size + most),
    )
    if within is not None:
        return _recorded(within)
    return _recorded(
        await connection.fetchrow(
            "SELECT * FROM quorum_times WHERE log_id = $1 AND size > $2"
            " ORDER BY size, witnessed DESC, time DESC LIMIT 1",
            *(log_id, size),
        )
    )


async def recorded_at(connection: asyncpg.Connection, log_id: int, size: int) -> Recorded | None:
    """Return the checkpoint of this size that was cosigned last; None if none of it was written down."""
    return _recorded(
        await connection.fetchrow(
            "SELECT * FROM quorum_times WHERE log_id = $1 AND size = $2 ORDER BY witnessed DESC, time DESC LIMIT 1",
            *(log_id, size),
        )
    )


async def thin_out(database: Database, now: int) -> None:
    """Keep of each minute that is long past the first checkpoint and the last; a log and a day at a time."""
    async with database.pool.acquire() as connection:
        logs = await connection.fetch(
            "SELECT log_id, (SELECT min(time) FROM quorum_times WHERE log_id = logs.log_id) AS oldest FROM logs"
        )
    for log in logs:
        for begin in range((log["oldest"] or now) // _DAY * _DAY, now - KEPT_WHOLE_SECONDS - _DAY + 1, _DAY):
            async with database.writing() as connection:
                await connection.execute(
                    "DELETE FROM quorum_times USING ("
                    " SELECT size, time, lag(time / 60) OVER whole AS before, lead(time / 60) OVER whole AS after"
                    " FROM quorum_times WHERE log_id = $1 AND time >= $2 AND time < $3"
                    " WINDOW whole AS (ORDER BY time, size)) AS placed"
                    " WHERE quorum_times.log_id = $1 AND quorum_times.size = placed.size"
                    " AND quorum_times.time = placed.time"
                    " AND before = placed.time / 60 AND after = placed.time / 60",
                    *(log["log_id"], begin, begin + _DAY),
                )


def _recorded(row: asyncpg.Record | None) -> Recorded | None:
    return None if row is None else Recorded(**dict(row))
