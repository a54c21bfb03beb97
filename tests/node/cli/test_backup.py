"""`nostra backup`: what only this node has goes out, of one moment, unreadable without its keys; a check proves it."""

import asyncio
import json
from unittest.mock import patch

import pytest

from node.backup import key_file
from tests.support.backed_up import COLLEGE, UNI, Lived, a_lived_node, run, sql


@pytest.fixture(scope="module", autouse=True)
def _quick():
    """Stretch passphrases a little: enough for a test."""
    with patch.object(key_file, "MEMORY", 1 << 16), patch.object(key_file, "PASSES", 1):
        yield


@pytest.fixture(scope="module")
def lived(tmp_path_factory, module_dsn) -> Lived:
    """Give the node; its backups were made while it ran."""
    return a_lived_node(tmp_path_factory.mktemp("lived"), module_dsn)


def test_a_check_proves_what_a_backup_holds(lived):
    """By its file of keys, or by those of the node itself; nothing is written."""
    for keys in (["--keys", lived.keys], ["--config", lived.config]):
        ran = run("", "restore", "--check", lived.whole, *keys, "--json")
        told = json.loads(ran.out)
        assert (ran.code, told["problems"], told["restored"]) == (0, {}, False)
        assert told["lines"] | {"seen": 0, "quorum-time": 0} == {
            "record": 3, "lookup": told["lines"]["lookup"], "request": 1, "text": 1, "token": 1, "seen": 0,
            "quorum-time": 0,
            "evidence": 0, "cosigned": told["lines"]["cosigned"],
        }  # fmt: skip
        assert [(log["origin"], log["with_entries"]) for log in told["logs"]] == [(UNI, True), (COLLEGE, True)]


def test_nothing_of_a_person_can_be_read_in_a_backup(lived):
    """Nor in clear what names a log, a token or a key."""
    data = lived.backup.read_bytes() + lived.whole.read_bytes()
    for words in (b"Quispe", b"uni.example.org", b"nostra.toml", b'"is"', b"PRIVATE+KEY", b"RECORDS"):
        assert words not in data


def test_what_is_committed_later_is_not_in_it(lived, dsn, tmp_path, monkeypatch):
    """The backup is of one moment, though rows come while it is written."""
    from node.backup import write

    read = write.read_rows

    async def reading(connection, kind):
        await asyncio.to_thread(
            sql, lived.dsn, "INSERT INTO seen_sizes SELECT log_id, $1, 1, 1 FROM logs", 10_000 + len(seen)
        )
        seen.append(kind)
        async for row in read(connection, kind):
            yield row

    seen: list[object] = []
    monkeypatch.setattr(write, "read_rows", reading)
    assert run(lived.dsn, "backup", tmp_path / "later", "--config", lived.config).code == 0
    assert seen
    told = json.loads(run("", "restore", "--check", tmp_path / "later", "--keys", lived.keys, "--json").out)
    assert (told["problems"], told["lines"]["seen"] < 2 * len(seen)) == ({}, True)
    sql(lived.dsn, "DELETE FROM seen_sizes WHERE size >= 10000")


def test_keys_under_a_passphrase(lived, dsn, tmp_path, monkeypatch):
    """From a file or a terminal; another one opens nothing, and none is asked for without a terminal."""
    word, keys = tmp_path / "word", tmp_path / "keys"
    word.write_text("correct horse\n")
    given = ["--keys", keys, "--passphrase-file", word]
    assert run(lived.dsn, "backup", tmp_path / "b", *given, "--config", lived.config).code == 0
    assert b"PRIVATE" not in keys.read_bytes()
    assert run("", "restore", "--check", tmp_path / "b", *given).code == 0
    ran = run("", "restore", "--check", tmp_path / "b", "--keys", keys)
    assert (ran.code, "there is no terminal to ask for a passphrase" in ran.err) == (1, True)
    word.write_text("wrong\n")
    ran = run("", "restore", "--check", tmp_path / "b", *given)
    assert (ran.code, "the passphrase is another" in ran.err) == (3, True)


def test_a_file_of_keys_is_replaced_by_its_own_node_only(lived, tmp_path):
    """What is something else must not be lost."""
    keys = tmp_path / "keys"
    for data, code in ((lived.keys.read_bytes(), 0), (b"a thesis", 1), (lived.keys.read_bytes()[:-5], 1)):
        keys.write_bytes(data)
        file = tmp_path / f"backup-{code}-{len(data)}"
        assert run(lived.dsn, "backup", file, "--keys", keys, "--config", lived.config).code == code
        assert file.exists() == (code == 0)
        assert code == 0 or keys.read_bytes() == data


def test_a_backup_never_replaces_a_file(lived, tmp_path):
    """An older backup isn't lost by a newer one."""
    (tmp_path / "b").write_text("older")
    ran = run(lived.dsn, "backup", tmp_path / "b", "--config", lived.config)
    assert (ran.code, (tmp_path / "b").read_text()) == (1, "older")


WRONG = [
    ("UPDATE records SET body = set_byte(body, 40, 1 # get_byte(body, 40))", "private records can't be decrypted"),
    ("UPDATE texts SET document = set_byte(document, 90, 1 # get_byte(document, 90))", "texts are not those"),
    ("UPDATE submissions SET first_leaf = 9999999", "request keys name leaves that are not in their log"),
    ("UPDATE key_epochs SET key_check = key_check || 'x'", "epoch 1 is another one"),
]


@pytest.mark.parametrize(("statement", "says"), WRONG)
def test_a_backup_of_a_damaged_database_is_told(lived, database_server, tmp_path, statement, says):
    """A check finds what the database had wrong before it is needed."""
    name = database_server.create(template=lived.dsn.partition("?")[0].rpartition("/")[2])
    dsn = database_server.dsn_of(name)
    sql(dsn, statement)
    assert run(dsn, "backup", tmp_path / "b", "--config", lived.config).code == 0
    database_server.drop(name)
    ran = run("", "restore", "--check", tmp_path / "b", "--keys", lived.keys)
    assert (ran.code, says in ran.out) == (1, True)


def test_a_backup_with_logs_of_damaged_entries_is_not_written(lived, database_server, tmp_path):
    """What doesn't have the head's root hash gets no name."""
    name = database_server.create(template=lived.dsn.partition("?")[0].rpartition("/")[2])
    dsn = database_server.dsn_of(name)
    sql(dsn, "UPDATE bundles SET data = set_byte(data, 99, 1 # get_byte(data, 99))")
    ran = run(dsn, "backup", tmp_path / "b", "--with-logs", "--config", lived.config)
    database_server.drop(name)
    assert (ran.code, "run `nostra check`" in ran.err, list(tmp_path.iterdir())) == (1, True, [])
