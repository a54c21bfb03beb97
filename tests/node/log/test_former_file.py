"""The public list of a log's former keys beside its key file."""

import pytest

from node.errors import FatalError
from node.log.former_file import former_file, read_former, write_former
from protocol.encoding.keys import Signer
from protocol.log.ended_key import EndedKey
from tests.support.examples import ORIGIN, seed

KEYS = tuple(
    EndedKey.of(Signer(ORIGIN, seed(why)).verifier, size=size, root=seed("root"), why=why)
    for size, why in ((7, "retired"), (9, "compromised"))
)


def test_what_is_written_is_read_back(tmp_path):
    """Every key with its end; nothing where none was ever changed."""
    assert read_former(tmp_path / "log.key") == ()
    write_former(tmp_path / "log.key", KEYS)
    assert read_former(tmp_path / "log.key") == KEYS


def test_nothing_is_written_where_nothing_is_new(tmp_path):
    """A log with its first key has no such file, and one that says so already is left."""
    write_former(tmp_path / "log.key", ())
    assert not former_file(tmp_path / "log.key").exists()
    write_former(tmp_path / "log.key", KEYS)
    before = former_file(tmp_path / "log.key").stat().st_ino
    write_former(tmp_path / "log.key", KEYS)
    assert former_file(tmp_path / "log.key").stat().st_ino == before


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"keys":[{}],"v":1}', b'{"keys":7,"v":1}', b'{"keys":[],"v":2}', b"\xff"]
)
def test_a_damaged_file_is_refused(tmp_path, data):
    """It says how to mend it: the node writes it anew."""
    former_file(tmp_path / "log.key").write_bytes(data)
    with pytest.raises(FatalError, match="the next start writes it anew"):
        read_former(tmp_path / "log.key")
