"""What the node remembers of its head outside the database decides whether it may sign."""

from dataclasses import replace

import pytest

from node.errors import FatalError
from node.log.headfile import HeadFile, HeadState, check
from protocol.errors import MalformedError

STATE = HeadState("ledger.example.org/nostra", 100, b"\x01" * 32, 7412345678901234567, 1)
GOLDEN = (
    b'{"origin":"ledger.example.org/nostra","root":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","size":100,'
    b'"system_identifier":"7412345678901234567","timeline":1,"v":1}'
)
EMPTY = replace(STATE, size=0)


SIGNED_UPON = {
    "the same head": (STATE, STATE),
    "a head further on, since the file lags": (replace(STATE, size=101, root=b"\x02" * 32), STATE),
    "a new log that has no file yet": (EMPTY, None),
}


@pytest.mark.parametrize(("head", "state"), SIGNED_UPON.values(), ids=SIGNED_UPON.keys())
def test_signs_upon(head, state):
    """A head that extends what is remembered, in the same database, may be signed upon."""
    assert check(head, state) is None


NEVER_SIGNED_UPON = {
    "behind the file": (replace(STATE, size=99), "holds 99 entries.*had 100"),
    "another tree at the same size": (replace(STATE, root=b"\x02" * 32), "another tree.*at size 100"),
    "another log's file": (replace(STATE, origin="other.example.org/nostra"), "is of ledger.example.org/nostra"),
    "behind, in another cluster": (replace(STATE, size=0, system_identifier=1), "holds 0 entries"),
}


@pytest.mark.parametrize("restore_accepted", [False, True], ids=["", "restore accepted"])
@pytest.mark.parametrize(("head", "reason"), NEVER_SIGNED_UPON.values(), ids=NEVER_SIGNED_UPON.keys())
def test_never_signs_upon(head, reason, restore_accepted):
    """A database that lost entries or holds others is refused, and an operator's word does not excuse it."""
    with pytest.raises(FatalError, match=reason):
        check(head, STATE, restore_accepted=restore_accepted)


RESTORES = {
    "another cluster": (replace(STATE, system_identifier=7), STATE, "another PostgreSQL cluster"),
    "another timeline": (replace(STATE, timeline=2), STATE, "timeline 2, was on 1"),
    "another timeline, further on": (replace(STATE, size=101, timeline=2), STATE, "timeline 2"),
    "entries but no file": (STATE, None, "nothing beside the key remembers"),
}


@pytest.mark.parametrize(("head", "state", "reason"), RESTORES.values(), ids=RESTORES.keys())
def test_a_restore_waits_for_the_operators_word(head, state, reason):
    """What looks like a restore is refused with the way out, and goes on once the operator has accepted it."""
    with pytest.raises(FatalError, match=f"{reason}.*--accept-restore"):
        check(head, state)
    check(head, state, restore_accepted=True)


def test_the_file_has_exactly_these_bytes():
    """The format is fixed to the byte, both ways."""
    assert STATE.render() == GOLDEN
    assert HeadState.parse(GOLDEN) == STATE


def test_a_system_identifier_may_be_negative():
    """PostgreSQL shows 64 bits as a signed number, which is negative from the year 2038 on."""
    state = replace(STATE, system_identifier=-(2**63))
    assert HeadState.parse(state.render()) == state


MALFORMED = {
    "empty": b"",
    "truncated": GOLDEN[:-1],
    "newline": GOLDEN + b"\n",
    "unknown member": GOLDEN.replace(b'"v":1', b'"v":1,"w":1'),
    "missing member": GOLDEN.replace(b'"timeline":1,', b""),
    "another version": GOLDEN.replace(b'"v":1', b'"v":2'),
    "a boolean for a number": GOLDEN.replace(b'"timeline":1', b'"timeline":true'),
    "a number for text": GOLDEN.replace(b'"7412345678901234567"', b"741234567890123"),
    "negative size": GOLDEN.replace(b'"size":100', b'"size":-1'),
    "short root": GOLDEN.replace(b"AQE=", b""),
    "leading zero": GOLDEN.replace(b'"7412', b'"0412'),
    "not an origin": GOLDEN.replace(b"ledger.example.org/nostra", b"https://ledger.example.org/nostra"),
    "not an object": b"[]",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_any_other_bytes_are_refused(data, tmp_path):
    """A file that is not exactly what we write is refused, and the node does not start over it."""
    with pytest.raises(MalformedError):
        HeadState.parse(data)
    file = HeadFile(tmp_path / "tuni.key")
    file.path.write_bytes(data)
    with pytest.raises(FatalError, match=r"tuni\.key\.head can't be read"):
        file.read()


def test_remembers_across_restarts(tmp_path):
    """What was written is read by the next process; before the first write there is nothing."""
    file = HeadFile(tmp_path / "tuni.key")
    assert file.read() is None
    file.write(STATE)
    assert HeadFile(tmp_path / "tuni.key").read() == STATE
    assert [path.name for path in tmp_path.iterdir()] == ["tuni.key.head"]


def test_writes_at_most_once_a_second(tmp_path):
    """Heads that come faster are taken, and the newest of them is written a second later or at the end."""
    file = HeadFile(tmp_path / "tuni.key")
    heads = [replace(STATE, size=size) for size in range(6)]
    times = (10.0, 10.5, 10.99, 11.0, 11.2)
    written = [file.remember(head, now) for head, now in zip(heads, times, strict=False)]
    assert written == [True, False, False, True, False]
    assert file.read() == heads[3]
    file.flush()
    assert file.read() == heads[4]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    """If the disk is full the old file stays, nothing is left beside it, and the caller is told."""
    file = HeadFile(tmp_path / "tuni.key")
    file.write(STATE)

    def disk_full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", disk_full)
    with pytest.raises(FatalError, match="No space"):
        file.write(replace(STATE, size=101))
    assert file.read() == STATE
    assert [path.name for path in tmp_path.iterdir()] == ["tuni.key.head"]
