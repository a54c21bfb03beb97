"""`nostra token`: made once, shown once, listed without what would let anybody use it, revoked."""

import json

import pytest

from node.cli import main


@pytest.fixture
def config(tmp_path, monkeypatch, dsn):
    """Give the options that name a node's configuration."""
    monkeypatch.setenv("DATABASE_URL", dsn)
    path = tmp_path / "nostra.toml"
    path.write_text("")
    return ["--config", str(path)]


def test_a_token_is_printed_once(config, capsys):
    """What `add` prints is the token; no list shows it again."""
    assert main(["token", "add", "desk", "--role", "decide", *config]) == 0
    token = capsys.readouterr().out.strip()
    assert token.startswith("nst_")
    assert len(token) == 47
    assert main(["token", "list", "--json", *config]) == 0
    listed = capsys.readouterr().out
    assert token not in listed
    assert token[4:] not in listed
    (row,) = json.loads(listed)
    assert (row["name"], row["roles"], row["expires_at"], row["revoked"]) == ("desk", ["decide"], None, False)


def test_roles_and_days_are_kept(config, capsys):
    """Several roles, each once, and the day after which nothing is allowed."""
    asked = ["--role", "issue", "--role", "publish", "--role", "issue", "--days", "30"]
    assert main(["token", "add", "office", *asked, "--json", *config]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["roles"] == ["issue", "publish"]
    main(["token", "list", "--json", *config])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["expires_at"] == told["expires_at"] > row["created_at"]


def test_a_revoked_token_is_listed_as_such(config, capsys):
    """Revoking names the token, not its value."""
    main(["token", "add", "desk", "--role", "decide", *config])
    assert main(["token", "revoke", "desk", *config]) == 0
    capsys.readouterr()
    main(["token", "list", *config])
    assert capsys.readouterr().out.rstrip().endswith("revoked")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["revoke", "nobody"], 1, "there is no token 'nobody'"),
        (["add", "desk", "--role", "issue"], 1, "there is a token 'desk' already"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(config, capsys, arguments, code, words):
    """A taken or unknown name is refused with a way out."""
    main(["token", "add", "desk", "--role", "decide", *config])
    capsys.readouterr()
    assert main(["token", *arguments, *config]) == code
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "desk"],
        ["add", "desk", "--role", "king"],
        ["add", "two words", "--role", "issue"],
        ["add", "desk", "--role", "issue", "--days", "0"],
        ["add", "desk", "--role", "issue", "--days", "soon"],
        ["burn", "desk"],
        [],
    ],
)
def test_wrong_usage_is_two(config, capsys, arguments):
    """A role that isn't one, a name in another form, a time that is none."""
    with pytest.raises(SystemExit) as raised:
        main(["token", *arguments, *config])
    assert raised.value.code == 2
