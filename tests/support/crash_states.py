"""What a power loss can leave of small files, worked out from what was called: no disk, no root, every moment.

Calls are recorded while they are really done. From them follows, for a power loss after any of them, what may be found:

- what a name leads to is durable with the next flush of its folder; until then each change of names since the last one
  may have reached the disk, in their order, or not;
- what is in a file is durable with the next flush of the file; until then it may be there, half of it, or nothing.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import patch

from node.storage import files

Found = dict[str, bytes]
"""What is in a folder: files by name."""


@dataclass
class Disk:
    """What is durable in one folder, and what may be: updated by each recorded call."""

    names: dict[str, str] = field(default_factory=dict)
    """File by name, as it is durable; a file is known by the name that it was made under."""
    changes: list[tuple[str, str | None]] = field(default_factory=list)
    """Changes of names that aren't durable: a name, and the file it leads to from then on or None."""
    flushed: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)

    def after_power_loss(self) -> list[Found]:
        """Return everything that may be found, hidden files apart."""
        found = []
        for count in range(len(self.changes) + 1):
            names = dict(self.names)
            for name, file in self.changes[:count]:
                names.pop(name, None) if file is None else names.update({name: file})
            shown = {name: file for name, file in names.items() if not name.startswith(".")}
            for share in (0, 0.5, 1):
                found.append({name: self._content(file, share) for name, file in shown.items()})
        return found

    def _content(self, file: str, share: float) -> bytes:
        flushed, written = self.flushed.get(file, b""), self.written.get(file, b"")
        return written if flushed == written else written[: int(len(written) * share)]

    def now(self) -> dict[str, str]:
        """Return the names as a program sees them."""
        names = dict(self.names)
        for name, file in self.changes:
            names.pop(name, None) if file is None else names.update({name: file})
        return names


class Recorder:
    """Stands in the place of `os` and `tempfile` in `node.storage.files`; keeps what may be found after each call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = Disk()
        for path in folder.iterdir():
            self.disk.names[path.name] = path.name
            self.disk.flushed[path.name] = self.disk.written[path.name] = path.read_bytes()
        self.moments: list[list[Found]] = []
        self._open: dict[int, str] = {}

    def _moment(self) -> None:
        self.moments.append(self.disk.after_power_loss())

    def mkstemp(self, **options: Any) -> tuple[int, str]:
        """Make a file."""
        descriptor, path = tempfile.mkstemp(**options)
        name = self._open[descriptor] = Path(path).name
        self.disk.changes.append((name, name))
        self._moment()
        return descriptor, path

    def fdopen(self, descriptor: int, mode: str) -> "RecordedFile":
        """Open a file that is written."""
        return RecordedFile(os.fdopen(descriptor, mode), self, self._open[descriptor])

    def wrote(self, file: str, data: bytes) -> None:
        """Note that a file has more in it."""
        self.disk.written[file] = self.disk.written.get(file, b"") + data
        self._moment()

    def open(self, path: Path, flags: int) -> int:
        """Open a folder."""
        return os.open(path, flags)

    def fsync(self, descriptor: int) -> None:
        """Make a file, or the folder's names, durable."""
        os.fsync(descriptor)
        if os.path.isdir(f"/dev/fd/{descriptor}"):
            self.disk.names, self.disk.changes = self.disk.now(), []
        else:
            file = self._open[descriptor]
            self.disk.flushed[file] = self.disk.written.get(file, b"")
        self._moment()

    def link(self, source: str, target: Path) -> None:
        """Give a file a further name."""
        os.link(source, target)
        self.disk.changes.append((Path(target).name, self.disk.now()[Path(source).name]))
        self._moment()

    def replace(self, source: str, target: Path) -> None:
        """Give a file another name, in one step."""
        os.replace(source, target)
        file = self.disk.now()[Path(source).name]
        self.disk.changes.append((Path(target).name, file))
        self._moment()

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


class RecordedFile:
    """A file whose writes are recorded."""

    def __init__(self, file: BinaryIO, recorder: Recorder, name: str) -> None:
        self._file, self._recorder, self._name = file, recorder, name

    def __enter__(self) -> "RecordedFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        """Write."""
        self._file.write(data)
        self._recorder.wrote(self._name, data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def recorded(folder: Path) -> Iterator[Recorder]:
    """Record what `node.storage.files` does in a folder."""
    recorder = Recorder(folder)
    with patch.object(files, "os", recorder), patch.object(files, "tempfile", recorder):
        yield recorder
