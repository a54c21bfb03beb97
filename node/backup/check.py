"""Check a backup from its first byte to its last: that it is whole, what it holds, and that these keys open it.

1. The stream is authentic and ends where it ends (`node.backup.sealed_file`); every line is read.
2. Each log of our own is signed by the key that the backup names, and that key is among those given.
3. Entries, where they are in it, have the root hash of their log's head.
4. Each private record is decrypted: by its epoch's key, its page's and its own.
5. Each text is the one that its commitment names; a request key's leaves are in its log.

What is wrong is told, each kind once with a number. Nothing is kept of what was read but counts.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from node.backup.lines import AnyLine, Begin, Bundle, End, File, Log, kind_of
from node.errors import NodeError
from node.log.follow import open_target
from node.recognition.records.epoch_keys import EpochKey
from node.recognition.records.record_keys import unlock_record
from node.storage.backup_rows import CosignedState, Epoch, Page, Record, Request, Text
from node.storage.records import RecordRow
from protocol.encoding.keys import VerifierKey
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError, ProtocolError
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash
from protocol.log.tile import parse_bundle
from protocol.recognition.texts import parse_texts, verify_texts

ANY_LOG: Final = 0
"""The number of a log where a record is only decrypted."""


@dataclass(slots=True)
class Contents:
    """What a backup holds."""

    made: str = ""
    program: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    logs: list[Log] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """Lines of each kind."""
    cosigned: list[CosignedState] = field(default_factory=list)
    """Where our cosigners stood."""
    closed_epochs: dict[int, int] = field(default_factory=dict)
    """Epochs whose key isn't among those given, with how many records hang from each."""
    problems: Counter[str] = field(default_factory=Counter)
    """What is wrong, and how often."""

    @property
    def own(self) -> list[Log]:
        """The logs of our own."""
        return [log for log in self.logs if log.own]


class Check:
    """One pass over a backup's lines."""

    def __init__(self, epoch_keys: Mapping[int, EpochKey], log_keys: Mapping[str, Collection[VerifierKey]]) -> None:
        """Check by these keys: the private records' by epoch, the logs' by origin."""
        self._epoch_keys = epoch_keys
        self._log_keys = log_keys
        self._pages: dict[object, Page] = {}
        self._sizes: dict[str, int] = {}
        self._open: tuple[Log, Edge] | None = None
        """The log whose entries are being read."""
        self.contents = Contents()

    def run(self, lines: Iterable[AnyLine]) -> Contents:
        """Read all lines and return what they hold.

        Raises:
            MalformedError: Whatever the lines raise.
        """
        for line in lines:
            if not isinstance(line, Bundle):
                self._close_log()
            self.contents.counts[kind_of(line)] += 1
            self._look(line)
        return self.contents

    def _look(self, line: AnyLine) -> None:
        contents = self.contents
        match line:
            case Begin():
                contents.made, contents.program = line.made, line.program
            case File():
                contents.files[line.name] = line.data
            case Log():
                self._log(line)
            case Bundle():
                self._bundle(line)
            case Epoch():
                self._epoch(line)
            case Page():
                self._pages[line.page_id] = line
            case Record():
                self._record(line)
            case Text():
                self._text(line)
            case CosignedState():
                contents.cosigned.append(line)
            case Request():
                if not 0 <= line.first_leaf < line.first_leaf + line.count <= self._sizes.get(line.log, 0):
                    self._wrong("request keys name leaves that are not in their log")
            case End():
                contents.counts["end"] = 0
            case _:
                pass

    def _log(self, line: Log) -> None:
        self.contents.logs.append(line)
        if not line.own:
            return
        self._sizes[line.origin] = line.size
        if line.note is not None:
            try:
                signed = open_target(line.note, *line.keys).checkpoint
            except NodeError as error:
                self._wrong(str(error))
            else:
                if (signed.size, signed.root) != (line.size, line.root):
                    self._wrong(f"the head of {line.origin} is not the one that its key signed")
        if line.keys[0] not in self._log_keys.get(line.origin, ()):
            here = "another key" if line.origin in self._log_keys else "no key"
            self._wrong(f"there is {here} for the log {line.origin} among the keys")
        if line.with_entries:
            self._open = line, Edge()

    def _bundle(self, line: Bundle) -> None:
        if self._open is None or self._open[0].origin != line.log:
            raise MalformedError(f"entries of {line.log} stand where they don't belong")
        self._open[1].extend([leaf_hash(entry) for entry in parse_bundle(line.data)])

    def _close_log(self) -> None:
        """Check that all entries of a log were there."""
        if self._open is not None:
            (log, edge), self._open = self._open, None
            if (edge.size, edge.root()) != (log.size, log.root):
                self._wrong(f"the entries of {log.origin} are not those of its head")

    def _epoch(self, line: Epoch) -> None:
        key = self._epoch_keys.get(line.epoch)
        if line.destroyed_at is not None:
            return
        if key is None:
            self.contents.closed_epochs[line.epoch] = 0
        elif key.check != line.key_check:
            self._wrong(f"the key of the private records' epoch {line.epoch} is another one")

    def _record(self, line: Record) -> None:
        page = self._pages.get(line.page_id)
        if page is None:
            self._wrong("private records hang from no page of keys")
            return
        if page.epoch in self.contents.closed_epochs:
            self.contents.closed_epochs[page.epoch] += 1
            return
        row = RecordRow(
            record_id=line.record_id,
            log_id=ANY_LOG,
            kind=line.kind,
            leaf=line.leaf,
            page_id=line.page_id,
            wrapped=line.wrapped,
            body=line.body,
            epoch=page.epoch,
            page_wrapped=page.wrapped,
        )
        try:
            unlock_record(row, line.log, self._epoch_keys[page.epoch])
        except (NodeError, KeyError):
            self._wrong("private records can't be decrypted")

    def _text(self, line: Text) -> None:
        if line.document is not None:
            try:
                verify_texts(parse_texts(line.document), b64url(line.commitment))
            except ProtocolError:
                self._wrong("texts are not those that were committed to")

    def _wrong(self, what: str) -> None:
        self.contents.problems[what] += 1
