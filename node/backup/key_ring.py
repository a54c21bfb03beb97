"""The keys of a node, gathered from where they lie, and what they open."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from node.backup.key_file import KeyFile
from node.config import Config
from node.errors import FatalError
from node.log.keys import MISSING, parse_private_key
from node.recognition.epoch_keys import EpochKey, epoch_of, parse_epoch_key
from protocol.encoding.keys import VerifierKey
from protocol.errors import MalformedError

LARGEST: Final = 1 << 16
"""Bytes; what is larger in a folder of keys is no key."""


def gather_keys(config: Config) -> KeyFile:
    """Read all key files of a node.

    Raises:
        FatalError: A log's key can't be read.
    """
    paths = {log.origin: log.key for log in config.logs}
    apart = {path.resolve() for path in paths.values()}
    files = {path.name: path.read_bytes() for path in _files(config.node.keys) if path.resolve() not in apart}
    return KeyFile({origin: _read(path) for origin, path in paths.items()}, files)


def epoch_keys_of(keys: KeyFile) -> dict[int, EpochKey]:
    """Return the keys of private records that are among these, by epoch."""
    found: dict[int, EpochKey] = {}
    for name, data in keys.files.items():
        epoch = epoch_of(name)
        if epoch is not None and (key := parse_epoch_key(data.decode("ascii", "replace"), epoch)) is not None:
            found[epoch] = key
    return found


def log_keys_of(keys: KeyFile) -> dict[str, VerifierKey]:
    """Return the public keys of the logs whose keys are among these, by origin; what is no key is left out."""
    found: dict[str, VerifierKey] = {}
    for origin, data in keys.logs.items():
        try:
            key = parse_private_key(data.decode("utf-8", "replace").removesuffix("\n")).verifier
        except MalformedError:
            continue
        if key.name == origin:
            found[origin] = key
    return found


def places_of(keys: KeyFile, config: Config) -> dict[Path, bytes]:
    """Return where each of these keys belongs by a configuration.

    Raises:
        FatalError: The configuration has no such log, or a log of it has no key here.
    """
    paths = {log.origin: log.key for log in config.logs}
    if set(paths) != set(keys.logs):
        only = sorted(set(paths) ^ set(keys.logs))
        raise FatalError(
            f"configuration and file of keys are of different logs ({', '.join(only)})",
            mend="use the configuration that the backup holds, or mend its [[log]]",
        )
    logs = {paths[origin]: data for origin, data in keys.logs.items()}
    return {config.node.keys / name: data for name, data in keys.files.items()} | logs


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        found, apart = os.lstat(path), path.name.startswith(".") or path.name.endswith(".head")
        if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST and not apart:
            yield path


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FatalError(f"the key file {path} can't be read ({error.strerror})", mend=MISSING) from None
