"""The keys of a node, gathered from where they lie, and what they open."""

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from node.backup.key_file import KeyFile
from node.config import Config
from node.errors import FatalError
from node.log.keys import MISSING, parse_private_key
from node.recognition.records.epoch_keys import EpochKey, epoch_of, parse_epoch_key
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
    ours = tuple(str(path.resolve()) for path in paths.values())
    files = {path.name: path.read_bytes() for path in _files(config.node.keys) if not _is_of(path, ours)}
    logs = {origin: _read(path) for origin, path in paths.items()}
    return KeyFile(logs, files, {origin: _beside(path) for origin, path in paths.items()})


def epoch_keys_of(keys: KeyFile) -> dict[int, EpochKey]:
    """Return the keys of private records that are among these, by epoch."""
    found: dict[int, EpochKey] = {}
    for name, data in keys.files.items():
        epoch = epoch_of(name)
        if epoch is not None and (key := parse_epoch_key(data.decode("ascii", "replace"), epoch)) is not None:
            found[epoch] = key
    return found


def without_epochs(keys: KeyFile, epochs: Collection[int]) -> KeyFile:
    """Return the keys without those of some epochs: an erasure has ended them, and destroys them."""
    files = {name: data for name, data in keys.files.items() if epoch_of(name) not in epochs}
    return replace(keys, files=files)


def log_keys_of(keys: KeyFile) -> dict[str, set[VerifierKey]]:
    """Return the public keys of the logs whose keys are among these, by origin; what is no key is left out.

    Among them are those that lie beside a key file: one that is to follow, or that has signed before.
    """
    found: dict[str, set[VerifierKey]] = {}
    beside = [data for files in keys.beside.values() for data in files.values()]
    for data in (*keys.logs.values(), *keys.files.values(), *beside):
        try:
            key = parse_private_key(data.decode("utf-8", "replace").removesuffix("\n")).verifier
        except MalformedError:
            continue
        if key.name in keys.logs:
            found.setdefault(key.name, set()).add(key)
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
    beside = {
        paths[origin].with_name(paths[origin].name + suffix): data
        for origin, files in keys.beside.items()
        for suffix, data in files.items()
    }
    return {config.node.keys / name: data for name, data in keys.files.items()} | logs | beside


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        found, apart = os.lstat(path), path.name.startswith(".") or path.name.endswith(".head")
        if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST and not apart:
            yield path


def _is_of(path: Path, logs: tuple[str, ...]) -> bool:
    """Return whether a file is a log's key, or lies beside one."""
    found = str(path.resolve())
    return any(found == log or found.startswith(f"{log}.") for log in logs)


def _beside(path: Path) -> dict[str, bytes]:
    """Return what lies beside a log's key file, by what is added to its name."""
    return {
        one.name.removeprefix(path.name): one.read_bytes()
        for one in _files(path.parent)
        if one.name.startswith(f"{path.name}.")
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FatalError(f"the key file {path} can't be read ({error.strerror})", mend=MISSING) from None
