"""Evidence of split views and wrong indexes, each document once, and no more of one log than anybody could want."""

from dataclasses import dataclass
from typing import Final

import asyncpg

MOST_OF_A_LOG: Final = 16
"""One convicts; a log that has two histories can sign any number of contradictions, and need not fill our disk."""

MOST_WRONG_INDEXES: Final = 4
"""Beside them, of wrong indexes of one log: these fill no room of what convicts the log itself."""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """Evidence that is stored, without the document."""

    evidence_id: str
    """SHA-256 of the document, in hexadecimal."""
    origin: str
    """The log that it convicts."""
    stored_at: int
    """POSIX seconds."""


async def store_evidence(
    connection: asyncpg.Connection, evidence_id: str, origin: str, *, document: bytes, now: int
) -> bool:
    """Keep evidence; return False where the log has as much as is kept. Stored twice, it is kept once."""
    row = await connection.fetchrow(
        "WITH stored AS ("
        " INSERT INTO evidence (evidence_id, origin, document, stored_at)"
        " SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM evidence WHERE origin = $2) < $5"
        " ON CONFLICT (evidence_id) DO NOTHING RETURNING evidence_id)"
        " SELECT EXISTS (SELECT FROM stored) OR EXISTS (SELECT FROM evidence WHERE evidence_id = $1) AS here",
        bytes.fromhex(evidence_id),
        origin,
        document,
        now,
        MOST_OF_A_LOG + MOST_WRONG_INDEXES,
    )
    return bool(row["here"])


async def all_evidence(connection: asyncpg.Connection) -> list[EvidenceRow]:
    """Return what evidence is stored, the oldest of each log first."""
    rows = await connection.fetch(
        "SELECT evidence_id, origin, stored_at FROM evidence ORDER BY origin, stored_at, evidence_id"
    )
    return [EvidenceRow(row["evidence_id"].hex(), row["origin"], row["stored_at"]) for row in rows]


async def find_evidence(connection: asyncpg.Connection, evidence_id: str) -> bytes | None:
    """Return a stored document by its 64 hexadecimal digits, or None if it isn't here."""
    document: bytes | None = await connection.fetchval(
        "SELECT document FROM evidence WHERE evidence_id = $1", bytes.fromhex(evidence_id)
    )
    return document
