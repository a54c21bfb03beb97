"""`nostra restore`: a node comes back from its backup whole, or nothing is changed."""

import asyncio
import shutil
from pathlib import Path
from unittest.mock import patch

import asyncpg
import pytest

from node.backup import key_file
from node.config import PartnerSettings
from node.config.partner_blocks import with_partner
from protocol.encoding.keys import Signer
from tests.support.backed_up import COLLEGE, UNI, Lived, a_lived_node, goes_on, recover, restored_config, run, sql
from tests.support.nodes import make_config
from tests.support.stored_log import read_stored_log


@pytest.fixture(scope="module", autouse=True)
def _quick():
    """Stretch passphrases a little: enough for a test."""
    with patch.object(key_file, "MEMORY", 1 << 16), patch.object(key_file, "PASSES", 1):
        yield


@pytest.fixture(scope="module")
def lived(tmp_path_factory, module_dsn) -> Lived:
    """Give the node; its backups were made while it ran."""
    return a_lived_node(tmp_path_factory.mktemp("lived"), module_dsn)


def test_a_node_comes_back_from_its_backup_and_its_logs_mirrors(lived, dsn, tmp_path):
    """Restored into an empty folder and database, recovered, served: it goes on where it was."""
    ran = run(dsn, "restore", lived.backup, "--keys", lived.keys, "--folder", tmp_path)
    assert (ran.code, ran.err) == (0, ""), ran.err
    assert "3  private records" in ran.out
    assert (tmp_path / "nostra.toml").read_bytes() == lived.config.read_bytes()
    assert (tmp_path / "keys/uni.key").stat().st_mode & 0o777 == 0o600
    recover(lived, tmp_path, dsn)
    goes_on(lived, tmp_path, dsn)


def test_a_node_comes_back_from_a_backup_with_its_logs(lived, dsn, tmp_path):
    """No partner is needed: every entry is in the file, in its place."""
    assert run(dsn, "restore", lived.whole, "--keys", lived.keys, "--folder", tmp_path).code == 0
    for origin in (UNI, COLLEGE):
        one, two = asyncio.run(_stored(lived.dsn, origin)), asyncio.run(_stored(dsn, origin))
        assert (two.entries, two.tiles, sorted(two.tags)) == (one.entries, one.tiles, sorted(one.tags))
        assert two.submissions == one.submissions
        for name in ("own", "size", "root", "note", "released_size", "released_note"):
            assert two.head[name] == one.head[name], name
    goes_on(lived, tmp_path, dsn)


async def _stored(dsn: str, origin: str):
    session = await asyncpg.connect(dsn)
    try:
        return await read_stored_log(session, origin)
    finally:
        await session.close()


def test_a_restored_node_signs_nothing_before_its_log_is_back(lived, dsn, tmp_path):
    """The head file knows how far the log was; the operator's word doesn't excuse less."""
    assert run(dsn, "restore", lived.backup, "--keys", lived.keys, "--folder", tmp_path).code == 0
    ran = run(dsn, "serve", "--accept-restore", *restored_config(tmp_path))
    assert ran.code == 1
    assert "the database holds 0 entries of uni.example.org/nostra, which had" in ran.err


def test_a_node_that_refused_to_start_upon_an_empty_database_is_restored(lived, dsn, tmp_path):
    """Who starts it first and reads the manual afterwards has spoilt nothing."""
    keys, config = tmp_path / "keys", tmp_path / "nostra.toml"
    shutil.copytree(lived.config.parent / "keys", keys)
    key = Signer("partner.example.org/nostra", b"k" * 32).verifier
    partner = PartnerSettings("partner", key.name, key, "https://ledger.partner.example.org")
    config.write_text(with_partner(lived.config.read_text(), partner))
    assert run(dsn, "serve", "--accept-restore", "--config", config).code == 1
    assert sql(dsn, "SELECT FROM cosigned WHERE suspended")
    ran = run(dsn, "restore", lived.backup, "--keys", lived.keys, "--config", config)
    assert (ran.code, ran.err) == (0, ""), ran.err
    assert len(sql(dsn, "SELECT FROM records")) == 3


def test_former_keys_and_the_end_of_a_log_come_back(lived, database_server, dsn, tmp_path):
    """With the files beside its key: what it signed before can be verified, and it takes nothing more."""
    name = database_server.create(template=lived.dsn.partition("?")[0].rpartition("/")[2])
    copy, folder = database_server.dsn_of(name), tmp_path / "one"
    shutil.copytree(lived.config.parent, folder)
    before = Signer(UNI, b"b" * 32).verifier.render()
    sql(copy, "INSERT INTO former_keys SELECT log_id, $2, 1, root, 'retired' FROM logs WHERE origin = $1", UNI, before)
    sql(copy, "UPDATE logs SET successor = 'ledger.next.example/nostra' WHERE origin = $1", UNI)
    (folder / "keys/uni.key.former").write_text("as it is")
    backup, keys = tmp_path / "backup", tmp_path / "keys"
    assert run(copy, "backup", backup, "--keys", keys, "--config", folder / "nostra.toml").code == 0
    database_server.drop(name)
    ran = run(dsn, "restore", backup, "--keys", keys, "--folder", tmp_path / "two")
    assert (ran.code, ran.err) == (0, "")
    rows = sql(
        dsn, "SELECT former_keys.verifier_key, former_keys.size, successor FROM former_keys JOIN logs USING (log_id)"
    )
    assert [tuple(row) for row in rows] == [(before, 1, "ledger.next.example/nostra")]
    assert (tmp_path / "two/keys/uni.key.former").read_text() == "as it is"


def spoil(path: Path, target: Path, at: int) -> Path:
    """Return a copy of a file with one bit changed."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    target.write_bytes(data)
    return target


REFUSED = {
    "changed early": (lambda lived, path: spoil(lived.backup, path, 500), 3, "it was changed, or isn't whole"),
    "changed late": (lambda lived, path: spoil(lived.backup, path, -20), 3, "it was changed, or isn't whole"),
    "cut off": (lambda lived, path: _cut(lived.backup, path), 3, "it is cut off"),
    "no backup": (lambda lived, path: lived.keys, 3, "it is no backup of a node"),
    "not there": (lambda lived, path: path / "nowhere", 3, "No such file"),
}


def _cut(path: Path, target: Path) -> Path:
    target.write_bytes(path.read_bytes()[:-30])
    return target


@pytest.mark.parametrize(("make", "code", "says"), REFUSED.values(), ids=REFUSED)
def test_a_spoilt_backup_changes_nothing(lived, dsn, tmp_path, make, code, says):
    """One line, and neither a file nor a row."""
    folder = tmp_path / "node"
    ran = run(dsn, "restore", make(lived, tmp_path / "spoilt"), "--keys", lived.keys, "--folder", folder)
    assert (ran.code, says in ran.err, ran.err.count("\n")) == (code, True, 1)
    assert not folder.exists()
    assert sql(dsn, "SELECT FROM pg_tables WHERE schemaname = 'public'") == []


def test_another_nodes_keys_open_nothing(lived, dsn, tmp_path):
    """The two keys are told apart by their IDs."""
    other = tmp_path / "other"
    make_config(other, dsn, logs=("uni",))
    assert run(dsn, "backup", tmp_path / "b", "--keys", tmp_path / "k", "--config", other / "nostra.toml").code == 0
    ran = run(dsn, "restore", lived.backup, "--keys", tmp_path / "k", "--folder", tmp_path / "new")
    assert (ran.code, "it was made under the backup key" in ran.err) == (3, True)


def test_a_database_that_holds_something_is_left_alone(lived, dsn, tmp_path):
    """A second restore, or one over a node that lives, is refused."""
    assert run(dsn, "restore", lived.backup, "--keys", lived.keys, "--folder", tmp_path).code == 0
    before = sql(dsn, "SELECT * FROM records ORDER BY record_id")
    ran = run(dsn, "restore", lived.backup, "--keys", lived.keys, "--folder", tmp_path)
    assert ran.code == 1
    assert "holds private records, tokens or the like already" in ran.err
    assert sql(dsn, "SELECT * FROM records ORDER BY record_id") == before


def test_another_key_that_is_there_is_never_written_over(lived, dsn, tmp_path):
    """Not one file is written then."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/uni.key").write_text("another\n")
    ran = run(dsn, "restore", lived.backup, "--keys", lived.keys, "--folder", tmp_path)
    assert (ran.code, "uni.key is there already, and is another" in ran.err) == (1, True)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["keys", "uni.key"]


@pytest.mark.parametrize("steps", [0, 1])
def test_a_restore_that_was_cut_short_goes_on(lived, dsn, tmp_path, monkeypatch, steps):
    """Killed between two steps, or before the rows: nothing is signed upon it, and the same command ends it."""
    from node.backup import restore
    from node.errors import FatalError

    done = []

    async def cut(*arguments):
        raise FatalError("cut short")

    def limited(bundles, origin, *, after):
        for batch in made(bundles, origin, after=after):
            if len(done) == steps:
                raise FatalError("cut short")
            done.append(batch)
            yield batch

    with monkeypatch.context() as cutting:
        made = restore._steps
        cutting.setattr(restore, "STEP_BUNDLES", 1)
        cutting.setattr(restore, "_steps", limited)
        assert "cut short" in run(dsn, "restore", lived.whole, "--keys", lived.keys, "--folder", tmp_path).err
    (head,) = sql(dsn, "SELECT size FROM logs WHERE origin = $1", UNI)
    assert head["size"] == 256 * steps
    assert run(dsn, "serve", "--accept-restore", *restored_config(tmp_path)).code == 1
    assert sql(dsn, "SELECT FROM records") == []
    ran = run(dsn, "restore", lived.whole, "--keys", lived.keys, "--folder", tmp_path)
    assert (ran.code, ran.err) == (0, ""), ran.err
    goes_on(lived, tmp_path, dsn)


def test_records_whose_key_was_destroyed_are_told_and_left_out(lived, dsn, tmp_path):
    """A newer file of keys without an epoch's key opens the backup, and never its records."""
    keys = key_file.KeyFile.parse(lived.keys.read_bytes())
    kept = {name: data for name, data in keys.files.items() if not name.startswith("records-")}
    later = tmp_path / "later"
    later.write_bytes(key_file.KeyFile(keys.logs, kept).render())
    ran = run(dsn, "restore", lived.backup, "--keys", later, "--folder", tmp_path / "node")
    assert (ran.code, "3 private records of epoch 1: its key was destroyed" in ran.out) == (1, True)
    assert not (tmp_path / "node").exists()
    ran = run(dsn, "restore", lived.backup, "--keys", later, "--folder", tmp_path / "node", "--leave-out")
    assert ran.code == 0, ran.err
    assert sql(dsn, "SELECT FROM records") == sql(dsn, "SELECT FROM record_lookups") == []
    assert len(sql(dsn, "SELECT FROM submissions")) == 1
