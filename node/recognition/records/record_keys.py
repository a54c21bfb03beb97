"""How private records are encrypted: each under a key of its own, which its page's key wraps, which its epoch's wraps.

::

    record   XChaCha20-Poly1305 under a random record key, AAD ["nostra/record/v1", record id, origin, kind]
    its key  under its page's key,                         AAD ["nostra/record-key/v1", page id, record id]
    page     a random key for up to PAGE_RECORDS records, under the epoch's wrapping key,
                                                           AAD ["nostra/key-page/v1", page id, epoch]
    look-up  H(epoch's look-up key, "lookup", origin, purpose, value)

AAD is canonical JSON; a nonce of 24 random bytes stands before each ciphertext. H is `protocol.recognition.sealed`'s.
"""

from dataclasses import dataclass
from secrets import token_bytes
from typing import Final, Self
from uuid import UUID

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt
from nacl.exceptions import CryptoError

from node.errors import NodeError
from node.recognition.records.epoch_keys import EpochKey
from node.storage.records import RecordRow
from protocol.encoding import canonical
from protocol.encoding.wire import HASH_BYTES
from protocol.recognition.sealed import keyed

PAGE_RECORDS: Final = 256
"""Records whose keys one page key wraps."""

NONCE_BYTES: Final = 24


@dataclass(slots=True)
class KeyPage:
    """A page of record keys, open."""

    page_id: UUID
    epoch: int
    key: bytes
    records: int = 0

    @classmethod
    def new(cls, epoch: int) -> Self:
        """Return a page with a new key and no records."""
        return cls(random_uuid(), epoch, token_bytes(HASH_BYTES))

    @classmethod
    def of(cls, row: RecordRow, key: EpochKey) -> Self:
        """Open the page that a record hangs from, under its epoch's key.

        Raises:
            NodeError: It was changed, put where another stood, or the epoch's key is another.
        """
        page = _decrypted(key.wrapping, row.page_wrapped, "nostra/key-page/v1", str(row.page_id), row.epoch)
        return cls(row.page_id, row.epoch, page)

    def wrapped(self, key: EpochKey) -> bytes:
        """Return the page's key under its epoch's."""
        return _encrypted(key.wrapping, self.key, "nostra/key-page/v1", str(self.page_id), self.epoch)

    def wrap(self, record_id: UUID, key: bytes) -> bytes:
        """Return a record's key under the page's."""
        return _encrypted(self.key, key, "nostra/record-key/v1", str(self.page_id), str(record_id))

    def unwrap(self, row: RecordRow) -> bytes:
        """Return the key of a record that hangs from the page.

        Raises:
            NodeError: It was changed, or put where another stood.
        """
        return _decrypted(self.key, row.wrapped, "nostra/record-key/v1", str(row.page_id), str(row.record_id))


def encrypt_record(record_id: UUID, key: bytes, body: bytes, *, origin: str, kind: str) -> bytes:
    """Return the body of a record under its key."""
    return _encrypted(key, body, "nostra/record/v1", str(record_id), origin, kind)


def decrypt_record(row: RecordRow, key: bytes, origin: str) -> bytes:
    """Return the body of a record under its own key.

    Raises:
        NodeError: It was changed, or put where another stood.
    """
    return _decrypted(key, row.body, "nostra/record/v1", str(row.record_id), origin, row.kind)


def unlock_record(row: RecordRow, origin: str, key: EpochKey) -> bytes:
    """Return the body of a record whose page hangs from this epoch's key.

    Raises:
        NodeError: It was changed, put where another stood, or the key is another.
    """
    return decrypt_record(row, KeyPage.of(row, key).unwrap(row), origin)


def blind(key: EpochKey, origin: str, purpose: str, value: bytes) -> bytes:
    """Return the look-up under which an epoch's rows have a value."""
    return keyed(key.lookup, "lookup", origin, purpose, value)


def random_uuid() -> UUID:
    """Return an id that says nothing."""
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
