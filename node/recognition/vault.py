"""The encryption of private records: each under a key of its own, found without telling what is looked for.

::

    record   XChaCha20-Poly1305 under a random record key, AAD ["nostra/record/v1", record id, origin, kind]
    its key  under its page's key,                         AAD ["nostra/record-key/v1", page id, record id]
    page     a random key for up to PAGE_RECORDS records, under the epoch's wrapping key,
                                                           AAD ["nostra/key-page/v1", page id, epoch]
    look-up  H(epoch's look-up key, "lookup", origin, purpose, value)

AAD is canonical JSON; a nonce of 24 random bytes stands before each ciphertext. H is `protocol.recognition.sealed`'s.

Erasing a record gives what stays on its page new wrappings under a new epoch, and destroys the old epoch's file: what
an older backup, the WAL or a dead row still holds of it can't be read by anybody any more.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Final
from uuid import UUID

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt
from nacl.exceptions import CryptoError

from node.clock import Clock
from node.errors import FatalError, NodeError
from node.recognition.epoch_keys import EpochKey, create_epoch_key, load_epoch_key
from node.storage.database import Database
from node.storage.records import RecordRow, add_page, begin_epoch, live_epochs
from protocol.encoding import canonical
from protocol.encoding.wire import HASH_BYTES
from protocol.recognition.sealed import keyed

PAGE_RECORDS: Final = 256
"""Records whose keys one page key wraps: what an erasure wraps anew for one record that goes."""

NONCE_BYTES: Final = 24


@dataclass(slots=True)
class _Page:
    page_id: UUID
    epoch: int
    key: bytes
    records: int = 0


class Vault:
    """Encrypts and decrypts the private records of one database."""

    def __init__(self, database: Database, epochs: Mapping[int, EpochKey]) -> None:
        """Work with the keys of these epochs, the newest for what is written."""
        self.database = database
        self._epochs = dict(epochs)
        self._newest = self._epochs[max(self._epochs)]
        self._page: _Page | None = None
        self._opening = asyncio.Lock()

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
        keys = {row.epoch: load_epoch_key(folder, row.epoch) for row in rows}
        for row in rows:
            if keys[row.epoch].check != row.key_check:
                raise FatalError(
                    f"the key of the private records' epoch {row.epoch} in {folder} is another database's",
                    mend="give every node process on one database the same key files",
                )
        return cls(database, keys)

    async def lock(self, *, log_id: int, origin: str, kind: str, body: bytes) -> RecordRow:
        """Return a new record with this body, encrypted."""
        page = await self._open_page()
        record_id, key = _random_uuid(), token_bytes(HASH_BYTES)
        return RecordRow(
            record_id=record_id,
            log_id=log_id,
            kind=kind,
            leaf=None,
            page_id=page.page_id,
            wrapped=_encrypted(page.key, key, "nostra/record-key/v1", str(page.page_id), str(record_id)),
            body=_encrypted(key, body, "nostra/record/v1", str(record_id), origin, kind),
        )

    def unlock(self, row: RecordRow, origin: str) -> bytes:
        """Return the body of a record.

        Raises:
            NodeError: It was changed, put where another stood, or its epoch's key isn't here.
        """
        if row.epoch not in self._epochs:
            raise NodeError(f"epoch {row.epoch} of the private records' keys began elsewhere", mend="restart the node")
        return unlock_record(row, origin, self._epochs[row.epoch])

    def lookup(self, origin: str, purpose: str, value: bytes) -> tuple[int, bytes]:
        """Return (epoch, blind look-up) for what is written now."""
        return self._newest.epoch, _blind(self._newest, origin, purpose, value)

    def lookups(self, origin: str, purpose: str, value: bytes) -> list[bytes]:
        """Return every blind look-up under which a value may stand."""
        return [_blind(key, origin, purpose, value) for key in self._epochs.values()]

    async def _open_page(self) -> _Page:
        """Return the page that the next record goes to; a new one is durable before its key is used."""
        async with self._opening:
            page = self._page
            if page is None or page.records >= PAGE_RECORDS:
                page = _Page(_random_uuid(), self._newest.epoch, token_bytes(HASH_BYTES))
                bound = ("nostra/key-page/v1", str(page.page_id), page.epoch)
                wrapped = _encrypted(self._newest.wrapping, page.key, *bound)
                async with self.database.writing() as connection:
                    await add_page(connection, page.page_id, page.epoch, wrapped)
                self._page = page
            page.records += 1
            return page


def unlock_record(row: RecordRow, origin: str, key: EpochKey) -> bytes:
    """Return the body of a record whose page hangs from this epoch's key.

    Raises:
        NodeError: It was changed, put where another stood, or the key is another.
    """
    page = _decrypted(key.wrapping, row.page_wrapped, "nostra/key-page/v1", str(row.page_id), row.epoch)
    record = _decrypted(page, row.wrapped, "nostra/record-key/v1", str(row.page_id), str(row.record_id))
    return _decrypted(record, row.body, "nostra/record/v1", str(row.record_id), origin, row.kind)


def _blind(key: EpochKey, origin: str, purpose: str, value: bytes) -> bytes:
    return keyed(key.lookup, "lookup", origin, purpose, value)


def _random_uuid() -> UUID:
    return UUID(bytes=token_bytes(16), version=4)


def _encrypted(key: bytes, message: bytes, *bound_to: str | int) -> bytes:
    nonce = token_bytes(NONCE_BYTES)
    return nonce + encrypt(message, canonical.encode(list(bound_to)), nonce, key)


def _decrypted(key: bytes, sealed: bytes, *bound_to: str | int) -> bytes:
    try:
        return decrypt(sealed[NONCE_BYTES:], canonical.encode(list(bound_to)), sealed[:NONCE_BYTES], key)
    except (CryptoError, ValueError):
        raise NodeError(
            "a private record can't be decrypted: it was changed, or put where another stood",
            mend="restore the database from a backup made while this key was in use",
        ) from None
