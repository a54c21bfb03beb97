"""The private records of one database, encrypted and found by the keys of the epochs that live.

How each is encrypted says `node.recognition.records.record_keys`. Erasing gives what stays new wrappings under a new
epoch, and destroys the old epoch's file (`node.recognition.records.new_epoch`): what an older backup, the WAL or a dead
row still holds of the rest can't be read by anybody any more.

An epoch may begin or end by another process's hand at any time, so the vault looks at the database's epochs before it
writes or looks for anything. While two live, everything is found, and can be taken, under both. A page that was moved
meanwhile is gone under its old id, so the database refuses a record that would hang from it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_bytes
from typing import Final

from node.clock import Clock
from node.errors import FatalError, PushBackError
from node.recognition.records.epoch_keys import EpochKey, create_epoch_key, load_epoch_key
from node.recognition.records.record_keys import (
    PAGE_RECORDS,
    KeyPage,
    blind,
    encrypt_record,
    random_uuid,
    unlock_record,
)
from node.storage.database import Connection, Database
from node.storage.records import EpochRow, RecordRow, add_page, begin_epoch, live_epochs
from protocol.encoding.wire import HASH_BYTES

LOOK_SECONDS: Final = 1.0
"""How long the epochs that were seen are written under without a look; the database refuses what comes too late."""

__all__ = ["PAGE_RECORDS", "Vault", "load_epoch_keys"]


class Vault:
    """Encrypts and decrypts the private records of one database."""

    def __init__(self, folder: Path, database: Database, epochs: Mapping[int, EpochKey]) -> None:
        """Work with the keys of these epochs, the newest for what is written; further ones lie in the folder."""
        self.database = database
        self._folder = folder
        self._epochs = dict(epochs)
        self._page: KeyPage | None = None
        self._opening = asyncio.Lock()
        self._look_again = 0.0

    @classmethod
    async def open(cls, folder: Path, database: Database, clock: Clock) -> "Vault":
        """Read the epoch keys in the folder of keys; make the first where the database has none yet.

        Raises:
            FatalError: A key file is missing, damaged or another database's.
        """
        async with database.pool.acquire() as connection:
            rows = await live_epochs(connection)
            if not rows:
                # If the process dies between file and row, the next start finds the file and uses it.
                first = create_epoch_key(folder, 1)
                await begin_epoch(connection, 1, first.check, clock.now())
                rows = await live_epochs(connection)
        return cls(folder, database, load_epoch_keys(folder, rows))

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs whose keys are in mind, oldest first."""
        return tuple(sorted(self._epochs))

    async def refresh(self, connection: Connection) -> None:
        """Take over which epochs live: read the key of one that has begun, and forget that of one that has ended.

        Raises:
            FatalError: The key file of one that has begun is not here.
        """
        rows = await live_epochs(connection)
        self._look_again = asyncio.get_running_loop().time() + LOOK_SECONDS
        if tuple(row.epoch for row in rows) == self.epochs:
            return
        begun = [row for row in rows if row.epoch not in self._epochs]
        known = {row.epoch: self._epochs[row.epoch] for row in rows if row.epoch in self._epochs}
        self._epochs = known | load_epoch_keys(self._folder, begun)
        if self._page is not None and self._page.epoch not in self._epochs:
            self._page = None  # its key reads what was erased

    async def look_at_epochs(self) -> None:
        """Forget the keys of epochs that have ended, though nobody asks for any record."""
        async with self.reading():
            pass

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """Lend a connection for reading records, once the epochs that live now are known."""
        async with self.database.pool.acquire() as connection:
            await self.refresh(connection)
            yield connection

    async def lock(self, *, log_id: int, origin: str, kind: str, body: bytes) -> RecordRow:
        """Return a new record with this body, encrypted."""
        page = await self._open_page()
        record_id, key = random_uuid(), token_bytes(HASH_BYTES)
        return RecordRow(
            record_id=record_id,
            log_id=log_id,
            kind=kind,
            leaf=None,
            page_id=page.page_id,
            wrapped=page.wrap(record_id, key),
            body=encrypt_record(record_id, key, body, origin=origin, kind=kind),
        )

    def unlock(self, row: RecordRow, origin: str) -> bytes:
        """Return the body of a record.

        Raises:
            NodeError: It was changed, or put where another stood.
            PushBackError: Its epoch began a moment ago.
        """
        if row.epoch not in self._epochs:
            raise PushBackError("the keys of the private records have changed just now")
        return unlock_record(row, origin, self._epochs[row.epoch])

    def written(self, origin: str, purpose: str, value: bytes) -> list[tuple[int, bytes]]:
        """Return (epoch, blind look-up) for what is written now: under every epoch that lives.

        So no other process, whichever epochs it knows of, takes a sole look-up a second time.
        """
        return [(epoch, blind(self._epochs[epoch], origin, purpose, value)) for epoch in self.epochs]

    def lookups(self, origin: str, purpose: str, value: bytes) -> list[bytes]:
        """Return every blind look-up under which a value may stand."""
        return [lookup for _, lookup in self.written(origin, purpose, value)]

    async def _open_page(self) -> KeyPage:
        """Return the page that the next record goes to; a new one is durable before its key is used.

        Raises:
            PushBackError: Its epoch has ended meanwhile.
        """
        async with self._opening:
            if asyncio.get_running_loop().time() >= self._look_again:
                await self.look_at_epochs()
            page, newest = self._page, self.epochs[-1]
            if page is None or page.records >= PAGE_RECORDS or page.epoch != newest:
                page = KeyPage.new(newest)
                async with self.database.writing() as connection:
                    if not await add_page(connection, page.page_id, newest, page.wrapped(self._epochs[newest])):
                        raise PushBackError("the keys of the private records have changed just now")
                self._page = page
            page.records += 1
            return page


def load_epoch_keys(folder: Path, rows: list[EpochRow]) -> dict[int, EpochKey]:
    """Read the keys of these epochs from the folder of keys.

    Raises:
        FatalError: A key file is missing, damaged or another database's.
    """
    keys = {row.epoch: load_epoch_key(folder, row.epoch) for row in rows}
    for row in rows:
        if keys[row.epoch].check != row.key_check:
            raise FatalError(
                f"the key of the private records' epoch {row.epoch} in {folder} is another database's",
                mend="give every node process on one database the same key files",
            )
    return keys
