"""A new epoch of the private records' keys: what stays moves under it, what is marked goes, the epochs before end.

1. The new epoch's key lies in its file, durably, and then its row stands: new records are written under it.
2. Page by page, in transactions of a thousand records: those that are marked are removed; those that stay get a new
   page under the new epoch, and their look-ups under its key beside the old ones. Bodies stay as they are.
3. Once nothing hangs from the earlier epochs, they end: nobody writes under them any more, and their look-ups go.

===========================  =========================================================================================
if the process dies …        then
===========================  =========================================================================================
in 1, between file and row   the next run finds the file and uses it
in 2                         two epochs live, every record is read and found under the one or the other; the next run
                             goes on where this one was, under the same new epoch
after 3                      what went hangs from keys that are only in the files of epochs that have ended: the next
                             run destroys those (`node.backup.erasure`)
===========================  =========================================================================================
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from node.clock import Clock
from node.recognition.records.epoch_keys import EpochKey, create_epoch_key
from node.recognition.records.record_keys import PAGE_RECORDS, KeyPage, blind, decrypt_record
from node.recognition.records.vault import load_epoch_keys
from node.storage.database import Connection, Database
from node.storage.erasing import (
    MovedRecord,
    NewPage,
    StoredRecord,
    count_marked,
    end_epochs,
    forget_lookups,
    marked_hang_from,
    move,
    records_on,
    take_pages,
)
from node.storage.records import LookupRow, begin_epoch, live_epochs
from protocol.encoding import canonical
from protocol.encoding.wire import parse_b64url32

STEP_PAGES: Final = 4
"""Pages moved in one transaction: a thousand records, during which awards that would hang from them wait."""

STEP_LOOKUPS: Final = 20_000
"""Look-ups that are forgotten in one transaction."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the records."""

    erased: int
    kept: int
    epoch: int
    """What all records hang from now."""


class NewEpoch:
    """Moves the private records of one database under a new epoch."""

    def __init__(self, folder: Path, database: Database, clock: Clock) -> None:
        """Work with the folder of keys and the database."""
        self._folder = folder
        self._database = database
        self._clock = clock

    async def is_wanted(self) -> bool:
        """Return whether a record is to go, or a run before this one didn't come to its end."""
        async with self._database.pool.acquire() as connection:
            return await count_marked(connection) > 0 or len(await live_epochs(connection)) > 1

    async def prepare(self) -> EpochKey:
        """Return the key of the epoch that what stays is to hang from; its file is durable, its row may not be there.

        Raises:
            FatalError: A key file is missing, or can't be written.
        """
        async with self._database.pool.acquire() as connection:
            rows = await live_epochs(connection)
            keys = load_epoch_keys(self._folder, rows)
            newest = rows[-1].epoch
            if len(rows) > 1 and not await marked_hang_from(connection, newest):
                return keys[newest]
        return create_epoch_key(self._folder, newest + 1)

    async def run(self, key: EpochKey, progress: Callable[[int], None] = lambda _: None) -> Moved:
        """Move everything under this key's epoch, and end those before.

        Raises:
            FatalError: A key file is missing.
            NodeError: A record can't be decrypted; nothing of its step is moved, and no epoch ends.
        """
        async with self._database.writing() as connection:
            await begin_epoch(connection, key.epoch, key.check, self._clock.now())
        erased = kept = 0
        while True:
            while (step := await self._step(key)) is not None:
                erased, kept = erased + step[0], kept + step[1]
                progress(erased + kept)
            async with self._database.writing() as connection:
                ended = await end_epochs(connection, below=key.epoch, now=self._clock.now())
            if ended:
                await self.forget_lookups(key.epoch)
                return Moved(erased, kept, key.epoch)

    async def forget_lookups(self, below: int) -> None:
        """Forget what earlier epochs that have ended found records by: without their keys it says nothing."""
        more = True
        while more:
            async with self._database.writing() as connection:
                more = await forget_lookups(connection, below=below, most=STEP_LOOKUPS) == STEP_LOOKUPS

    async def _step(self, key: EpochKey) -> tuple[int, int] | None:
        """Move some pages; return how many of their records went and stayed, or None where no page is left."""
        async with self._database.writing() as connection:
            taken = await take_pages(connection, below=key.epoch, most=STEP_PAGES)
            if not taken:
                return None
            keys = await self._keys(connection)
            found = await records_on(connection, taken)
            staying = [one for one in found if not one.row.erase]
            pages, records = _moved(staying, keys, key)
            gone = [one.row.record_id for one in found if one.row.erase]
            await move(connection, pages=pages, records=records, gone=gone, left=taken)
            return len(gone), len(staying)

    async def _keys(self, connection: Connection) -> Mapping[int, EpochKey]:
        return load_epoch_keys(self._folder, await live_epochs(connection))


def _moved(
    staying: Sequence[StoredRecord], keys: Mapping[int, EpochKey], new: EpochKey
) -> tuple[list[NewPage], list[MovedRecord]]:
    """Return what stays, on pages of the new epoch."""
    before: dict[UUID, KeyPage] = {}
    pages, records = [], []
    remaining = iter(staying)
    while some := list(islice(remaining, PAGE_RECORDS)):
        page = KeyPage.new(new.epoch)
        pages.append(NewPage(page.page_id, new.epoch, page.wrapped(new)))
        for stored in some:
            row = stored.row
            if row.page_id not in before:
                before[row.page_id] = KeyPage.of(row, keys[row.epoch])
            records.append(_on(page, stored, before[row.page_id].unwrap(row), keys[row.epoch], new))
    return pages, records


def _on(page: KeyPage, stored: StoredRecord, key: bytes, old: EpochKey, new: EpochKey) -> MovedRecord:
    """Return a record on its new page, its body as it is."""
    row = stored.row
    body = canonical.decode(decrypt_record(row, key, stored.origin))
    return MovedRecord(
        record_id=row.record_id,
        log_id=row.log_id,
        page_id=page.page_id,
        wrapped=page.wrap(row.record_id, key),
        lookups=tuple(_lookups(stored, body, old, new)),
    )


def _lookups(stored: StoredRecord, body: Any, old: EpochKey, new: EpochKey) -> Iterator[LookupRow]:
    """Give the look-ups that a record lists, under the new key; another may have taken those that were its alone."""
    for purpose, text, _ in body["lookups"]:
        value = parse_b64url32(text)
        sole = stored.sole.get(blind(old, stored.origin, purpose, value), False)
        yield LookupRow(purpose, blind(new, stored.origin, purpose, value), sole, new.epoch)
