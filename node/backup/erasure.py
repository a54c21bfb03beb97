"""Erase what is marked, everywhere that keys can be reached: a new epoch, a new backup, and the old keys destroyed.

1. Every log that has something marked is released as far as it has grown: what says `closed` is held by others too.
2. The new epoch's key is made; the file of keys has it, beside the old ones, before anything hangs from it.
3. What stays moves, what is marked goes, the epochs before end (`node.recognition.records.new_epoch`).
4. The new backup is written, and read again with the keys that stay: every record in it opens by them.
5. The file of keys is written anew without the keys of epochs that have ended.
6. Their files in the folder of keys are overwritten and removed. Now nothing that went can be read by anybody.

===========================  =========================================================================================
if the process dies …        then
===========================  =========================================================================================
before the end of 3          as `node.recognition.records.new_epoch` says: what stays is read, and is in the old
                             backup or hangs from keys that are in the file of keys
between 3 and 6              what went is out of the database, and only old copies with old keys give it back
in 6                         a key file is whole, overwritten or gone
===========================  =========================================================================================

Each time the same command goes on. The order is what makes it safe: at no moment do the newest backup and the newest
file of keys fail to give back what stays.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.backup.backup_key import make_backup_key
from node.backup.check import Check, Contents
from node.backup.key_file import KeyFile
from node.backup.key_ring import epoch_keys_of, gather_keys, log_keys_of, without_epochs
from node.backup.lines import File, parse_lines
from node.backup.sealed_file import unsealed
from node.backup.write import write_backup
from node.clock import Clock
from node.config import Config
from node.errors import ConflictError, FatalError, PushBackError
from node.recognition.records.epoch_keys import key_path, parse_epoch_key
from node.recognition.records.new_epoch import Moved, NewEpoch
from node.storage.database import Database
from node.storage.erasing import ended_epochs, sizes_of_marked_logs, unreleased_logs
from node.storage.files import destroy_file, replace_file, unfinished, whole_file
from node.storage.records import EpochRow
from node.storage.scan import one_moment
from protocol.errors import MalformedError

PATIENCE: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between looks whether the logs are released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBackup:
    """Where the new backup and its keys go."""

    file: Path
    keys: Path
    passphrase: bytes | None = None
    files: tuple[File, ...] = ()
    """The configuration and what belongs to it."""
    with_entries: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did."""

    moved: Moved | None
    """None where all had been moved before."""
    destroyed: tuple[int, ...]
    """Epochs whose key files were destroyed now."""


class Erasure:
    """Erases what is marked in one node's database."""

    def __init__(self, config: Config, database: Database, clock: Clock, backup: NewBackup | None) -> None:
        """Prepare; with no backup the operator sees to another one."""
        self._config = config
        self._database = database
        self._clock = clock
        self._backup = backup
        self._epochs = NewEpoch(config.node.keys, database, clock)

    async def run(self, progress: Callable[[int], None] = lambda _: None) -> Done | None:
        """Erase; return None where nothing is marked and nothing was left to be finished.

        Raises:
            PushBackError: A log isn't released yet.
            ConflictError: The backup's file is there already, and isn't the one that an earlier run has made.
            FatalError: A key file is missing or another's, or the new backup can't be read.
        """
        wanted = await self._epochs.is_wanted()
        if not wanted and not self._remaining(await self._ended()):
            return None
        if wanted and self._backup is not None and self._backup.file.exists():
            raise ConflictError(f"{self._backup.file} is there already", mend="name another file")
        moved = await self._move(progress) if wanted else None
        remaining = self._remaining(await self._ended())
        if moved is None:
            await self._epochs.forget_lookups(remaining[-1].epoch + 1)
        if self._backup is not None:
            await self._save(self._backup, without={row.epoch for row in remaining})
        for row in remaining:
            destroy_file(key_path(self._config.node.keys, row.epoch))
        return Done(moved, tuple(row.epoch for row in remaining))

    async def _move(self, progress: Callable[[int], None]) -> Moved:
        await self._check_released()
        key = await self._epochs.prepare()
        if self._backup is not None:
            make_backup_key(self._config.node.keys)
            self._replace_keys(self._backup, gather_keys(self._config))
        return await self._epochs.run(key, progress)

    async def _check_released(self) -> None:
        """Return once others hold what is said of what goes.

        Raises:
            PushBackError: They don't.
        """
        async with self._database.pool.acquire() as connection:
            sizes = await sizes_of_marked_logs(connection)
        waiting: list[str] = []
        for pause in PATIENCE:
            async with self._database.pool.acquire() as connection:
                waiting = await unreleased_logs(connection, sizes)
            if not waiting:
                return
            await asyncio.sleep(pause)
        raise PushBackError(
            f"{', '.join(waiting)}: the newest entries aren't released yet, so nothing is destroyed",
            mend="let the node run until partners hold them",
        )

    async def _ended(self) -> list[EpochRow]:
        async with self._database.pool.acquire() as connection:
            return await ended_epochs(connection)

    def _remaining(self, ended: list[EpochRow]) -> list[EpochRow]:
        """Return the epochs that have ended whose key files, or parts of them, are here.

        Raises:
            FatalError: One is another database's.
        """
        found = []
        for row in ended:
            path = key_path(self._config.node.keys, row.epoch)
            key = None
            with suppress(FileNotFoundError):
                key = parse_epoch_key(path.read_bytes().decode("ascii", "replace"), row.epoch)
            if key is not None and key.check != row.key_check:
                raise FatalError(f"{path} is another database's key", mend="take it out of this node's folder of keys")
            if path.exists() or (path.parent.is_dir() and unfinished(path)):
                found.append(row)
        return found

    async def _save(self, backup: NewBackup, *, without: set[int]) -> None:
        """Make the new backup, prove that it needs no key that goes, and let the file of keys have no such key."""
        keys = without_epochs(gather_keys(self._config), without)
        if not backup.file.exists():
            async with one_moment(self._database) as connection:
                with whole_file(backup.file) as file:
                    await write_backup(
                        *(connection, file, keys.backup_key),
                        made=self._clock.now_text(),
                        files=backup.files,
                        with_entries=backup.with_entries,
                    )
        contents = _read(backup.file, keys)
        if contents.problems or any(contents.closed_epochs.values()):
            raise ConflictError(
                f"{backup.file} can't be read by the keys that stay: {'; '.join(contents.problems) or 'it is older'}",
                mend="name another file; the old keys are kept until a backup can be read without them",
            )
        self._replace_keys(backup, keys)

    def _replace_keys(self, backup: NewBackup, keys: KeyFile) -> None:
        replace_file(backup.keys, keys.render(backup.passphrase))
        for one in unfinished(backup.keys):
            destroy_file(one)


def _read(path: Path, keys: KeyFile) -> Contents:
    """Read a backup from end to end.

    Raises:
        FatalError: It isn't whole.
    """
    try:
        with path.open("rb") as file:
            lines = parse_lines(unsealed(file, keys.backup_key))
            return Check(epoch_keys_of(keys), log_keys_of(keys)).run(lines)
    except MalformedError as error:
        raise FatalError(f"the new backup {path} can't be read: {error}", mend="name another file") from None
