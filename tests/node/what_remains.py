"""All that somebody can read who has every file of a node, every backup, every row there ever was, and every key left.

Keys are taken from wherever one lies: the folder of keys, files of keys, any file at all in which one is written down,
a running node's mind. Private records are tried as the database has them, as backups have them, and as it has ever had
them: what a dead row or the write-ahead log still holds is among those, and more.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from node.backup.backup_key import BackupKey
from node.backup.key_file import KeyFile
from node.backup.key_ring import epoch_keys_of
from node.backup.lines import parse_lines
from node.backup.sealed_file import unsealed
from node.errors import NodeError
from node.recognition.records.epoch_keys import EpochKey, parse_epoch_key
from node.recognition.records.record_keys import blind, unlock_record
from node.storage.backup_rows import Page, Record
from node.storage.records import RecordRow
from protocol.errors import MalformedError
from tests.node.life_of_credentials import files_of
from tests.support.nodes import NodeUnderTest

EPOCH_KEY = re.compile(rb"NOSTRA\+RECORDS\+([0-9]+)\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43}=")


@dataclass
class Remains:
    """What there is to be searched."""

    folder: Path
    """The node's: database, write-ahead log, configuration, keys."""
    backups: list[Path]
    key_files: list[Path]
    pages: set[tuple] = field(default_factory=set)
    """(page id, epoch, wrapped) of all pages there ever were."""
    records: set[tuple] = field(default_factory=set)
    """(record id, origin, kind, page id, wrapped, body) of all records there ever were."""
    in_mind: set[EpochKey] = field(default_factory=set)
    page_in_mind: int | None = None
    """The epoch of the page of keys that the node has in mind, if it has one."""
    said: bytes = b""
    """What the node has answered and logged."""

    async def look(self, running: NodeUnderTest) -> None:
        """Keep every page and record that the database holds now, and the keys that the node has in mind now."""
        async with running.parts.database.pool.acquire() as connection:
            self.pages |= set(map(tuple, await connection.fetch("SELECT page_id, epoch, wrapped FROM key_pages")))
            found = await connection.fetch(
                "SELECT record_id, origin, kind, page_id, wrapped, body FROM records JOIN logs USING (log_id)"
            )
        self.records |= set(map(tuple, found))
        vault = running.parts.vault
        self.in_mind = set(vault._epochs.values())
        self.page_in_mind = None if vault._page is None else vault._page.epoch

    def epoch_keys(self) -> set[EpochKey]:
        """Return every key of private records that exists anywhere."""
        written = (parse_epoch_key(match[0].decode() + "\n", int(match[1])) for match in EPOCH_KEY.finditer(self.raw()))
        kept = (key for file in self.key_files for key in epoch_keys_of(KeyFile.parse(file.read_bytes())).values())
        return {key for key in chain(written, kept, self.in_mind) if key is not None}

    def raw(self) -> bytes:
        """Return all bytes of all files, as they lie there."""
        return b"\n".join([files_of(self.folder), *(path.read_bytes() for path in (*self.backups, *self.key_files))])

    def read(self) -> bytes:
        """Return everything that can be read, decrypted wherever any key fits."""
        lines = [text for path in self.backups for text in self._lines_of(path)]
        rows = [line for path in self.backups for line in self._rows_of(path)]
        pages = self.pages | {(row.page_id, row.epoch, row.wrapped) for row in rows if isinstance(row, Page)}
        records = self.records | {
            (row.record_id, row.log, row.kind, row.page_id, row.wrapped, row.body)
            for row in rows
            if isinstance(row, Record)
        }
        opened = _opened(pages, records, self.epoch_keys())
        return b"\n".join([self.raw(), self.said, *lines, *opened])

    def blinded(self, origins: Iterable[str], wanted: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
        """Return the look-ups of (purpose, value) under every key that exists, by a name."""
        return {
            f"{origin} {purpose} {key.epoch}": blind(key, origin, purpose, value)
            for key in self.epoch_keys()
            for origin in origins
            for purpose, value in wanted
        }

    def _backup_key(self) -> BackupKey:
        return KeyFile.parse(self.key_files[0].read_bytes()).backup_key

    def _lines_of(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            yield b"".join(unsealed(file, self._backup_key()))

    def _rows_of(self, path: Path) -> Iterator[object]:
        with path.open("rb") as file:
            yield from parse_lines(unsealed(file, self._backup_key()))


def _opened(pages: Iterable[tuple], records: Iterable[tuple], keys: Iterable[EpochKey]) -> Iterator[bytes]:
    """Give every record's body that any page and any key opens."""
    by_id: dict[object, list[tuple]] = {}
    for page in pages:
        by_id.setdefault(page[0], []).append(page)
    for record_id, origin, kind, page_id, wrapped, body in records:
        for _, epoch, page_wrapped in by_id.get(page_id, ()):
            row = RecordRow(
                record_id=record_id, log_id=0, kind=kind, leaf=None, page_id=page_id, wrapped=wrapped, body=body,
                epoch=epoch, page_wrapped=page_wrapped,
            )  # fmt: skip
            for key in keys:
                with contextlib.suppress(NodeError, MalformedError):
                    yield unlock_record(row, origin, key)
