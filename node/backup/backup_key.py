"""The key that a node's backups are encrypted under: one line in ``backup.key``, in the folder of keys, mode 0600.

::

    NOSTRA+BACKUP+<hex8 of key ID>+<base64 of 32 random bytes>

    key ID    first 4 bytes of H(key, "backup/check") of `protocol.recognition.sealed`
    file key  H(key, "backup/file")

It is made with the first backup and stays: so the newest file of keys opens every backup, and which records can be read
in it, the epochs' keys alone decide. Once an epoch's key is destroyed, no backup gives its records back.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Final, Self

from node.errors import FatalError
from node.log.keys import LONGEST_KEY_FILE, check_secrecy
from node.storage.files import create_file
from protocol.encoding.wire import HASH_BYTES, b64, parse_b64_hash
from protocol.errors import MalformedError
from protocol.recognition.sealed import keyed

NAME: Final = "backup.key"
PREFIX: Final = "NOSTRA+BACKUP+"
DAMAGED: Final = "restore it from the file of keys"


@dataclass(frozen=True, slots=True)
class BackupKey:
    """What opens a node's backups."""

    secret: bytes

    def __repr__(self) -> str:
        """Name the key without its secret."""
        return f"BackupKey({self.key_id})"

    @property
    def key_id(self) -> str:
        """Eight hexadecimal digits that tell it from other keys."""
        return keyed(self.secret, "backup/check")[:4].hex()

    @property
    def file_key(self) -> bytes:
        """The key of the stream."""
        return keyed(self.secret, "backup/file")

    def render(self) -> str:
        """Return the line, with its newline."""
        return f"{PREFIX}{self.key_id}+{b64(self.secret)}\n"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read the line, with its newline.

        Raises:
            MalformedError: It is none; the text never repeats what was read.
        """
        parts = line.removesuffix("\n").removeprefix(PREFIX).split("+", 1)
        try:
            key = cls(parse_b64_hash(parts[-1]))
        except MalformedError:
            raise MalformedError("it is not a backup key") from None
        if key.render() != line:
            raise MalformedError("it is not a backup key")
        return key


def make_backup_key(folder: Path) -> BackupKey:
    """Return the key in a folder of keys; make it where there is none.

    If the process dies now, the file is there whole or not at all, and nothing is encrypted under it.

    Raises:
        FatalError: It can't be read, or others can read it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        create_file(folder / NAME, BackupKey(token_bytes(HASH_BYTES)).render().encode())
    return load_backup_key(folder)


def load_backup_key(folder: Path) -> BackupKey:
    """Read the key in a folder of keys.

    Raises:
        FatalError: There is none, others can read it, or it is damaged.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            check_secrecy(path, os.fstat(file.fileno()))
            return BackupKey.parse(file.read(LONGEST_KEY_FILE).decode("ascii", "replace"))
    except OSError as error:
        raise FatalError(f"the backup key {path} can't be read ({error.strerror})", mend=DAMAGED) from None
    except MalformedError as error:
        raise FatalError(f"{path}: {error}", mend=DAMAGED) from None
