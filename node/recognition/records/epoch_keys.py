"""The keys that private records hang from: one file for each epoch, beside the log keys.

A file is named ``records-EPOCH.key``, has mode 0600, and holds one line::

    NOSTRA+RECORDS+<epoch>+<hex8 of key ID>+<base64 of 32 random bytes>

    key ID: first 4 bytes of H(key, "records/check", epoch) of `protocol.recognition.sealed`

Three keys come from it, so that none serves two purposes: one wraps pages of record keys, one makes blind look-ups,
one makes the check that the database keeps. Whoever has this file and the database reads every record; destroying it,
after what stays was wrapped under the next epoch's key, makes every copy of the rest unreadable for good.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

from node.errors import FatalError
from node.log.keys import LONGEST_KEY_FILE, UNWRITABLE, check_secrecy
from node.storage.files import create_file
from protocol.encoding.wire import HASH_BYTES, b64, parse_b64_hash
from protocol.errors import MalformedError
from protocol.recognition.sealed import keyed

PREFIX = "NOSTRA+RECORDS+"
MISSING = "restore it from the backup of the keys: without it the private records can't be read"


@dataclass(frozen=True, slots=True)
class EpochKey:
    """The key of an epoch, as the keys that come from it."""

    epoch: int
    wrapping: bytes
    lookup: bytes
    check: bytes
    """What the database keeps to tell a wrong key file."""

    @classmethod
    def of(cls, epoch: int, key: bytes) -> "EpochKey":
        """Derive the keys of an epoch."""
        check = keyed(key, "records/check", epoch)
        return cls(epoch, keyed(key, "records/wrapping"), keyed(key, "records/lookup"), check)


def key_path(folder: Path, epoch: int) -> Path:
    """Return where the key of an epoch lies."""
    return folder / f"records-{epoch}.key"


def epoch_of(name: str) -> int | None:
    """Return the epoch whose key a file of this name holds, or None if it is no such file."""
    match = re.fullmatch(r"records-([1-9][0-9]{0,8})\.key", name)
    return int(match[1]) if match else None


def create_epoch_key(folder: Path, epoch: int) -> EpochKey:
    """Make an epoch's key and write it durably; one that another process made meanwhile is taken.

    If the process dies now, the file is there whole or not at all, and nothing is wrapped under it.

    Raises:
        FatalError: It can't be written.
    """
    key, path = token_bytes(HASH_BYTES), key_path(folder, epoch)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_file(path, _render(epoch, key).encode())
    except FileExistsError:
        return load_epoch_key(folder, epoch)
    except OSError as error:
        raise FatalError(f"{path} can't be written: {error.strerror}", mend=UNWRITABLE) from None
    return EpochKey.of(epoch, key)


def load_epoch_key(folder: Path, epoch: int) -> EpochKey:
    """Read an epoch's key.

    Raises:
        FatalError: There is none, others can read it, or it is damaged.
    """
    path = key_path(folder, epoch)
    try:
        with path.open("rb") as file:
            check_secrecy(path, os.fstat(file.fileno()))
            line = file.read(LONGEST_KEY_FILE).decode("ascii", "replace")
    except OSError as error:
        raise FatalError(
            f"the key of the private records {path} can't be read ({error.strerror})", mend=MISSING
        ) from None
    found = parse_epoch_key(line, epoch)
    if found is None:
        raise FatalError(f"{path} is not the key of the private records' epoch {epoch}", mend=MISSING)
    return found


def _render(epoch: int, key: bytes) -> str:
    return f"{PREFIX}{epoch}+{keyed(key, 'records/check', epoch)[:4].hex()}+{b64(key)}\n"


def parse_epoch_key(line: str, epoch: int) -> EpochKey | None:
    """Return the key in the line of a file, or None unless it is exactly what was written for this epoch."""
    try:
        key = parse_b64_hash(line.removesuffix("\n").split("+", 4)[-1])
    except MalformedError:
        return None
    return EpochKey.of(epoch, key) if _render(epoch, key) == line else None
