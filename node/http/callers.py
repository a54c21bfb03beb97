"""Who calls: bearer tokens to roles.

A token that holds is remembered for a few seconds, so that a writer's stream of requests doesn't ask the database
each time; a revoked one is refused after that time at the latest.
"""

from dataclasses import dataclass
from typing import Final

from node.clock import Clock
from node.errors import ForbiddenError, UnauthorizedError
from node.storage.database import Database
from node.storage.tokens import PREFIX, TokenRow, find_token, hash_of

REMEMBERED_SECONDS: Final = 5.0
MOST_REMEMBERED: Final = 1024
SCHEME: Final = "Bearer "
MEND: Final = "send `Authorization: Bearer nst_…`; `nostra token add` makes a token"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token holds."""

    name: str
    roles: frozenset[str]
    expires_at: int | None

    def require(self, *roles: str) -> None:
        """Let pass whoever has one of the roles.

        Raises:
            ForbiddenError: The caller has none of them.
        """
        if self.roles.isdisjoint(roles):
            raise ForbiddenError(f"this needs a token with the role {' or '.join(roles)}")


class Callers:
    """Finds out who calls."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Look tokens up in this database."""
        self._database = database
        self._now = clock.now
        self._monotonic = clock.monotonic
        self._remembered: dict[str, tuple[Caller, float]] = {}
        """By the whole header: only one whose token held is here, and a dictionary's look-up is keyed (SipHash)."""

    def remembered(self, authorization: str | None) -> Caller | None:
        """Return the caller of a header that held a moment ago, or None."""
        found = self._remembered.get(authorization) if authorization is not None else None
        if found is None:
            return None
        caller, until = found
        if self._monotonic() >= until or (caller.expires_at is not None and self._now() >= caller.expires_at):
            return None
        return caller

    async def find(self, authorization: str | None) -> Caller:
        """Return the caller of an `Authorization` header.

        Raises:
            UnauthorizedError: There is no token, or it is unknown, revoked or expired.
        """
        if authorization is None or not authorization.startswith(SCHEME + PREFIX):
            raise UnauthorizedError("this needs a token", mend=MEND)
        self._remembered.pop(authorization, None)
        async with self._database.pool.acquire() as connection:
            row = await find_token(connection, hash_of(authorization[len(SCHEME) :]))
        if row is None or row.revoked:
            raise UnauthorizedError("the token is unknown or revoked", mend=MEND)
        if row.expires_at is not None and self._now() >= row.expires_at:
            raise UnauthorizedError("the token has expired", code="token-expired", mend="ask for a new one")
        caller = _caller(row)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[authorization] = (caller, self._monotonic() + REMEMBERED_SECONDS)
        return caller


def _caller(row: TokenRow) -> Caller:
    return Caller(row.name, frozenset(row.roles), row.expires_at)
