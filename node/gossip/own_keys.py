"""The keys of own logs, those that have ended among them: a log may change its key while the node runs."""

from collections.abc import Iterable

from node.storage.database import Database
from node.storage.former_keys import keys_of
from node.storage.heads import find_head
from protocol.encoding.keys import VerifierKey


class OwnKeys:
    """What own logs' notes are verified by."""

    def __init__(self, database: Database, keys: Iterable[VerifierKey]) -> None:
        """Begin with the keys in the key files; `load` reads which are known of each log."""
        self._database = database
        self._keys: dict[str, tuple[VerifierKey, ...]] = {key.name: (key,) for key in keys}

    def of(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the keys of an own log, as of the latest `load`; none of any other."""
        return self._keys.get(origin, ())

    async def load(self) -> None:
        """Read the keys as the database has them now."""
        async with self._database.pool.acquire() as connection:
            for origin in self._keys:
                head = await find_head(connection, origin)
                if head is not None and head.own:
                    self._keys[origin] = await keys_of(connection, head)
