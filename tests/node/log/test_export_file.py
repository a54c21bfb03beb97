"""The export's format, member by member."""

import io
import tarfile

import pytest

from node.errors import BadAnswerError, NotFoundError
from node.log.export_file import ExportFile, ExportWriter, Manifest
from protocol.errors import MalformedError
from protocol.log.tile import Tile
from tests.conftest import ROOT
from tests.support.examples import LOG, ORIGIN

MANIFEST = Manifest(ORIGIN, LOG.verifier.render(), 7)


def test_the_page_shows_a_manifest():
    """The example of docs/formats/export.md is what is written."""
    assert f"```json\n{MANIFEST.render().decode()}\n```" in (ROOT / "docs/formats/export.md").read_text()


def test_a_manifest_is_read_as_it_was_written():
    """Taken-down texts are a set."""
    manifest = Manifest(ORIGIN, "key", 2**40, ("A" * 43, "B" * 42 + "A"))
    assert Manifest.parse(manifest.render()) == manifest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":2'),
        (b'"size":7', b'"size":"7"'),
        (b'"taken_down":[]', b'"taken_down":[7]'),
        (b'"taken_down":[]', b'"taken_down":["short"]'),
        (b"nostra/export", b"other/export"),
        (b'{"format"', b'{ "format"'),
    ],
)
def test_another_manifest_is_refused(old, new):
    """Another version, another type, another spelling."""
    with pytest.raises(MalformedError):
        Manifest.parse(MANIFEST.render().replace(old, new))


def export(path, *members):
    """Write an export of these members and open it."""
    with path.open("wb") as file:
        writer = ExportWriter(file)
        for name, data in (("nostra-export.json", MANIFEST.render()), *members):
            writer.add(name, data)
        writer.close()
    return ExportFile(path)


async def test_members_are_read_by_name(tmp_path):
    """Whatever their order, each is what was put in."""
    file = export(tmp_path / "x", ("tile/0/000.p/2", bytes(64)), ("checkpoint", b"note"))
    try:
        assert await file.checkpoint() == b"note"
        assert await file.tile(Tile(0, 0, 2)) == bytes(64)
        assert file.manifest == MANIFEST
        with pytest.raises(NotFoundError):
            await file.tile(Tile(0, 1))
    finally:
        file.close()


async def test_a_tile_of_another_length_is_bad(tmp_path):
    """A tile holds as many hashes as its name says."""
    file = export(tmp_path / "x", ("tile/0/000.p/2", bytes(63)))
    try:
        with pytest.raises(BadAnswerError, match="has 63 bytes"):
            await file.tile(Tile(0, 0, 2))
    finally:
        file.close()


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("checkpoint", (1 << 20) + 1),
        ("tile/0/000", 8193),
        ("tile/0/000.p/2", 65),
        ("tile/entries/000.p/1", 65_538),
        ("texts/" + "A" * 43, (8 << 20) + 1),
    ],
)
def test_a_member_too_large_is_refused_unread(tmp_path, name, size):
    """Each kind of member has its largest size."""
    with pytest.raises(MalformedError, match="larger than one may be"):
        export(tmp_path / "x", (name, bytes(size)))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_only_regular_files_are_members(tmp_path, kind):
    """No link, folder or device."""
    with tarfile.open(tmp_path / "x", "w") as tar:
        manifest = tarfile.TarInfo("nostra-export.json")
        manifest.size = len(MANIFEST.render())
        tar.addfile(manifest, io.BytesIO(MANIFEST.render()))
        other = tarfile.TarInfo("checkpoint")
        other.type, other.linkname = kind, "/etc/passwd"
        tar.addfile(other)
    with pytest.raises(MalformedError, match="no member"):
        ExportFile(tmp_path / "x")
