"""Everything of one log as its database holds it, read by statements of the tests' own."""

from dataclasses import dataclass

import asyncpg

from protocol.encoding.wire import b64url
from protocol.recognition.sealed_entry import Sealed

BUNDLE = 256


@dataclass(frozen=True)
class StoredLog:
    """The rows of one log."""

    head: dict
    entries: list[bytes]
    bundles: int
    """How many of them lie in full bundles, 256 to each."""
    tiles: dict[tuple[int, int], bytes]
    tags: list[tuple[bytes, int]]
    clear: dict[int, tuple]
    submissions: dict[str, tuple[bytes, int, int]]


async def read_stored_log(connection: asyncpg.Connection, origin: str) -> StoredLog:
    """Read all rows of a log as of one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        head = dict(await connection.fetchrow("SELECT * FROM logs WHERE origin = $1", origin))
        log = head["log_id"]
        bundles = await _entries_in_bundles(connection, log)
        tail = await _entries_in_tails(connection, log, len(bundles))
        return StoredLog(
            head=head,
            entries=bundles + tail,
            bundles=len(bundles) // BUNDLE,
            tiles={
                (row["level"], row["index"]): row["data"]
                for row in await connection.fetch("SELECT level, index, data FROM tiles WHERE log_id = $1", log)
            },
            tags=[
                (row["tag"], row["leaf"])
                for row in await connection.fetch("SELECT tag, leaf FROM tags WHERE log_id = $1", log)
            ],
            clear={
                row["leaf"]: (row["kind"], row["id"], row["version"], row["entry"])
                for row in await connection.fetch("SELECT * FROM clear_entries WHERE log_id = $1", log)
            },
            submissions={
                row["request_key"]: (row["digest"], row["first_leaf"], row["count"])
                for row in await connection.fetch("SELECT * FROM submissions WHERE log_id = $1", log)
            },
        )


async def _entries_in_bundles(connection: asyncpg.Connection, log: int) -> list[bytes]:
    rows = await connection.fetch("SELECT index, data FROM bundles WHERE log_id = $1 ORDER BY index", log)
    assert [row["index"] for row in rows] == list(range(len(rows))), "a full bundle is missing"
    entries = [_full_bundle(row["data"]) for row in rows]
    assert {len(bundle) for bundle in entries} <= {BUNDLE}, "a bundle isn't full"
    return [entry for bundle in entries for entry in bundle]


def _full_bundle(stored: bytes) -> list[bytes]:
    """Return the entries of a full bundle: any entries as they are served, sealed ones as their three values."""
    if stored[0] == 0:
        return split_bundle(stored[1:])
    assert stored[0] == 1
    values = [b64url(stored[at : at + 32]) for at in range(1, len(stored), 32)]
    return [
        Sealed(document=document, statement=statement, tag=tag).render()
        for document, statement, tag in zip(values[::3], values[1::3], values[2::3], strict=True)
    ]


async def _entries_in_tails(connection: asyncpg.Connection, log: int, first: int) -> list[bytes]:
    entries: list[bytes] = []
    for row in await connection.fetch("SELECT first, data FROM tails WHERE log_id = $1 ORDER BY first", log):
        assert row["first"] == first + len(entries), "the tails of a log don't join"
        entries += split_bundle(row["data"])
    return entries


def split_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle: two bytes of length before each."""
    entries, at = [], 0
    while at < len(data):
        begin = at + 2
        at = begin + int.from_bytes(data[at:begin], "big")
        entries.append(data[begin:at])
    assert at == len(data), "a bundle is cut short"
    return entries
