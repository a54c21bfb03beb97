"""`nostra init`: a node's configuration, keys, logs and first token, once."""

import json
import stat

import pytest

from node.cli import main
from node.config import load
from node.log.headfile import HeadFile
from node.log.keys import load_key
from protocol.encoding.keys import VerifierKey
from protocol.log.merkle import EMPTY_ROOT

GIVEN = [
    "--origin", "ledger.example.org/nostra",
    "--institution", "Högskolan “Exempel”",
    "--country", "SE",
    "--schac", "example.org",
    "--identifier", "erasmus:S  EXEMPEL01",
]  # fmt: skip


@pytest.fixture
def database(monkeypatch, dsn):
    """Let the command use the test's database."""
    monkeypatch.setenv("DATABASE_URL", dsn)


def run(folder, *more: str) -> int:
    """Run the command for a folder."""
    return main(["init", "--folder", str(folder), *GIVEN, *more])


def test_it_makes_all_that_a_node_needs(tmp_path, database, capsys):
    """Configuration, log key, head file at size zero, token: the configuration is valid and says what was given."""
    assert run(tmp_path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    config = load(tmp_path / "nostra.toml", {})
    (log,) = config.logs
    assert (log.origin, log.institution, log.country) == ("ledger.example.org/nostra", "Högskolan “Exempel”", "SE")
    assert [(one.scheme, one.value) for one in log.identifiers] == [
        ("schac", "example.org"),
        ("erasmus", "S  EXEMPEL01"),
    ]
    assert VerifierKey.parse(told["logs"][0]["verifier_key"]) == load_key(log.key).verifier
    head = HeadFile(log.key).read()
    assert (head.size, head.root) == (0, EMPTY_ROOT)


def test_what_it_keeps_secret_is_for_its_owner_alone(tmp_path, database):
    """The folder of keys is 0700, and every file in it 0600."""
    run(tmp_path)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()}
    cosigners = {f"{claim}{kind}.key" for claim in ("witness", "mirror") for kind in ("", "-ml-dsa")}
    assert {"token", *cosigners} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_a_second_time_is_refused_and_changes_nothing(tmp_path, database, capsys):
    """The key that is there stays, and the error says what to do."""
    run(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    capsys.readouterr()
    assert run(tmp_path) == 1
    assert "has its key already" in capsys.readouterr().err
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_a_configuration_that_is_there_is_taken_as_it_is(tmp_path, database):
    """With `--config` of a file in place, its logs are made and the file stays."""
    path = tmp_path / "mine.toml"
    path.write_text(
        '[node]\nkeys = "k"\n[[log]]\nname = "a"\norigin = "a.example/x"\ninstitution = "A"\ncountry = "FI"\n'
        '[[log]]\nname = "b"\norigin = "b.example/x"\ninstitution = "B"\ncountry = "FI"\n'
    )
    before = path.read_text()
    assert main(["init", "--config", str(path)]) == 0
    assert path.read_text() == before
    assert {file.name for file in (tmp_path / "k").iterdir()} >= {"a.key", "b.key", "a.key.head", "b.key.head"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--origin, --institution, --country must be given"),
        (["--origin", "UPPER/x", "--institution", "A", "--country", "FI"], "[[log]]"),
        (["--origin", "a.example/x", "--institution", "A", "--country", "Finland"], "country"),
        (["--origin", "a.example/x", "--institution", "A", "--country", "FI", "--public", "here"], "public"),
        (["--origin", "a.example/x", "--institution", "A", "--country", "FI", "--identifier", "x"], "SCHEME:VALUE"),
    ],
)
def test_wrong_options_are_told_and_leave_nothing_behind(tmp_path, capsys, arguments, words):
    """One line on stderr, exit code 2, and no half-made configuration."""
    assert main(["init", "--folder", str(tmp_path / "new"), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("nostra init: ")
    assert words in error
    assert list(tmp_path.rglob("*.toml")) == []
