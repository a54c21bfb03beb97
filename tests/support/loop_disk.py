"""A disk that can lose its power: ext4 or XFS on a loop file.

The power is lost by one ioctl, which shuts the file system down without writing its journal: from then on every write
and flush fails, and whatever was only in memory is gone when it is mounted again. What the file system has handed to
its device stays, in whatever order: so a flush that a *program* forgets is found, and a file system that forgets to
flush its device's own cache is not.

Both file systems know the same ioctl (EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN: ``_IOR('X', 125, u32)``).
"""

import fcntl
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

KINDS = ("ext4", "xfs")

SHUT_DOWN = 0x8004587D
WITHOUT_FLUSHING = 2

SIZE = 2 << 30
"""Bytes, of which only those written take room."""

UNMOUNTS_WITHIN = 15.0
"""Seconds in which the last killed process has closed its files."""


class LoopDisk:
    """One file system in one file."""

    def __init__(self, image: Path, kind: str, folder: Path) -> None:
        """Make an empty file system of a kind; `folder` is where it is mounted."""
        self.folder = folder
        self._image = image
        self._kind = kind
        with image.open("xb") as file:
            file.truncate(SIZE)
        _run(f"mkfs.{kind}", "-q", image)
        folder.mkdir(exist_ok=True)

    def mount(self) -> None:
        """Mount it; the file system's own journal is replayed."""
        _run("mount", "-t", self._kind, "-o", "loop", self._image, self.folder)

    def sync(self) -> None:
        """Write everything that is still in memory."""
        _run("sync", "-f", self.folder)

    def lose_power(self) -> None:
        """Let everything go that isn't on the disk; nothing is written any more."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, SHUT_DOWN, struct.pack("I", WITHOUT_FLUSHING))
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        """Unmount it, once nobody has a file open."""
        give_up = time.monotonic() + UNMOUNTS_WITHIN
        while subprocess.run(["umount", self.folder], capture_output=True, check=False).returncode:
            assert time.monotonic() < give_up, f"{self.folder} stays in use"
            time.sleep(0.01)

    def remount(self) -> None:
        """Come back after the power loss."""
        self.unmount()
        self.mount()


@contextmanager
def a_disk(folder: Path, kind: str) -> Iterator[LoopDisk]:
    """Give a mounted disk; its file is removed at the end."""
    image = folder / f"{kind}.image"
    disk = LoopDisk(image, kind, folder / kind)
    try:
        disk.mount()
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk.folder], capture_output=True, check=False)
        image.unlink()


@cache
def why_not(kind: str) -> str:
    """Return why there can be no such disk here, or an empty text."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a power loss needs root on Linux: it mounts a file system of its own"
    if shutil.which(f"mkfs.{kind}") is None:
        return f"no mkfs.{kind} here"
    try:
        with TemporaryDirectory() as folder, a_disk(Path(folder), kind) as disk:
            disk.lose_power()
            disk.remount()
            disk.unmount()
    except (subprocess.CalledProcessError, OSError) as error:
        said = getattr(error, "stderr", None) or str(error)
        return f"no {kind} on a loop device can be mounted and shut down here: {' '.join(said.split())}"
    return ""


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
