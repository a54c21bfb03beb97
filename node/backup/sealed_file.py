r"""A backup as bytes: one encrypted stream, of which nothing can be changed, left out, cut off or put elsewhere.

::

    nostra-backup/v1 1c0f33a9\n     a line of text: the format, and the key ID of the backup key (`backup_key`)
    24 bytes                        libsodium's secretstream header
    u32be n ‖ n bytes               a message: at most CHUNK_BYTES of plaintext and 17 bytes more
    …                               the last one, and no other, has the tag *final*; nothing follows it

The stream is XChaCha20-Poly1305 (libsodium's ``crypto_secretstream``) under the file's key; each message is bound to
the first line, the header and its place. What was encrypted is the plaintext of all messages, joined. Memory is one
message.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

from nacl import bindings
from nacl.exceptions import CryptoError

from node.backup.backup_key import BackupKey
from protocol.errors import MalformedError

FORMAT: Final = "nostra-backup/v1"
CHUNK_BYTES: Final = 1 << 16
LONGEST_LINE: Final = 64

_HEADER_BYTES: Final = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_MORE_BYTES: Final = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_MESSAGE: Final = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL: Final = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class SealedWriter:
    """Encrypts into an open file; `close` writes the end, without which the file is none."""

    def __init__(self, file: BinaryIO, key: BackupKey) -> None:
        """Write the beginning."""
        self._file = file
        self._line = _first_line(key)
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        file.write(self._line)
        file.write(bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key.file_key))
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        """Encrypt further bytes."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._push(bytes(self._waiting[:CHUNK_BYTES]), _MESSAGE)
            del self._waiting[:CHUNK_BYTES]

    def close(self) -> None:
        """Write what waits, and the end."""
        self._push(bytes(self._waiting), _FINAL)
        self._waiting.clear()

    def _push(self, plain: bytes, tag: int) -> None:
        message = bindings.crypto_secretstream_xchacha20poly1305_push(self._state, plain, self._line, tag)
        self._file.write(len(message).to_bytes(4, "big") + message)


def key_id_of(file: BinaryIO) -> str:
    """Return the key ID that a backup names, and go back to its beginning.

    Raises:
        MalformedError: It is no backup.
    """
    line = file.readline(LONGEST_LINE)
    file.seek(0)
    name, _, key_id = line.decode("ascii", "replace").rstrip("\n").rpartition(" ")
    if name != FORMAT or len(key_id) != 8:
        later = name.startswith("nostra-backup/")
        raise MalformedError("it is a backup of a later version" if later else "it is no backup of a node")
    return key_id


def unsealed(file: BinaryIO, key: BackupKey) -> Iterator[bytes]:
    """Yield the plaintext of a backup, piece by piece; each is authentic, and only the end shows that all was there.

    Raises:
        MalformedError: The key is another one; or the file was changed, or is cut off.
    """
    if key_id_of(file) != key.key_id:
        raise MalformedError(f"it was made under the backup key {key_id_of(file)}, and this is {key.key_id}")
    line = _first_line(key)
    file.seek(len(line))
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    header = file.read(_HEADER_BYTES)
    if len(header) != _HEADER_BYTES:
        raise MalformedError("it is cut off")
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key.file_key)
    tag = _MESSAGE
    while tag != _FINAL:
        plain, tag = _pull(state, _message(file), line)
        yield plain
    if file.read(1):
        raise MalformedError("something follows its end")


def _message(file: BinaryIO) -> bytes:
    length = int.from_bytes(file.read(4), "big")
    if length > CHUNK_BYTES + _MORE_BYTES:
        raise MalformedError("it was changed, or isn't whole")
    message = file.read(length)
    if len(message) != length or length < _MORE_BYTES:
        raise MalformedError("it is cut off")
    return message


def _pull(
    state: "bindings.crypto_secretstream_xchacha20poly1305_state", message: bytes, line: bytes
) -> tuple[bytes, int]:
    try:
        return bindings.crypto_secretstream_xchacha20poly1305_pull(state, message, line)
    except (CryptoError, RuntimeError):
        raise MalformedError("it was changed, or isn't whole") from None


def _first_line(key: BackupKey) -> bytes:
    return f"{FORMAT} {key.key_id}\n".encode()
