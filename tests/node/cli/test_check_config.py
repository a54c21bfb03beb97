"""`nostra check-config`: everything at once."""

import json

from node.cli import main


def test_a_good_configuration_is_said_to_be_one(tmp_path, capsys):
    """Exit code 0, and a line that says which file was read."""
    path = tmp_path / "nostra.toml"
    path.write_text('[node]\nname = "x"\n')
    assert main(["check-config", "--config", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: nothing is wrong\n"


def test_all_problems_come_at_once(tmp_path, capsys):
    """An unknown key, a wrong value and a missing one are three lines."""
    path = tmp_path / "nostra.toml"
    path.write_text('[node]\nnmae = "x"\n[http]\npublic = "here"\n[[log]]\nname = "a"\norigin = "a.example/x"\n')
    assert main(["check-config", "--config", str(path)]) == 1
    out = capsys.readouterr().out
    for words in ("[node] nmae: unknown; did you mean name?", "[http] public", "country", "institution"):
        assert words in out
    assert main(["check-config", "--config", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"] == out.splitlines()


def test_every_command_refuses_a_bad_configuration_with_all_its_problems(tmp_path, capsys):
    """Exit code 2, one line a problem, each with the command before it."""
    path = tmp_path / "nostra.toml"
    path.write_text('[node]\nnmae = "x"\n[web]\n')
    assert main(["serve", "--config", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("nostra serve: ") for line in lines)


def test_a_node_without_logs_and_partners_has_nothing_to_serve(tmp_path, capsys):
    """An empty configuration is valid, and `serve` says what is missing."""
    path = tmp_path / "nostra.toml"
    path.write_text("")
    assert main(["serve", "--config", str(path)]) == 2
    assert "nothing to serve" in capsys.readouterr().err
