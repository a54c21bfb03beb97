"""Put a backup into a node that has nothing: keys, head files, logs, rows. `node.backup.check` has read it all before.

1. Key files are written, each whole, none over another. A head file beside each log's key remembers how far the log
   was, as of no server: a node that is started now signs nothing upon less, and only with the operator's word that a
   restore is meant (`node.log.headfile`).
2. Each log gets its row and, where the backup has them, its entries, in steps of some thousand: as those of a log that
   is being recovered, under the signed note that they lead to.
3. All rows, in one transaction.

If the process dies before the end, the rows aren't there, and the same command goes on: keys that are there already
are the same, and entries are a beginning. Once the rows are in, the database holds something, and the next restore is
refused. A log's later entries come from partners (`node.gossip.recovery.recover`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from node.backup.lines import AnyLine, Bundle, Log
from node.config import Config
from node.errors import ConflictError, FatalError
from node.gossip.cosigning.cosigned_file import CosignedFile, Mark
from node.gossip.cosigning.cosigned_file import CosignedState as Remembered
from node.log.admit import Admitted
from node.log.classify import classify_bundle
from node.log.headfile import NO_SERVER, HeadFile, HeadState
from node.log.integrate import integrate
from node.log.state import load_position
from node.recognition.records.epoch_keys import EpochKey
from node.storage.backup_rows import (
    PAGE,
    AnyRow,
    CosignedState,
    Epoch,
    Lookup,
    Page,
    Record,
    Row,
    forget_begun,
    holds_nothing,
    write_rows,
)
from node.storage.database import Connection, Database, Identity
from node.storage.files import create_file
from node.storage.former_keys import close_log, set_keys
from node.storage.heads import Head, all_heads, create_log, store_release
from node.storage.records import begin_epoch
from node.storage.writer import Outcome, Writer
from protocol.encoding.note import Note
from protocol.log.checkpoint import Checkpoint
from protocol.log.tile import TILE_WIDTH, parse_bundle

STEP_BUNDLES: Final = 32
EMPTY: Final = "restore into an empty node folder and an empty database"
AGAIN: Final = "run `nostra restore` again: it goes on"

Lines = Callable[[], Iterable[AnyLine]]
"""Reads a backup that was checked, once more from its beginning."""


def write_files(wanted: Mapping[Path, bytes]) -> None:
    """Write files that aren't there yet, mode 0600.

    Raises:
        ConflictError: One is there with other contents; then none is written.
    """
    for path, data in wanted.items():
        if path.exists() and path.read_bytes() != data:
            raise ConflictError(f"{path} is there already, and is another", mend=EMPTY)
    for path, data in wanted.items():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            create_file(path, data)


def write_head_files(config: Config, logs: Iterable[Log]) -> None:
    """Remember beside each log's key how far it was; what is remembered already and is more, stays.

    Raises:
        FatalError: It can't be written.
    """
    keys = {log.origin: log.key for log in config.logs}
    for log in logs:
        file = HeadFile(keys[log.origin])
        known = file.read()
        if known is None or known.size < log.size:
            file.write(HeadState(log.origin, log.size, log.root, NO_SERVER, 1))


def write_cosigned(config: Config, rows: Iterable[CosignedState]) -> None:
    """Remember beside the keys how far our cosigners were, as of no server: they are suspended when the node starts.

    Raises:
        FatalError: It can't be written.
    """
    file = CosignedFile(config)
    known = file.read()
    marks = () if known is None else known.marks
    state = Remembered(Identity(NO_SERVER, 1), marks)
    file.write(state.with_marks(Mark(row.origin, row.claim, row.size, row.root) for row in rows))


class Restore:
    """Puts the rows and entries of a backup into an empty database."""

    def __init__(
        self,
        database: Database,
        lines: Lines,
        epoch_keys: Mapping[int, EpochKey],
        *,
        closed_epochs: Iterable[int] = (),
        now: int = 0,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Prepare.

        Args:
            database: Holds nothing.
            lines: Reads the backup.
            epoch_keys: The keys of private records that are here.
            closed_epochs: Epochs whose key isn't: what hangs from them is left out.
            now: POSIX seconds.
            progress: Is told how many lines are done.
        """
        self._database = database
        self._lines = lines
        self._epoch_keys = epoch_keys
        self._closed = frozenset(closed_epochs)
        self._now = now
        self._progress = progress

    async def run(self, logs: Sequence[Log]) -> None:
        """Write everything.

        Raises:
            ConflictError: The database holds something already.
            FatalError: It refuses.
        """
        by_origin = {log.origin: log for log in logs}
        heads = await self._make_logs(by_origin)
        before = takewhile(lambda line: not isinstance(line, Row), self._lines())
        entries = (line for line in before if isinstance(line, Bundle))
        for origin, ours in groupby(entries, lambda line: line.log):
            await self._grow(heads[origin], by_origin[origin], (line.data for line in ours))
        async with self._database.writing() as connection:
            await _check_empty(connection)
            await self._write_rows(connection, {origin: head.log_id for origin, head in heads.items()})

    async def _make_logs(self, logs: Mapping[str, Log]) -> dict[str, Head]:
        """Make each log's row, and return the heads; one that is here already may be a beginning."""
        async with self._database.writing() as connection:
            await _check_empty(connection)
            for head in await all_heads(connection):
                log = logs.get(head.origin)
                if log is None and not head.own and head.size == 0:
                    continue  # a partner's, begun by a node that then refused to start
                if log is None or (head.own, head.verifier_key) != (log.own, log.verifier_key):
                    raise ConflictError(f"the database holds another log already, {head.origin}", mend=EMPTY)
            return {origin: await _make_log(connection, log) for origin, log in logs.items()}

    async def _grow(self, head: Head, log: Log, bundles: Iterable[bytes]) -> None:
        """Let a log have the entries of these bundles, as far as they aren't here.

        If the process dies between two steps, the head's note is the signed one that they lead to, and the head file
        knows of all of them.
        """
        writer = Writer(self._database, head)
        try:
            head = await writer.connect()
            position = await load_position(writer.connection, head)
            for batch in _steps(bundles, log.origin, after=head.size):
                step = integrate(position, batch, lambda *_: log.note or b"")
                if step.growth.size == log.size and step.growth.root != log.root:
                    raise FatalError(f"the database holds another tree of {log.origin}", mend=EMPTY)
                if await writer.commit(step.growth) is not Outcome.DONE:
                    raise FatalError(f"the database has not taken the entries of {log.origin}", mend=AGAIN)
                position = step.after
                self._progress(step.growth.size)
            if log.released is not None and (size := _size_of(log.released)) <= position.head.size:
                await store_release(writer.connection, head.log_id, size, log.released)
        finally:
            await writer.close()

    async def _write_rows(self, connection: Connection, log_ids: Mapping[str, int]) -> None:
        await forget_begun(connection)
        waiting: list[AnyRow] = []
        for number, row in enumerate(self._kept()):
            if waiting and (type(row) is not type(waiting[0]) or len(waiting) == PAGE):
                await write_rows(connection, waiting, log_ids)
                waiting = []
                self._progress(number)
            waiting.append(row)
        if waiting:
            await write_rows(connection, waiting, log_ids)
        for epoch, key in self._epoch_keys.items():
            await begin_epoch(connection, epoch, key.check, self._now)

    def _kept(self) -> Iterator[AnyRow]:
        """Yield the rows but those that nobody can read any more: their epoch's key is not here."""
        left_out: set[UUID] = set()
        for row in self._lines():
            match row:
                case Epoch() if row.epoch in self._closed:
                    yield msgspec.structs.replace(row, destroyed_at=self._now)
                case Page() if row.epoch in self._closed:
                    left_out.add(row.page_id)
                case Record() if row.page_id in left_out:
                    left_out.add(row.record_id)
                case Lookup() if row.record_id in left_out:
                    pass
                case Row():
                    yield row
                case _:
                    pass


async def _make_log(connection: Connection, log: Log) -> Head:
    """Make a log's row, with the keys before and what follows it; its head stays where it is."""
    head = await create_log(connection, log.origin, log.verifier_key, own=log.own)
    if log.former:
        await set_keys(connection, head.log_id, log.verifier_key, [one.key() for one in log.former], own=log.own)
    if log.successor:
        await close_log(connection, head.log_id, log.successor)
    return head


async def _check_empty(connection: Connection) -> None:
    if not await holds_nothing(connection):
        raise ConflictError("the database holds private records, tokens or the like already", mend=EMPTY)


def _steps(bundles: Iterable[bytes], origin: str, *, after: int) -> Iterator[list[Admitted]]:
    """Yield the entries behind the first `after`, some thousand at a time."""
    batch: list[Admitted] = []
    for index, data in enumerate(bundles):
        count = len(parse_bundle(data))
        skip = max(0, after - index * TILE_WIDTH)
        if skip < count:
            batch.append(classify_bundle(data, origin=origin, count=count, skip=skip))
        if len(batch) == STEP_BUNDLES:
            yield batch
            batch = []
    if batch:
        yield batch


def _size_of(note: bytes) -> int:
    return Checkpoint.parse(Note.parse(note).text).size
