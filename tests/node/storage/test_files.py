"""Small files after a power loss at any moment: the old one or the new one, whole; once it was said, the new one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from node.storage import files
from node.storage.files import create_file, destroy_file, edit_file, replace_file, whole_file
from tests.support.crash_states import Recorder, recorded

OLD, NEW = b"old " * 50, b"new " * 80


def create(folder: Path) -> None:
    """Make a file that isn't there."""
    create_file(folder / "file", NEW)


def replace(folder: Path) -> None:
    """Put a file in the place of one that is there."""
    replace_file(folder / "file", NEW)


def edit(folder: Path) -> None:
    """Change a file that others may read."""
    edit_file(folder / "file", NEW)


def at_length(folder: Path) -> None:
    """Write a file in pieces."""
    with whole_file(folder / "file") as file:
        file.write(NEW[:100])
        file.write(NEW[100:])


WAYS = {"create": (create, None), "replace": (replace, OLD), "edit": (edit, OLD), "at length": (at_length, None)}
"""What writes a file, and what was there before."""


def broken_promises(write: Callable[[Path], None], before: bytes | None, folder: Path) -> list[str]:
    """Write a file, and return at which moments a power loss would leave what must not be."""
    if before is not None:
        (folder / "file").write_bytes(before)
    with recorded(folder) as recorder:
        write(folder)
    broken = [f"call {number}" for number, may_be in enumerate(_contents(recorder)) if not may_be <= {before, NEW}]
    return broken + ([] if _contents(recorder)[-1] == {NEW} else ["the end"])


def _contents(recorder: Recorder) -> list[set[bytes | None]]:
    return [{found.get("file") for found in moment} for moment in recorder.moments]


@pytest.mark.parametrize(("write", "before"), WAYS.values(), ids=WAYS)
def test_a_file_is_whole_at_every_moment(write, before, tmp_path):
    """Whenever the power fails, the file is what it was or what it is to be; once that was said, what it is to be."""
    assert broken_promises(write, before, tmp_path) == []


def without_flushing_files(patch: pytest.MonkeyPatch) -> None:
    """Give the file its name, flushed or not."""
    patch.setattr(Recorder, "fsync", _only_if(lambda is_folder: is_folder))


def without_flushing_folders(patch: pytest.MonkeyPatch) -> None:
    """Don't make the name durable."""
    patch.setattr(Recorder, "fsync", _only_if(lambda is_folder: not is_folder))


def _only_if(wanted: Callable[[bool], bool]) -> Callable[[Recorder, int], None]:
    fsync = Recorder.fsync

    def some(self: Recorder, descriptor: int) -> None:
        if wanted(os.path.isdir(f"/dev/fd/{descriptor}")):
            fsync(self, descriptor)

    return some


def flushing_too_late(patch: pytest.MonkeyPatch) -> None:
    """Give the file its name first, and flush it then."""

    def write(path: Path, data: bytes, give_name: Callable[[str], None]) -> None:
        descriptor, temporary = files.tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with files.os.fdopen(descriptor, "wb") as file:
            file.write(data)
            give_name(temporary)
            files.sync_folder(path.parent)
            files.os.fsync(file.fileno())

    patch.setattr(files, "_write", write)


MUTANTS = (without_flushing_files, without_flushing_folders, flushing_too_late)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
@pytest.mark.parametrize(("write", "before"), WAYS.values(), ids=WAYS)
def test_mutant_is_caught(mutant, write, before, tmp_path, monkeypatch):
    """With one flush left out, or too late, there is a moment at which the file would be lost."""
    if mutant is flushing_too_late and write is at_length:
        pytest.skip("what is written at length has a body of its own")
    mutant(monkeypatch)
    assert broken_promises(write, before, tmp_path) != []


def test_a_file_that_is_there_is_never_made_again(tmp_path):
    """`create_file` and `whole_file` refuse, and leave what is there."""
    for write in (create, at_length):
        (tmp_path / "file").write_bytes(OLD)
        with pytest.raises(FileExistsError):
            write(tmp_path)
        assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("file", OLD)]


def test_an_edited_file_keeps_its_mode(tmp_path):
    """Others may read it as before; what is made anew is for its owner alone."""
    (tmp_path / "file").write_bytes(OLD)
    (tmp_path / "file").chmod(0o644)
    edit(tmp_path)
    assert ((tmp_path / "file").stat().st_mode & 0o777, (tmp_path / "file").read_bytes()) == (0o644, NEW)
    replace(tmp_path)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_a_destroyed_file_is_overwritten_and_flushed_before_its_name_goes(tmp_path, monkeypatch):
    """Whoever still has its blocks has nothing of it, and a power loss doesn't bring it back."""
    path, same, left = tmp_path / "records-1.key", tmp_path / "same", tmp_path / ".records-1.key-a1b2c3d4"
    path.write_bytes(OLD)
    left.write_bytes(OLD)
    os.link(path, same)
    kept = [tmp_path / name for name in (".records-1.key", ".records-10.key-a1b2c3d4", "records-2.key")]
    for one in kept:
        one.write_bytes(NEW)
    calls = _Calls()
    monkeypatch.setattr(files, "os", calls)
    destroy_file(path)
    assert (path.exists(), left.exists(), same.read_bytes()) == (False, False, bytes(len(OLD)))
    assert [one.read_bytes() for one in kept] == [NEW] * 3
    assert calls.made == ["write", "fsync", "unlink"] * 2 + ["fsync"]
    destroy_file(path)


class _Calls:
    """Notes what is written, flushed and removed, in order."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __getattr__(self, name: str) -> object:
        if name in ("write", "fsync", "unlink"):
            self.made.append(name)
        return getattr(os, name)
