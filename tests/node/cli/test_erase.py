"""`nostra erase`, `retain` and `text take-down`, as an operator types them beside a node that runs."""

import asyncio
import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from node.backup import key_file, write
from node.recognition.records.epoch_keys import create_epoch_key, key_path
from tests.node.http.asking import base64
from tests.support.backed_up import Ran, post, run, sql
from tests.support.credentials import a_credential
from tests.support.decisions import PAPER, a_decision
from tests.support.nodes import ServedNode, make_config, node_served
from tests.support.publications import withdrawal_with_texts

UNI = "uni.example.org/nostra"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Office:
    """A node that runs, and the machine on which its operator types."""

    node: ServedNode
    dsn: str
    folder: Path

    @property
    def own_keys(self) -> Path:
        """The node's folder of keys."""
        return self.folder / "node/keys"

    def run(self, *arguments: object, token: str = "") -> Ran:
        """Run a command with the node's configuration."""
        where = ["--config", self.folder / "node/nostra.toml"]
        with patch.dict(os.environ, {"NOSTRA_TOKEN": token or self.node.token}):
            return run(self.dsn, *arguments, *where)

    def ask(self, *arguments: object) -> Ran:
        """Run a command that asks the node."""
        return self.run(*arguments, "--node", self.node.internal_url)

    def award(self) -> tuple[bytes, dict]:
        """Award a credential."""
        document = a_credential()
        return document, post(self.node, "/v1/awards", {"document": base64(document)}).json()

    def safe(self) -> list[object]:
        """Return where the next backup and the file of keys go."""
        return ["--backup", self.folder / f"backup-{next(_NUMBERS)}", "--keys", self.folder / "keys"]

    def records(self) -> int:
        """Return how many private records there are."""
        return sql(self.dsn, "SELECT count(*) FROM records")[0][0]

    def epochs(self) -> list[int]:
        """Return the epochs whose key files there are."""
        return [epoch for epoch in range(1, 60) if key_path(self.own_keys, epoch).exists()]


@pytest.fixture(scope="module")
def office(tmp_path_factory, module_dsn):
    """Give a node that runs."""
    folder = tmp_path_factory.mktemp("office")
    with (
        node_served(make_config(folder / "node", module_dsn)) as node,
        patch.object(key_file, "MEMORY", 1 << 16),
        patch.object(key_file, "PASSES", 1),
    ):
        yield Office(node, module_dsn, folder)


def test_at_once(office):
    """Marked, moved, backed up, destroyed; the node goes on, and the same file is a new award."""
    document, told = office.award()
    kept, stays = office.award()
    before = office.records()
    safe = office.safe()
    ran = office.ask("erase", "--award", told["leaf"], "--yes", "--now", *safe)
    assert ran.code == 0, ran.err
    assert "1 private records are erased" in ran.out
    assert f"status 'closed' was entered at leaf {stays['leaf'] + 1}" in ran.out
    assert "receipts and presentations that were given out" in ran.out
    assert (office.records(), office.epochs()) == (before - 1, [2])
    assert post(office.node, "/v1/awards", {"document": base64(kept)}).json()["leaf"] == stays["leaf"]
    again = post(office.node, "/v1/awards", {"document": base64(document)})
    assert (again.status, again.json()["leaf"] > told["leaf"]) == (201, True)
    checked = run("", "restore", "--check", safe[1], "--keys", safe[3])
    assert checked.code == 0, checked.out


def test_gathered_and_then_by_night(office):
    """Without --now marks gather; a run without a target erases all of them, and one more does nothing."""
    leaves = [office.award()[1]["leaf"] for _ in range(2)]
    for leaf in leaves:
        ran = office.ask("erase", "--award", leaf, "--yes")
        assert "destroyed by the next `nostra erase" in ran.out
    looks = {one["what"]: one["found"] for one in json.loads(office.run("doctor", "--json").out)}
    assert looks["database erasure"] == "2 private records go with the next `nostra erase`"
    before, epochs = office.records(), office.epochs()
    told = json.loads(office.run("erase", *office.safe(), "--json").out)
    assert told == {"erased": {"records": 2, "destroyed": epochs}}
    assert office.records() == before - 2
    safe = office.safe()
    ran = office.run("erase", *safe)
    assert (ran.code, ran.out, safe[1].exists()) == (0, "nothing is marked: nothing was erased\n", False)


@pytest.mark.parametrize("by", ["file", "receipt", "paper", "decision"])
def test_whatever_it_is_named_by(office, by, tmp_path):
    """The credential's file, its receipt, a paper's data, a decision's id or leaf."""
    document, told = office.award()
    paper = PAPER | {"number": f"2021/{next(_NUMBERS)}"}
    body = {"decision": a_decision(id=f"cli-{next(_NUMBERS)}"), "credentials": [{"paper": paper}]}
    decided = post(office.node, "/v1/decisions", body).json()
    named = tmp_path / "named"
    files = {"file": document, "receipt": json.dumps(told["receipt"]).encode(), "paper": json.dumps(paper).encode()}
    named.write_bytes(files.get(by, b""))
    value = str(decided["leaf"]) if by == "decision" else named
    marked = json.loads(office.ask("erase", f"--{by}", value, "--yes", "--json").out)["marked"]
    expected = ([told["leaf"]], []) if by in ("file", "receipt") else ([], [decided["leaf"]])
    assert (marked["awards"], marked["decisions"]) == expected


def test_it_is_asked_for_once_more(office):
    """Without a terminal nothing is done; the question names what would go."""
    _, told = office.award()
    before = office.records()
    ran = office.ask("erase", "--award", told["leaf"])
    assert (ran.code, "nothing was erased: say --yes" in ran.err) == (1, True)
    with patch("sys.stdin.isatty", lambda: True), patch("builtins.input", lambda text: asked.append(text) or "n"):
        asked: list[str] = []
        assert office.ask("erase", "--award", told["leaf"]).code == 1
    assert asked == [f"award at leaf {told['leaf']}: erase 1 private records? Nothing brings them back. [y/N] "]
    assert sql(office.dsn, "SELECT FROM records WHERE erase AND leaf = $1", told["leaf"]) == []
    assert office.records() == before


def test_a_new_backup_is_meant_or_said_not_to_be(office, tmp_path):
    """Half of one, none, over another file, another's file of keys: nothing is marked before it is clear."""
    _, told = office.award()
    there = tmp_path / "there"
    there.write_bytes(b"a thesis")
    for options, says in (
        ([], "say --without-backup"),
        (["--backup", tmp_path / "b"], "say --without-backup"),
        (["--without-backup", "--keys", tmp_path / "k"], "say --without-backup"),
        (["--backup", tmp_path / "b", "--keys", there], "can't be read"),
    ):
        ran = office.ask("erase", "--award", told["leaf"], "--yes", "--now", *options)
        assert (ran.code, says in ran.err) == (1, True), ran
    assert sql(office.dsn, "SELECT FROM records WHERE erase AND leaf = $1", told["leaf"]) == []
    ran = office.ask("erase", "--award", told["leaf"], "--yes", "--now", "--backup", there, "--keys", tmp_path / "k")
    assert (ran.code, "name another file" in ran.err, there.read_bytes()) == (1, True, b"a thesis")
    ran = office.run("erase", "--without-backup")
    assert (ran.code, "back up the folder of keys and the database now" in ran.out) == (0, True)


def test_keys_under_a_passphrase(office, tmp_path):
    """The file of keys is written anew under it, and opens the new backup."""
    word = tmp_path / "word"
    word.write_text("correct horse\n")
    safe = ["--backup", tmp_path / "b", "--keys", tmp_path / "keys", "--passphrase-file", word]
    _, told = office.award()
    ran = office.ask("erase", "--award", told["leaf"], "--yes", "--now", *safe)
    assert ran.code == 0, ran.err
    assert b"RECORDS" not in (tmp_path / "keys").read_bytes()
    assert run("", "restore", "--check", tmp_path / "b", *safe[2:]).code == 0


def test_a_run_that_was_cut_short_after_the_backup_is_finished_by_the_same_command(office):
    """The key is still there, the database has nothing left of it: what is done is taken, and the key goes."""
    _, told = office.award()
    safe = office.safe()
    with patch("node.backup.erasure.destroy_file", side_effect=OSError(5, "the disk is gone")):
        ran = office.ask("erase", "--award", told["leaf"], "--yes", "--now", *safe)
        assert (ran.code, "the disk is gone" in ran.err) == (3, True)
    assert len(office.epochs()) == 2
    ran = office.run("erase", *safe)
    assert (ran.code, "0 private records are erased" in ran.out, len(office.epochs())) == (0, True, 1)


def test_an_old_backup_is_not_taken_for_the_new_one(office, tmp_path):
    """Where its records need the key that goes, the key stays."""
    _, told = office.award()
    assert office.run("backup", tmp_path / "old", "--keys", tmp_path / "keys").code == 0
    with patch("node.backup.erasure.destroy_file", side_effect=OSError(5, "the disk is gone")):
        office.ask("erase", "--award", told["leaf"], "--yes", "--now", *office.safe())
    assert office.run("backup", tmp_path / "between", "--keys", tmp_path / "other-keys").code == 0
    kept = run("", "restore", "--check", tmp_path / "old", "--keys", tmp_path / "other-keys")
    assert kept.code == 1, "a backup between gave its file of keys the key that is to go"
    ran = office.run("erase", "--backup", tmp_path / "old", "--keys", tmp_path / "keys")
    assert (ran.code, "the old keys are kept" in ran.err, len(office.epochs())) == (1, True, 2)
    assert office.run("erase", *office.safe()).code == 0
    assert len(office.epochs()) == 1


def test_a_backup_beside_an_erasure_is_made_again(office, tmp_path):
    """What it has read may hang from a key that is gone: it isn't kept."""
    _, told = office.award()
    write_backup = write.write_backup

    async def meanwhile(*arguments, **options):
        ran = await asyncio.to_thread(office.ask, "erase", "--award", told["leaf"], "--yes", "--now", *office.safe())
        assert ran.code == 0, ran.err
        return await write_backup(*arguments, **options)

    with patch.object(write, "write_backup", meanwhile):
        ran = office.run("backup", tmp_path / "b", "--keys", tmp_path / "keys")
    assert (ran.code, "an erasure has gone on meanwhile: back up again" in ran.err) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_another_database_s_key_is_left_alone(office, tmp_path):
    """A file under the name of an epoch that has ended, whose key is another: nothing is destroyed."""
    create_epoch_key(tmp_path, 1)
    key_path(office.own_keys, 1).write_bytes(key_path(tmp_path, 1).read_bytes())
    key_path(office.own_keys, 1).chmod(0o600)
    ran = office.run("erase", *office.safe())
    assert (ran.code, "is another database's key" in ran.err, 1 in office.epochs()) == (1, True, True)
    key_path(office.own_keys, 1).unlink()


def test_what_a_crash_left_of_a_key_goes_too(office):
    """A temporary file holds the key as well."""
    _, told = office.award()
    (epoch,) = office.epochs()
    left = office.own_keys / f".records-{epoch}.key-abcd1234"
    left.write_bytes(key_path(office.own_keys, epoch).read_bytes())
    assert office.ask("erase", "--award", told["leaf"], "--yes", "--now", *office.safe()).code == 0
    assert (left.exists(), office.epochs()) == (False, [epoch + 1])


def test_what_others_don_t_hold_yet_is_not_destroyed(office):
    """The status `closed` might be lost with the disk: the award would seem to stand."""
    _, told = office.award()
    epochs = office.epochs()
    assert office.ask("erase", "--award", told["leaf"], "--yes").code == 0
    with (
        patch("node.backup.erasure.PATIENCE", (0.0,)),
        patch("node.backup.erasure.sizes_of_marked_logs", return_value={UNI: 1 << 40}),
    ):
        ran = office.run("erase", *office.safe())
    assert (ran.code, "aren't released yet" in ran.err, office.epochs()) == (1, True, epochs)
    assert office.run("erase", *office.safe()).code == 0


def test_a_duty_to_keep(office, tmp_path):
    """Recorded with the award or afterwards; while it runs nothing is erased."""
    file = tmp_path / "c.json"
    file.write_bytes(a_credential())
    duty = ["--keep-until", "2099-12-31", "--basis", "Archives Act 831/1994"]
    ran = office.ask("issue", file, "--json", *duty)
    leaf = json.loads(ran.out)["leaf"]
    refused = office.ask("erase", "--award", leaf, "--yes")
    assert (refused.code, "kept until 2099-12-31: Archives Act 831/1994" in refused.err) == (1, True)
    ran = office.ask("retain", leaf, "--keep-until", "2020-01-01", "--basis", "Archives Act 831/1994")
    assert ran.out == f"the award at leaf {leaf} is kept until 2020-01-01: Archives Act 831/1994\n"
    assert office.ask("erase", "--award", leaf, "--yes").code == 0
    half = office.ask("issue", file, "--keep-until", "2099-12-31", "--out", tmp_path / "r")
    assert (half.code, "--keep-until and --basis" in half.err) == (1, True)


def test_a_text_is_taken_down(office):
    """After it was meant; the node says what isn't reached."""
    published = withdrawal_with_texts(UNI, 77)
    assert post(office.node, "/v1/entries", published).status == 201
    commitment = published["entry"]["texts"]
    assert office.ask("text", "take-down", commitment).code == 1
    assert office.node.get(f"/texts/{commitment}")["texts"]
    ran = office.ask("text", "take-down", commitment, "--yes")
    assert (ran.code, f"{commitment} beside {UNI} is taken down" in ran.out) == (0, True)
    assert office.node.get(f"/texts/{commitment}")["status"] == 410
    assert "was down already" in office.ask("text", "take-down", commitment, "--yes").out
