"""The file of keys: it gives the keys back, under a passphrase or not, and nothing else is taken for one."""

import pytest

from node.backup import key_file
from node.backup.backup_key import BackupKey
from node.backup.key_file import KeyFile, NoPassphraseError
from protocol.errors import MalformedError

BACKUP = BackupKey(bytes(range(32)))
KEYS = KeyFile(
    {"ledger.example.org/nostra": b"PRIVATE+KEY+\xe2\x80\x94\n"},
    {"backup.key": BACKUP.render().encode(), "token": b"t\n"},
    {"ledger.example.org/nostra": {".former": b"{}"}},
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Stretch passphrases a little: enough for a test."""
    monkeypatch.setattr(key_file, "MEMORY", 1 << 16)
    monkeypatch.setattr(key_file, "PASSES", 1)


@pytest.mark.parametrize("passphrase", [None, b"correct horse", "süß".encode()])
def test_keys_come_back(passphrase):
    """Byte for byte, the backup key among them."""
    read = KeyFile.parse(KEYS.render(passphrase), passphrase)
    assert read == KEYS
    assert read.backup_key == BACKUP


def test_a_passphrase_hides_all_of_it():
    """Without one the keys stand in clear; with one nothing does, and it is salted."""
    assert b"backup.key" in KEYS.render()
    one, two = KEYS.render(b"secret"), KEYS.render(b"secret")
    assert b"backup.key" not in one
    assert one != two


def test_without_its_passphrase_it_asks_for_one():
    """So that a command can ask."""
    with pytest.raises(NoPassphraseError):
        KeyFile.parse(KEYS.render(b"secret"))


PLAIN = KEYS.render()
WRONG = {
    "nothing": b"",
    "something else": b"-----BEGIN",
    "a later version": PLAIN.replace(b"keys/v1", b"keys/v2"),
    "cut off": PLAIN[:-1],
    "cut in two": PLAIN[:100],
    "a path as a name": PLAIN.replace(b'"token"', b'"../tok"'),
    "a path beside a key": PLAIN.replace(b'".former"', b'"./../x"'),
    "a hidden name": PLAIN.replace(b'"token"', b'".token"'),
    "a member more": PLAIN.replace(b'"v":1', b'"v":1,"w":2'),
    "its own later version": PLAIN.replace(b'"v":1', b'"v":9'),
    "too large": PLAIN + b" " * key_file.LARGEST,
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_what_is_none_is_refused(data):
    """Each with one error."""
    with pytest.raises(MalformedError):
        KeyFile.parse(data)


def test_another_passphrase_is_refused():
    """As is a changed byte: which of the two can't be told."""
    hidden = KEYS.render(b"secret")
    for data, passphrase in ((hidden, b"other"), (hidden[:-9] + b"AAAA" + hidden[-5:], b"secret")):
        with pytest.raises(MalformedError, match="the passphrase is another, or the file was changed"):
            KeyFile.parse(data, passphrase)


@pytest.mark.parametrize(("memory", "passes"), [(1 << 40, 1), (1 << 16, 1 << 30), (0, 0), (-1, 1)])
def test_a_file_can_not_ask_for_all_memory_or_time(monkeypatch, memory, passes):
    """What somebody wrote into it is refused before it is tried."""
    header = f'{{"argon2id":{{"memory":{memory},"passes":{passes},"salt":"AAAAAAAAAAAAAAAAAAAAAA=="}}}}\n'.encode()
    with pytest.raises(MalformedError, match="so much memory"):
        KeyFile.parse(b"nostra-backup-keys/v1\n" + header + b"AAAA\n", b"secret")


@pytest.mark.parametrize("line", ["", "NOSTRA+BACKUP+", BACKUP.render()[:-2] + "\n", BACKUP.render().replace("+", "-")])
def test_a_backup_key_has_one_spelling(line):
    """Its key ID is checked, and nothing of it is repeated."""
    with pytest.raises(MalformedError, match=r"^it is not a backup key$"):
        BackupKey.parse(line)
