r"""The file of keys: a node's folder of keys as one small file, kept apart from backups and replaced by newer ones.

::

    nostra-backup-keys/v1\n
    {}\n                                      or {"argon2id":{"memory":268435456,"passes":3,"salt":"<base64>"}}\n
    <the keys, JSON>\n                        or base64 of nonce ‖ secretbox of it

    keys: {"beside":{"<origin>":{".former":"<base64>", …}},"files":{"backup.key":"<base64>", …},
           "logs":{"<origin>":"<base64>", …},"v":1}

``logs`` are the logs' keys by origin, wherever the configuration has them, and ``beside`` what lies beside them, by
what is added to the name (`node.log.log_key`); ``files`` is everything else in the folder. Head files are left out:
they are made anew from the backup (`node.log.headfile`). With a passphrase the keys are encrypted (XSalsa20-Poly1305)
under a key that argon2id makes from it.

Whoever has this file and the database, or this file and a backup, reads all that the institution ever kept, and speaks
for it. An older one opens what was erased since: that is why it is replaced, and older ones destroyed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import msgspec
from nacl import pwhash
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.utils import random

from node.backup.backup_key import NAME as BACKUP_KEY
from node.backup.backup_key import BackupKey
from protocol.encoding.wire import b64, parse_b64
from protocol.errors import MalformedError

FIRST_LINE: Final = b"nostra-backup-keys/v1\n"
LARGEST: Final = 4 << 20
MEMORY: Final = pwhash.argon2id.MEMLIMIT_MODERATE
PASSES: Final = pwhash.argon2id.OPSLIMIT_MODERATE
MOST_MEMORY: Final = 1 << 30
MOST_PASSES: Final = 16
"""What a file may ask for before its passphrase can be tried."""


class NoPassphraseError(MalformedError):
    """The keys are under a passphrase, and none was given."""


class _Stretching(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    memory: int
    passes: int
    salt: bytes


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    argon2id: _Stretching | None = None


class _Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    beside: dict[str, dict[str, bytes]]
    files: dict[str, bytes]
    logs: dict[str, bytes]
    v: int


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The keys of a node."""

    logs: Mapping[str, bytes] = field(repr=False)
    """Contents of the logs' key files, by origin."""
    files: Mapping[str, bytes] = field(repr=False)
    """Contents of the other files in the folder of keys, by name."""
    beside: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict, repr=False)
    """Contents of the files beside a log's key, by origin and by what is added to the key file's name."""

    @property
    def backup_key(self) -> BackupKey:
        """The key of the backups.

        Raises:
            MalformedError: It isn't there.
        """
        return BackupKey.parse(self.files.get(BACKUP_KEY, b"").decode("ascii", "replace"))

    def render(self, passphrase: bytes | None = None) -> bytes:
        """Return the file's bytes, under a passphrase if one is given."""
        keys = msgspec.json.encode(self._members(), order="sorted")
        if passphrase is None:
            return b"".join([FIRST_LINE, b"{}\n", keys, b"\n"])
        made = _Stretching(MEMORY, PASSES, random(pwhash.argon2id.SALTBYTES))
        sealed = SecretBox(_stretched(passphrase, made)).encrypt(keys)
        header = msgspec.json.encode(_Header(made), order="sorted")
        return b"".join([FIRST_LINE, header, b"\n", b64(bytes(sealed)).encode(), b"\n"])

    def _members(self) -> _Keys:
        beside = {origin: dict(files) for origin, files in self.beside.items()}
        return _Keys(beside, dict(self.files), dict(self.logs), 1)

    @classmethod
    def parse(cls, data: bytes, passphrase: bytes | None = None) -> Self:
        """Read the file.

        Raises:
            NoPassphraseError: It is under a passphrase, and none was given.
            MalformedError: It is none, was changed, or the passphrase is another.
        """
        if not data.startswith(FIRST_LINE) or len(data) > LARGEST:
            raise MalformedError("it is no file of a node's keys")
        header, _, rest = data.removeprefix(FIRST_LINE).partition(b"\n")
        stretching = _read(header, _Header).argon2id
        keys = _read(rest if stretching is None else _opened(rest, stretching, passphrase), _Keys)
        if keys.v != 1 or not rest.endswith(b"\n"):
            raise MalformedError("it is cut off, or a file of keys of a later version")
        added = [suffix.removeprefix(".") for files in keys.beside.values() for suffix in files]
        for name in (*keys.files, *added):
            if "/" in name or name.startswith(".") or not name:
                raise MalformedError(f"'{name[:40]}' is no name of a key's file")
        return cls(keys.logs, keys.files, keys.beside)


def _opened(data: bytes, stretching: _Stretching, passphrase: bytes | None) -> bytes:
    if passphrase is None:
        raise NoPassphraseError("the keys are under a passphrase")
    if not 0 < stretching.memory <= MOST_MEMORY or not 0 < stretching.passes <= MOST_PASSES:
        raise MalformedError("its passphrase can't be tried with so much memory or so many passes")
    try:
        return SecretBox(_stretched(passphrase, stretching)).decrypt(parse_b64(data.decode("ascii").rstrip("\n")))
    except (CryptoError, ValueError):
        raise MalformedError("the passphrase is another, or the file was changed") from None


def _stretched(passphrase: bytes, made: _Stretching) -> bytes:
    try:
        return pwhash.argon2id.kdf(
            SecretBox.KEY_SIZE, passphrase, made.salt, opslimit=made.passes, memlimit=made.memory
        )
    except (CryptoError, ValueError, RuntimeError):
        raise MalformedError("its salt or what it asks for can't be used") from None


def _read(data: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError:
        raise MalformedError("it was changed, or isn't whole") from None
