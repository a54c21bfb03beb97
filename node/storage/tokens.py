"""Tokens of those who write: 256 random bits, of which only the SHA-256 is kept.

A token is ``nst_`` and 43 characters of base64url. It is shown once, when it is made. A hash of 256 random bits can't
be guessed, so looking it up by equality gives nothing away.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from protocol.encoding.wire import b64url

PREFIX: Final = "nst_"

ROLES: Final = ("issue", "decide", "publish", "operate")
"""What a token may allow: log awards and their status; decide; publish clear entries; run the node."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token, without what would let anybody use it; times are POSIX seconds."""

    name: str
    roles: tuple[str, ...]
    created_at: int
    expires_at: int | None
    revoked: bool


_COLUMNS = (
    "name, roles, extract(epoch FROM created_at)::bigint AS created_at,"
    " extract(epoch FROM expires_at)::bigint AS expires_at, revoked"
)


def new_token() -> str:
    """Return a fresh token."""
    return PREFIX + b64url(secrets.token_bytes(32))


def hash_of(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


async def add_token(
    connection: asyncpg.Connection, token: str, *, name: str, roles: Sequence[str], now: int, expires_at: int | None
) -> bool:
    """Keep a token's hash; return False if the name is taken."""
    status = await connection.execute(
        "INSERT INTO tokens (token_hash, name, roles, created_at, expires_at)"
        " VALUES ($1, $2, $3, to_timestamp($4::bigint), to_timestamp($5::bigint)) ON CONFLICT (name) DO NOTHING",
        hash_of(token),
        name,
        list(roles),
        now,
        expires_at,
    )
    return bool(status == "INSERT 0 1")


async def find_token(connection: asyncpg.Connection, token_hash: bytes) -> TokenRow | None:
    """Return the token of this hash, or None."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM tokens WHERE token_hash = $1", token_hash)  # noqa: S608
    return None if row is None else _token(row)


async def all_tokens(connection: asyncpg.Connection) -> list[TokenRow]:
    """Return every token, the oldest first."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM tokens ORDER BY created_at, name")  # noqa: S608
    return [_token(row) for row in rows]


async def revoke_token(connection: asyncpg.Connection, name: str) -> bool:
    """Let a token allow nothing any more; return False if there is none of this name."""
    status = await connection.execute("UPDATE tokens SET revoked = true WHERE name = $1", name)
    return bool(status == "UPDATE 1")


def _token(row: asyncpg.Record) -> TokenRow:
    return TokenRow(row["name"], tuple(row["roles"]), row["created_at"], row["expires_at"], row["revoked"])
