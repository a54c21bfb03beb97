"""A backup's bytes: nothing in them can be changed, left out, cut off, put elsewhere, or read with another key."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.backup.backup_key import BackupKey
from node.backup.sealed_file import CHUNK_BYTES, SealedWriter, key_id_of, unsealed
from protocol.errors import MalformedError

KEY, ANOTHER = BackupKey(bytes(range(32))), BackupKey(bytes(32))
SIZES = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES)


def sealed(data: bytes, key: BackupKey = KEY, piece: int = 50_000) -> bytes:
    """Return data as a backup's bytes, written piece by piece."""
    file = io.BytesIO()
    writer = SealedWriter(file, key)
    for at in range(0, len(data), piece):
        writer.write(data[at : at + piece])
    writer.close()
    return file.getvalue()


def opened(data: bytes, key: BackupKey = KEY) -> bytes:
    """Return what is in a backup's bytes."""
    return b"".join(unsealed(io.BytesIO(data), key))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_is_read(size):
    """Any length, whole chunks and none among them."""
    data = bytes(at * 7 % 251 for at in range(size))
    assert opened(sealed(data)) == data


@given(st.binary(max_size=200), st.integers(1, 50))
def test_the_pieces_in_which_it_was_written_do_not_matter(data, piece):
    """The same bytes come back."""
    assert opened(sealed(data, piece=piece)) == data


def test_it_names_its_key_and_hides_the_rest():
    """The key's ID stands in front; nothing of what was written can be seen, nor that two hold the same."""
    one, two = sealed(b"a learner's name"), sealed(b"a learner's name")
    assert key_id_of(io.BytesIO(one)) == KEY.key_id
    assert b"learner" not in one
    assert one != two


SPOILT = sealed(b"x" * (2 * CHUNK_BYTES + 100))
MESSAGE = 4 + CHUNK_BYTES + 17
FIRST = len(SPOILT) - (2 * MESSAGE + 4 + 100 + 17)


@pytest.mark.parametrize("at", [0, 5, 20, 30, FIRST - 1, FIRST, FIRST + 3, FIRST + 10, len(SPOILT) - 1])
def test_a_changed_byte_is_refused(at):
    """Wherever it stands: in the line, the header, a length, a message."""
    with pytest.raises(MalformedError):
        opened(SPOILT[:at] + bytes([SPOILT[at] ^ 1]) + SPOILT[at + 1 :])


@pytest.mark.parametrize("end", [0, 10, FIRST - 20, FIRST, FIRST + 2, FIRST + MESSAGE, FIRST + 2 * MESSAGE, -1])
def test_a_missing_end_is_refused(end):
    """Also where it is cut between two messages."""
    with pytest.raises(MalformedError):
        opened(SPOILT[:end])


MOVED = {
    "left out": SPOILT[:FIRST] + SPOILT[FIRST + MESSAGE :],
    "twice": SPOILT[: FIRST + MESSAGE] + SPOILT[FIRST:],
    "exchanged": SPOILT[:FIRST]
    + SPOILT[FIRST + MESSAGE : FIRST + 2 * MESSAGE]
    + SPOILT[FIRST : FIRST + MESSAGE]
    + SPOILT[FIRST + 2 * MESSAGE :],
    "added": SPOILT + b"\0",
    "of another backup": SPOILT[:FIRST] + sealed(b"y" * (2 * CHUNK_BYTES + 100))[FIRST:],
}


@pytest.mark.parametrize("data", MOVED.values(), ids=MOVED)
def test_a_message_in_another_place_is_refused(data):
    """Each is bound to where it stands."""
    with pytest.raises(MalformedError):
        opened(data)


def test_another_key_is_told_from_damage():
    """Both keys are named by their IDs."""
    with pytest.raises(MalformedError, match=f"under the backup key {ANOTHER.key_id}, and this is {KEY.key_id}"):
        opened(sealed(b"x", ANOTHER))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no backup of a node"),
        (b"something else\n", "no backup of a node"),
        (b"nostra-backup/v2 00000000\n", "later version"),
    ],
)
def test_what_is_no_backup_says_so(data, says):
    """A later version is told apart."""
    with pytest.raises(MalformedError, match=says):
        opened(data)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_by_one_error(data):
    """Noise never does anything else."""
    with pytest.raises(MalformedError):
        opened(SPOILT[:FIRST] + data)
