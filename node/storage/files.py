"""Small files that are there whole or not at all, and survive a power loss.

Each is written to a temporary file beside it (mode 0600), flushed to the disk, and given its name in one step; then the
folder is flushed too, since a name is only durable with its folder. If the process dies now, the old file or the new
one is there; at worst a temporary file, its name beginning with a dot, stays behind.
"""

import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def create_file(path: Path, data: bytes) -> None:
    """Write a file that must not be there yet.

    Raises:
        FileExistsError: it is there.
    """

    def give_name(temporary: str) -> None:
        os.link(temporary, path)  # unlike a rename, never replaces
        os.unlink(temporary)

    _write(path, data, give_name)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file, in the place of what was there."""
    _write(path, data, lambda temporary: os.replace(temporary, path))


def edit_file(path: Path, data: bytes) -> None:
    """Write a file anew that others may read too: owner and mode stay what they were."""
    before = path.stat()

    def give_name(temporary: str) -> None:
        os.chown(temporary, before.st_uid, before.st_gid)
        os.chmod(temporary, stat.S_IMODE(before.st_mode))
        os.replace(temporary, path)

    _write(path, data, give_name)


def destroy_file(path: Path) -> None:
    """Overwrite a file on the disk, and remove it with whatever a crash left of the writing of it.

    If the process dies now, the file is there, whole or overwritten, or it is gone. What a disk or a snapshot keeps
    elsewhere of the old bytes is beyond any program.
    """
    for one in (*unfinished(path), path):
        if not one.exists():
            continue
        descriptor = os.open(one, os.O_WRONLY)
        try:
            os.write(descriptor, bytes(one.stat().st_size))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.unlink(one)
    sync_folder(path.parent)


def unfinished(path: Path) -> list[Path]:
    """Return the temporary files that a crash left while this one was written."""
    name = re.compile(rf"\.{re.escape(path.name)}-[a-z0-9_]{{8}}")
    return [one for one in path.parent.iterdir() if name.fullmatch(one.name)]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write at length, which gets its name, and is on the disk, once the block has ended well.

    Raises:
        FileExistsError: the name is taken.
    """
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    sync_folder(path.parent)


def _write(path: Path, data: bytes, give_name: Callable[[str], None]) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        give_name(temporary)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
