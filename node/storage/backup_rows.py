"""The rows that a backup holds, one kind a table: what only this node has.

Logs are named by origin, since a database numbers them as it likes. Each kind has its statement for reading, which
yields its members by name, and the table that it is written into. Kinds stand in the order in which rows need each
other.

*Cosigned* is written suspended: a cosigner that went on from an old state could cosign a second history of a log; what
it holds is a lower bound until it is known what was cosigned since (`node.gossip.recovery.restored`).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from node.storage.database import Connection

PAGE: Final = 500
"""Rows that are read or written at once."""


class Row(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", omit_defaults=True):
    """One row, as JSON: bytes in base64, times in POSIX seconds."""


class Epoch(Row, frozen=True, kw_only=True, tag="epoch"):
    """An epoch of the private records' keys."""

    epoch: int
    key_check: bytes
    began_at: int
    destroyed_at: int | None = None


class Page(Row, frozen=True, kw_only=True, tag="page"):
    """A page of record keys, wrapped by its epoch's key."""

    page_id: UUID
    epoch: int
    wrapped: bytes


class Record(Row, frozen=True, kw_only=True, tag="record"):
    """A private record, encrypted under a key that its page wraps."""

    log: str
    record_id: UUID
    kind: str
    leaf: int | None = None
    page_id: UUID
    wrapped: bytes
    body: bytes
    erase: bool = False


class Lookup(Row, frozen=True, kw_only=True, tag="lookup"):
    """A blind look-up of a record."""

    log: str
    purpose: str
    lookup: bytes
    sole: bool
    epoch: int
    record_id: UUID


class Request(Row, frozen=True, kw_only=True, tag="request"):
    """A request key, and the leaves it got."""

    log: str
    request_key: str
    digest: bytes
    first_leaf: int
    count: int


class Text(Row, frozen=True, kw_only=True, tag="text"):
    """A text beside an own log; without a document it was taken down."""

    log: str
    commitment: bytes
    document: bytes | None = None


class Seen(Row, frozen=True, kw_only=True, tag="seen"):
    """Between which moments a log, ours or a partner's, was seen at a size."""

    log: str
    size: int
    first_seen: int
    last_seen: int


class QuorumTime(Row, frozen=True, kw_only=True, tag="quorum-time"):
    """A checkpoint that a log, ours or a partner's, has shown, and when."""

    log: str
    size: int
    time: int
    witnessed: bool
    note: bytes


class Token(Row, frozen=True, kw_only=True, tag="token"):
    """The hash of a token."""

    token_hash: bytes
    name: str
    roles: list[str]
    created_at: int
    expires_at: int | None = None
    revoked: bool = False


class CosignedState(Row, frozen=True, kw_only=True, tag="cosigned"):
    """What a cosigner of this node cosigned last of a log, when the backup was made."""

    origin: str
    claim: str
    size: int
    root: bytes
    note: bytes | None = None
    time: int | None = None
    suspended: bool = True


class Evidence(Row, frozen=True, kw_only=True, tag="evidence"):
    """Evidence of a split view."""

    evidence_id: bytes
    origin: str
    document: bytes
    stored_at: int


AnyRow = Epoch | Page | Record | Lookup | Request | Text | Seen | QuorumTime | Token | CosignedState | Evidence

_QUERIES: Final[dict[type[AnyRow], str]] = {
    Epoch: "SELECT epoch, key_check, began_at, destroyed_at FROM key_epochs ORDER BY epoch",
    Page: "SELECT page_id, epoch, wrapped FROM key_pages",
    Record: (
        "SELECT origin AS log, record_id, kind, leaf, page_id, wrapped, body, erase FROM records"
        " JOIN logs USING (log_id)"
    ),
    Lookup: (
        "SELECT origin AS log, purpose, lookup, sole, record_lookups.epoch, record_id FROM record_lookups"
        " JOIN logs USING (log_id)"
    ),
    Request: "SELECT origin AS log, request_key, digest, first_leaf, count FROM submissions JOIN logs USING (log_id)",
    Text: "SELECT origin AS log, commitment, document FROM texts JOIN logs USING (log_id) WHERE own",
    Seen: "SELECT origin AS log, seen_sizes.size, first_seen, last_seen FROM seen_sizes JOIN logs USING (log_id)",
    # The first and the last of each minute: enough to bracket an entry by, and a backup's size stays in bounds.
    QuorumTime: (
        "SELECT log, size, time, witnessed, note FROM ("
        " SELECT origin AS log, quorum_times.size, time, witnessed, quorum_times.note,"
        " lag(time / 60) OVER whole AS before, lead(time / 60) OVER whole AS after"
        " FROM quorum_times JOIN logs USING (log_id)"
        " WINDOW whole AS (PARTITION BY log_id ORDER BY time, quorum_times.size)) AS placed"
        " WHERE before IS DISTINCT FROM time / 60 OR after IS DISTINCT FROM time / 60"
    ),
    Token: (
        "SELECT token_hash, name, roles, extract(epoch FROM created_at)::bigint AS created_at,"
        " extract(epoch FROM expires_at)::bigint AS expires_at, revoked FROM tokens"
    ),
    CosignedState: "SELECT origin, claim, size, root, note, time FROM cosigned",
    Evidence: "SELECT evidence_id, origin, document, stored_at FROM evidence",
}
KINDS: Final = tuple(_QUERIES)
"""In the order in which rows need each other."""

_TABLES: Final[dict[type[AnyRow], str]] = {
    Epoch: "key_epochs",
    Page: "key_pages",
    Record: "records",
    Lookup: "record_lookups",
    Request: "submissions",
    Text: "texts",
    Seen: "seen_sizes",
    QuorumTime: "quorum_times",
    Token: "tokens",
    CosignedState: "cosigned",
    Evidence: "evidence",
}


async def read_rows(connection: Connection, kind: type[AnyRow]) -> AsyncIterator[AnyRow]:
    """Yield all rows of a kind, as the connection's transaction sees them."""
    async for row in connection.cursor(_QUERIES[kind], prefetch=PAGE):
        yield kind(**dict(row))


async def write_rows(connection: Connection, rows: Sequence[AnyRow], log_ids: Mapping[str, int]) -> None:
    """Write rows of one kind, in the caller's transaction.

    Args:
        connection: Is in a transaction.
        rows: At most some hundreds.
        log_ids: The logs' numbers in this database, by origin.
    """
    kind = type(rows[0])
    columns = [_columns(row, log_ids) for row in rows]
    await connection.copy_records_to_table(
        _TABLES[kind], records=[tuple(one.values()) for one in columns], columns=list(columns[0])
    )


def _columns(row: AnyRow, log_ids: Mapping[str, int]) -> dict[str, Any]:
    columns = msgspec.structs.asdict(row)
    if "log" in columns:
        columns = {"log_id": log_ids[columns.pop("log")]} | columns
    if isinstance(row, Text):
        columns["taken_down"] = row.document is None
    if isinstance(row, Token):
        columns |= {name: _moment(columns[name]) for name in ("created_at", "expires_at")}
    return columns


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


async def holds_nothing(connection: Connection) -> bool:
    """Whether the database holds none of these rows; logs and their entries it may hold.

    Nor does it count that a node which refused to start has suspended cosigners that have cosigned nothing here.
    """
    for kind, table in _TABLES.items():
        one = f"SELECT FROM {table}" + (" WHERE size > 0" if kind is CosignedState else "")
        if await connection.fetchval(f"SELECT EXISTS ({one})"):
            return False
    return True


async def forget_begun(connection: Connection) -> None:
    """Remove the rows of cosigners that have cosigned nothing here, so that a backup's can stand in their place."""
    await connection.execute("DELETE FROM cosigned WHERE size = 0")
