"""`nostra doctor`: what is well, doubtful or wrong."""

import json

import pytest

from node.cli import main


@pytest.fixture
def node(tmp_path, monkeypatch, dsn, capsys):
    """Give a folder in which a node was made."""
    monkeypatch.setenv("DATABASE_URL", dsn)
    given = ["--origin", "a.example/x", "--institution", "A", "--country", "FI", "--name", "a"]
    assert main(["init", "--folder", str(tmp_path), *given]) == 0
    capsys.readouterr()
    return tmp_path


def looks(node, capsys) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return exit code, and what was found by what was looked at."""
    code = main(["doctor", "--json", "--config", str(node / "nostra.toml")])
    found = json.loads(capsys.readouterr().out)
    return code, {look["what"]: (look["state"], look["found"]) for look in found}


def test_a_new_node_is_well(node, capsys):
    """Configuration, keys, disk, clock and the database's settings are each looked at."""
    code, found = looks(node, capsys)
    assert code == 0
    assert {"configuration", "key of a", "clock", "database version", "database fsync", "database schema"} <= set(found)
    assert {state for state, _ in found.values()} <= {"well", "doubtful"}
    assert found["key of a"][1].endswith("remembers size 0")
    assert found["database log a.example/x"] == ("well", "size 0")


@pytest.mark.parametrize(
    ("spoil", "what", "words"),
    [
        (lambda node: (node / "keys/a.key").chmod(0o644), "key of a", "chmod 600"),
        (lambda node: (node / "keys/a.key").unlink(), "key of a", "can't be read"),
        (lambda node: (node / "keys/a.key.head").write_text("{}"), "key of a", "can't be read"),
        (lambda node: (node / "keys/token").chmod(0o640), "token file", "others can read"),
    ],
)
def test_what_is_wrong_is_named_with_its_way_out(node, capsys, spoil, what, words):
    """Exit code 1 and the thing to do."""
    spoil(node)
    code, found = looks(node, capsys)
    assert (code, found[what][0]) == (1, "wrong")
    assert words in found[what][1]


def test_a_database_that_does_not_answer_is_wrong(node, capsys, monkeypatch):
    """The address's password isn't repeated."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://x:secret4711@127.0.0.1:9/x")
    code, found = looks(node, capsys)
    assert (code, found["database"][0]) == (1, "wrong")
    assert "4711" not in str(found)


def test_problems_of_the_configuration_are_each_a_line(node, capsys):
    """Doctor stops at a configuration that can't be used, and names all that is wrong there."""
    (node / "nostra.toml").write_text("[nod]\n[htp]\n")
    assert main(["doctor", "--config", str(node / "nostra.toml")]) == 1
    assert capsys.readouterr().out.count("wrong     configuration: ") == 2
