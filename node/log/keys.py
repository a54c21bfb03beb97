"""Private keys in files.

A key file holds one line, as golang.org/x/mod/sumdb/note (module version 0.30) and, for cosigners,
github.com/transparency-dev/formats (0.1.1) write their signers, so that the Go tools read it too::

    PRIVATE+KEY+<name>+<hex8 of key ID>+<base64 of (algorithm ‖ 32-byte seed)>

    key ID: first 4 bytes of SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key)

Algorithms: 0x01 signs a log's checkpoints, 0x04 cosigns, 0x06 cosigns with ML-DSA-44. The key ID is checked, so a name
or seed that was changed by hand is refused. A key file belongs to the node's account or to root and only its owner may
read it (mode 0600, or 0400 where a service manager provides it); any other is refused, since whoever read it can speak
for the institution.
"""

import os
import stat
from pathlib import Path

from nacl.utils import random

from node.errors import FatalError
from node.storage.files import create_file
from protocol.encoding import ml_dsa
from protocol.encoding.keys import ED25519, ML_DSA_44, PUBLIC_KEY_BYTES, SEED_BYTES, Signer
from protocol.encoding.wire import b64, parse_b64
from protocol.errors import MalformedError

PREFIX = "PRIVATE+KEY+"
KEY_FILE_MODES = (0o600, 0o400)
LONGEST_KEY_FILE = 4096
MISSING = "restore it from the backup, or run `nostra init` where there is no log yet"
DAMAGED = "restore it from the backup"
UNWRITABLE = "make room on its disk, or let the node write in that folder, and start again"
WITHOUT_ML_DSA = "install it, or set `ml_dsa = false` in [cosigning]"


def render_private_key(name: str, seed: bytes, algorithm: int = ED25519) -> str:
    """Return the line of a key file, without its newline."""
    key_id = Signer(name, seed, algorithm).verifier.key_id
    return f"{PREFIX}{name}+{key_id.hex()}+{b64(bytes([algorithm]) + seed)}"


def parse_private_key(text: str) -> Signer:
    """Read the line of a key file, without its newline.

    Raises:
        MalformedError: it is not in the form above; the text never repeats what was read.
        FatalError: it is an ML-DSA-44 key, and this installation can't sign with one.
    """
    parts = text.removeprefix(PREFIX).split("+", 2)
    if not text.startswith(PREFIX) or len(parts) != 3:
        raise MalformedError(f"expected one line {PREFIX}NAME+HASH+KEY")
    try:
        data = parse_b64(parts[2])
    except MalformedError:
        raise MalformedError("the key is not padded base64") from None
    if len(data) != 1 + SEED_BYTES or data[0] not in PUBLIC_KEY_BYTES:
        raise MalformedError("the key is not a seed of 32 bytes of type 01, 04 or 06")
    _check_usable(data[0])
    if render_private_key(parts[0], data[1:], data[0]) != text:
        raise MalformedError(f"the key ID is not the one of this key under the name '{parts[0]}'")
    return Signer(parts[0], data[1:], data[0])


def create_key(path: Path, name: str, algorithm: int = ED25519) -> Signer:
    """Make a key, write it durably to a new file, and return it.

    If the process dies now, the file is there whole or not at all, and the key has signed nothing.

    Raises:
        FatalError: a file of that name is there already: a key is never overwritten. Or it can't be written, or this
            installation can't sign with ML-DSA-44.
    """
    _check_usable(algorithm)
    line = render_private_key(name, random(SEED_BYTES), algorithm)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_file(path, f"{line}\n".encode())
    except FileExistsError:
        raise FatalError(f"{path} exists already", mend="a key is never overwritten; choose another name") from None
    except OSError as error:
        raise FatalError(f"{path} can't be written: {error.strerror}", mend=UNWRITABLE) from None
    return parse_private_key(line)


def load_key(path: Path) -> Signer:
    """Read a key file.

    Raises:
        FatalError: there is none, others can read it, it is not a key file, or not one that can be used here.
    """
    try:
        with path.open("rb") as file:
            check_secrecy(path, os.fstat(file.fileno()))
            line = file.read(LONGEST_KEY_FILE).decode("utf-8")
    except OSError as error:
        raise FatalError(f"the key file {path} can't be read ({error.strerror})", mend=MISSING) from None
    except UnicodeDecodeError:
        line = ""
    try:
        if not line.endswith("\n"):
            raise MalformedError("it does not end with a newline")
        return parse_private_key(line[:-1])
    except MalformedError as error:
        raise FatalError(f"{path} is not a key file: {error}", mend=DAMAGED) from None


def _check_usable(algorithm: int) -> None:
    if algorithm == ML_DSA_44 and not ml_dsa.available():
        raise FatalError(ml_dsa.MISSING, mend=WITHOUT_ML_DSA)


def check_secrecy(path: Path, found: os.stat_result) -> None:
    """Raise FatalError unless this is a file of the node's account or root that nobody else can read."""
    if not stat.S_ISREG(found.st_mode):
        raise FatalError(f"{path} is not a file: correct the key's path in the configuration")
    if found.st_uid not in (os.geteuid(), 0):
        raise FatalError(f"{path} belongs to user number {found.st_uid}: run `chown {os.geteuid()} {path}`")
    mode = stat.S_IMODE(found.st_mode)
    if mode not in KEY_FILE_MODES:
        raise FatalError(f"{path} has mode {mode:04o}, and a key is for its owner alone: run `chmod 600 {path}`")
