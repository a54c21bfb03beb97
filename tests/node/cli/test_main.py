"""The command line as a whole: commands, help, exit codes, one line an error."""

import os
import subprocess
import sys

import pytest

import node.cli
from node import __version__
from node.cli import commands, main
from node.errors import FatalError
from protocol.errors import MalformedError


def test_every_command_has_a_name_and_one_line_of_help():
    """Names are lower-case words; the help is a short phrase without a full stop."""
    names = [command.NAME for command in commands()]
    assert len(set(names)) == len(names)
    for command in commands():
        assert command.NAME.lower() == command.NAME
        assert 10 < len(command.HELP) < 90
        assert not command.HELP.endswith(".")


def test_the_version_is_told(capsys):
    """`nostra --version` prints it and ends well."""
    with pytest.raises(SystemExit) as raised:
        main(["--version"])
    assert raised.value.code == 0
    assert capsys.readouterr().out == f"nostra {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["dance"], ["serve", "--fast"]])
def test_wrong_usage_is_two(capsys, arguments):
    """No command, an unknown one, an unknown option."""
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FatalError("the log is closed", mend="begin another"), "nostra serve: the log is closed: begin another\n"),
        (MalformedError("two\nlines"), "nostra serve: two lines\n"),
        (KeyError("x"), "nostra serve: failed unexpectedly: KeyError"),
    ],
)
def test_an_error_is_one_line_and_exit_code_one(monkeypatch, capsys, error, line):
    """Whatever a command raises, stderr gets one line that begins with the command."""

    def fail(arguments):
        raise error

    monkeypatch.setattr("node.cli.serve.run", fail)
    assert main(["serve"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(line)
    assert told.count("\n") == 1


def test_whoever_stops_reading_gets_no_traceback(tmp_path):
    """`nostra check-config | true` ends quietly."""
    run = subprocess.run(
        f"{sys.executable} -m node check-config --json | true",
        shell=True, capture_output=True, text=True, check=False, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert run.stderr == ""


def test_help_does_not_load_the_node():
    """`nostra --help` imports neither the server nor the database driver: it is there at once."""
    program = (
        "import sys; import node.cli; node.cli.make_parser(); print(sorted({'aiohttp', 'asyncpg'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_the_package_runs_as_a_program():
    """`python -m node` is the command."""
    run = subprocess.run([sys.executable, "-m", "node", "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == f"nostra {node.__version__}\n"
