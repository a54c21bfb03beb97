"""An erasure: the scenario of an operator who has an award erased, and gives the command again until it is done."""

import asyncio
import contextlib
import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from node.backup.backup_key import make_backup_key
from node.backup.check import Check
from node.backup.erasure import Erasure, NewBackup
from node.backup.key_file import KeyFile
from node.backup.key_ring import epoch_keys_of, gather_keys, log_keys_of
from node.backup.lines import parse_lines
from node.backup.sealed_file import unsealed
from node.backup.write import write_backup
from node.errors import NodeError, NotFoundError
from node.formats.write_elm import write_elm
from node.recognition.awards.awarding import Awarding
from node.recognition.awards.issue import Awards
from node.recognition.awards.record import AwardRecord, by_file
from node.recognition.erasure.erase import Erasures, Target
from node.recognition.logs.chains import find_statuses
from node.recognition.records.epoch_keys import EpochKey, load_epoch_key
from node.recognition.records.record_keys import unlock_record
from node.recognition.shown import show
from node.storage.records import RecordRow, record_at
from node.storage.scan import one_moment
from tests.node.formats.documents import an_award, as_bytes
from tests.support.counting import Place
from tests.support.ledger import Ledger, open_ledger
from tests.support.scenarios import DATABASE_FAILED, SOON

NORTHLAKE = ("northlake", "Northern Lake University", "FI", [("schac", "northlake.example")])
STAYING, GOING = (0, 2), 1
"""Leaves of the awards that stay, and of the one that goes."""


class AnErasure:
    """Three awards stand and are backed up; the second is erased, with a new backup and a new file of keys."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._keys_folder = place.folder / "own-keys"
        self._yesterday, self._today = place.folder / "yesterday", place.folder / "today"
        self._key_file = place.folder / "keys"
        self._files = [_credential(number) for number in range(3)]
        self._dsn = ""
        self._row: RecordRow
        """The record that goes, encrypted, as it is before."""
        self._old_key: EpochKey
        self._award: AwardRecord
        self._origin = ""

    async def begin(self, dsn: str) -> None:
        """Award, and back up."""
        self._dsn = dsn
        async with self._ledger(self._place.dsn) as ledger:
            log = ledger.logs["northlake"]
            self._origin = log.origin
            service = Awards(log, ledger.records("northlake"), Awarding(log, ledger.institutions()), ledger.database)
            for file in self._files:
                await service.issue(file)
            async with ledger.database.pool.acquire() as connection:
                row = await record_at(connection, log.reader.state.head.log_id, "award", GOING)
            assert row is not None
            self._row, self._old_key = row, load_epoch_key(self._keys_folder, 1)
            record = await ledger.records("northlake").at("award", GOING)
            assert record is not None
            self._award = AwardRecord.read(record)
            await self._back_up(ledger)

    async def _back_up(self, ledger: Ledger) -> None:
        key = make_backup_key(self._keys_folder)
        async with one_moment(ledger.database) as connection:
            with self._yesterday.open("wb") as file:
                await write_backup(connection, file, key, made=ledger.clock.now_text(), files=(), with_entries=False)
        self._key_file.write_bytes(gather_keys(self._config(ledger)).render())

    async def work(self) -> None:
        """Erase; whatever fails, the same command is given again."""
        while True:
            try:
                async with self._ledger(self._dsn) as ledger:
                    with contextlib.suppress(NotFoundError):  # gone already
                        await self._erasures(ledger).erase(Target(shown=show(document=self._files[GOING])))
                    if await self._erasure(ledger).run() is None:
                        return
            except DATABASE_FAILED:
                await self.check()
                await asyncio.sleep(SOON)

    async def check(self) -> None:
        """What stays is read, found and backed up; what goes is whole, or closed and marked, or gone."""
        async with self._ledger(self._place.dsn) as ledger:
            records = ledger.records("northlake")
            for leaf in STAYING:
                found = await records.find(by_file(hashlib.sha256(self._files[leaf]).digest()))
                assert [one.leaf for one in found] == [leaf], "what stays isn't found"
            said = await self._said(ledger)
            going = await records.at("award", GOING, leaving=True)
            if going is not None and not going.leaving:
                assert said == [], "it is closed, and stands as if nothing were"
            else:
                assert said == ["closed"], "it goes, and nothing was said of it"
            newest = self._today if self._today.exists() else self._yesterday
            self._check_backup(newest)

    def _check_backup(self, path: Path) -> None:
        keys = KeyFile.parse(self._key_file.read_bytes())
        with path.open("rb") as file:
            contents = Check(epoch_keys_of(keys), log_keys_of(keys)).run(parse_lines(unsealed(file, keys.backup_key)))
        assert not contents.problems, contents.problems
        assert sum(contents.closed_epochs.values()) == 0, "the newest backup and keys don't give back what stays"

    async def restart(self) -> None:
        """See that it is done: nothing is left to be done, and no key that exists opens what went."""
        await self.work()
        async with self._ledger(self._place.dsn) as ledger:
            assert await self._erasure(ledger).run() is None
            assert await ledger.records("northlake").at("award", GOING, leaving=True) is None
        assert unlock_record(self._row, self._origin, self._old_key), "by the key that is gone it could be read"
        assert not any(self._opens(key) for key in self._keys_left()), "a key that is left opens what went"
        assert self._today.exists()

    def _keys_left(self) -> list[EpochKey]:
        """Return every key of private records in any file that there is."""
        folders = SimpleNamespace(node=SimpleNamespace(keys=self._keys_folder), logs=())
        kept = KeyFile.parse(self._key_file.read_bytes())
        left = [*epoch_keys_of(kept).values(), *epoch_keys_of(gather_keys(folders)).values()]
        names = [path.name for path in self._keys_folder.iterdir() if "records-1" in path.name]
        assert names == [], names
        assert [path.name for path in self._place.folder.iterdir() if path.name.startswith(".keys")] == []
        return left

    def _opens(self, key: EpochKey) -> bool:
        try:
            return bool(unlock_record(self._row, self._origin, key))
        except NodeError:
            return False

    async def _said(self, ledger: Ledger) -> list[str | None]:
        log, key = ledger.logs["northlake"], self._award.status_key(self._origin)
        links = await find_statuses(ledger.database, log.known(), key, self._award.tag(self._origin))
        return [link.said for link in links]

    def _erasures(self, ledger: Ledger) -> Erasures:
        records = {self._origin: ledger.records("northlake")}
        return Erasures(ledger.logs["northlake"], records, ledger.database, ledger.clock)

    def _erasure(self, ledger: Ledger) -> Erasure:
        backup = NewBackup(file=self._today, keys=self._key_file)
        return Erasure(self._config(ledger), ledger.database, ledger.clock, backup)

    def _config(self, ledger: Ledger) -> Any:
        """Return as much of a configuration as an erasure looks at."""
        logs = tuple(log.settings for log in ledger.logs.values())
        return SimpleNamespace(node=SimpleNamespace(keys=self._keys_folder), logs=logs)

    @contextlib.asynccontextmanager
    async def _ledger(self, dsn: str):
        self._keys_folder.mkdir(mode=0o700, exist_ok=True)
        async with open_ledger(dsn, self._keys_folder) as ledger:
            await ledger.add(*NORTHLAKE)
            yield ledger

    async def end(self) -> None:
        """Nothing runs on."""


def _credential(number: int) -> bytes:
    return as_bytes(write_elm(an_award(credential_id=f"urn:x:erasure:{number}")))
