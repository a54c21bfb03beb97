"""The power fails under load: what was acknowledged is there afterwards, and the log is the one that was shown.

A disk is ext4 or XFS on a loop file, shut down without flushing (`tests.support.loop_disk`); on it lie the node's data,
its embedded PostgreSQL's, and its keys with the head file. Each test has its control: the same with flushes left out
must lose something, or the test proves nothing.

`--power-losses N` goes N rounds, half of them on each file system; without it there are a few, with `--long` 200.
"""

import os
import random
import threading
import time
from pathlib import Path

import pytest

from node.storage import files
from node.storage.files import create_file, edit_file, replace_file, whole_file
from tests.support.entries import sealed_entries
from tests.support.loop_disk import KINDS, LoopDisk, a_disk, why_not
from tests.support.postgres import reachable
from tests.support.power import Tally, a_powered_node, lose_power_again_and_again

CARELESS = "tests.support.careless_node"

FILE_ROUNDS = 12
"""Times that the power fails on small files; a round takes a few hundredths of a second."""

WRITES_FOR = 0.02
"""Seconds, at most, that small files are written before the power fails."""

CONTROL_ROUNDS = 30
"""Rounds in which a control has to lose something; most lose it in the first."""


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    """Give each kind of file system that can be had here."""
    if reason := why_not(request.param):
        pytest.skip(reason)
    return request.param


@pytest.fixture
def folder(tmp_path_factory) -> Path:
    """Give a folder for disks, which the database's account may pass."""
    return reachable(tmp_path_factory.mktemp("database"))


async def test_power_lost_under_load(kind, folder, power_losses, capsys):
    """Started again after each loss, the node has every acknowledged entry once, and extends what it has shown."""
    rounds = -(-power_losses // len(KINDS))
    began, seed = time.monotonic(), random.SystemRandom().randrange(1_000_000)
    tally = await lose_power_again_and_again(folder, kind, rounds, random.Random(seed))
    with capsys.disabled():
        print(f"\n{kind}: {tally}, {time.monotonic() - began:.0f} s")
    assert tally.rounds == rounds
    assert tally.acknowledged > rounds


async def test_without_flushes_entries_are_lost(kind, folder):
    """The control: a node whose PostgreSQL has fsync=off, and is otherwise the same, loses what it acknowledged."""
    with a_powered_node(folder, kind, program=CARELESS) as powered:
        await powered.node.start()
        powered.disk.sync()  # what it begins with is there: what is lost are entries, not the database
        try:
            with pytest.raises(AssertionError, match=r"^the acknowledged entry of leaf \d+ is not there"):
                await powered.one_round(1, Tally())
        finally:
            await powered.node.kill_all()


async def test_power_lost_after_init(kind, folder):
    """A node whose power fails right after `nostra init` has its configuration, keys and log."""
    with a_powered_node(folder, kind) as powered:
        await powered.lose_power()
        await powered.node.start()
        await powered.node.log(sealed_entries("first", 3), "first")
        await powered.check()
        await powered.node.end()


class Writer(threading.Thread):
    """Writes small files in one way, one after the other, until the disk fails."""

    def __init__(self, folder: Path, way: str) -> None:
        super().__init__()
        self._folder = folder
        self._write = WAYS[way]
        self.done = 0
        """The number of the last file that was said to be written."""

    def run(self) -> None:
        """Write until that fails."""
        try:
            while True:
                self._write(self._folder, self.done + 1)
                self.done += 1
        except OSError:
            return


def content(number: int) -> bytes:
    """Return what the file of a number holds."""
    return b"%d\n" % number * 40


def create(folder: Path, number: int) -> None:
    """Write a key file."""
    create_file(folder / f"{number}", content(number))


def replace(folder: Path, number: int) -> None:
    """Write a head file."""
    replace_file(folder / "one", content(number))


def edit(folder: Path, number: int) -> None:
    """Write a configuration file, which is there before."""
    if number == 1:
        create_file(folder / "one", content(0))
    edit_file(folder / "one", content(number))


def at_length(folder: Path, number: int) -> None:
    """Write an export."""
    with whole_file(folder / f"{number}") as file:
        file.write(content(number))


WAYS = {"create": create, "replace": replace, "edit": edit, "at length": at_length}


def lose_power_while_writing(disk: LoopDisk, way: str, choice: random.Random) -> list[str]:
    """Write files, lose the power, and return what is wrong with those that were said to be written."""
    place = disk.folder / f"{way}-{choice.random()}"
    place.mkdir()
    disk.sync()
    writer = Writer(place, way)
    writer.start()
    while not writer.done:
        time.sleep(0.001)
    time.sleep(choice.uniform(0, WRITES_FOR))
    promised = writer.done  # and no later: XFS calls a folder flushed even when it has lost its power
    disk.lose_power()
    writer.join()
    disk.remount()
    if way in ("create", "at length"):
        found = {int(file.name): file.read_bytes() for file in place.glob("[0-9]*")}
        return [f"file {number}" for number in range(1, promised + 1) if found.get(number) != content(number)]
    allowed = [content(number) for number in range(promised, writer.done + 2)]
    found_there = [file.read_bytes() for file in place.glob("one")]
    return [] if any(one in allowed for one in found_there) else [f"neither {promised} nor a later one"]


@pytest.mark.parametrize("way", WAYS)
def test_small_files_survive(kind, folder, way):
    """Keys, head files, configurations and exports are there whole once they were said to be written."""
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    choice = random.Random(seed)
    with a_disk(folder, kind) as disk:
        for _ in range(FILE_ROUNDS):
            assert lose_power_while_writing(disk, way, choice) == []


class WithoutFlushes:
    """The module `os` for `node.storage.files`, with no flush of files, or none of folders."""

    def __init__(self, *, of_folders: bool) -> None:
        self._of_folders = of_folders

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def fsync(self, descriptor: int) -> None:
        """Flush only what is of the other sort."""
        if os.path.isdir(f"/proc/self/fd/{descriptor}") is not self._of_folders:
            os.fsync(descriptor)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("of_folders", [pytest.param(False, id="files"), pytest.param(True, id="folders")])
def test_small_files_without_flushes_are_lost(kind, folder, way, of_folders, monkeypatch):
    """The control: with the flush of the file, or of its folder, left out, a file is lost, old, or empty."""
    if kind == "ext4" and not of_folders and way in ("replace", "edit"):
        pytest.skip("ext4 itself flushes a file that is renamed over another (auto_da_alloc)")
    monkeypatch.setattr(files, "os", WithoutFlushes(of_folders=of_folders))
    choice = random.Random(1)
    with a_disk(folder, kind) as disk:
        assert any(lose_power_while_writing(disk, way, choice) for _ in range(CONTROL_ROUNDS))
