"""The command `python -m protocol`: exit codes, words and JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.__main__ import main
from protocol.verify.kinds import MAX_FILE_BYTES
from tests.conftest import ROOT
from tests.support.examples import CREDENTIAL, LOG, PARTNERS, POLICY, a_receipt

KEY = LOG.verifier.render()


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return a folder with a receipt, a policy and the credential."""
    files = {"receipt.json": a_receipt().render(), "ours.policy": POLICY.render(), "credential.json": CREDENTIAL}
    for name, data in (files | {"other.json": b"{}", "bad.policy": b"quorum x\n"}).items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("receipt.json --policy ours.policy --document credential.json", 0),
        (f"receipt.json --key {KEY}", 0),
        (f"receipt.json --key {KEY} --json", 0),
        (f"receipt.json --key {KEY} --require included --require statement", 0),
        (f"receipt.json --key {KEY} --require standing", 1),
        (f"receipt.json --key {KEY} --require a-good-name", 1),
        ("receipt.json", 1),
        ("receipt.json --policy ours.policy --document other.json", 1),
        ("receipt.json --policy absent.policy", 2),
        ("receipt.json --policy bad.policy", 2),
        ("receipt.json --key nonsense", 2),
        (f"receipt.json --key {PARTNERS[0].verifier.render()}", 2),
        ("receipt.json --document absent.json", 2),
        ("other.json --policy ours.policy", 3),
        ("absent.json", 3),
        (". --policy ours.policy", 3),
    ],
)
def test_the_exit_code_tells_what_came_out(folder, monkeypatch, words, code):
    """0 verified, 1 refused, 2 wrong usage, 3 not a file it can read."""
    monkeypatch.chdir(folder)
    assert main(words.split()) == code


def test_a_document_is_compared_whole_or_not_at_all(folder, capsys):
    """What goes on after the part that is read would else be vouched for by a receipt for that part."""
    (folder / "credential.json").write_bytes(CREDENTIAL + b" " * MAX_FILE_BYTES)
    words = ["--policy", str(folder / "ours.policy"), "--document", str(folder / "credential.json")]
    assert main([str(folder / "receipt.json"), *words]) == 2
    assert "larger than 16 MiB" in capsys.readouterr().err


def test_the_report_is_printed_line_by_line(folder, capsys):
    """The last line is the verdict."""
    main([str(folder / "receipt.json"), "--policy", str(folder / "ours.policy")])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(" 1. yes ")
    assert lines[-1] == "receipt: verified"
    assert any("from the policy ours.policy" in line for line in lines)


def test_the_report_is_printed_as_json(folder, capsys):
    """With --json it is one JSON value in ASCII."""
    main([str(folder / "receipt.json"), "--key", KEY, "--json"])

    text = capsys.readouterr().out
    assert json.loads(text)["verdict"] == "verified"
    assert text.isascii()


def test_what_is_wrong_with_the_usage_goes_to_stderr(folder, capsys):
    """The line says which line of the policy is wrong."""
    main([str(folder / "receipt.json"), "--policy", str(folder / "bad.policy")])

    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "line 1: 'x' is not defined above\n")


@pytest.mark.parametrize("words", [[], ["a", "b"], ["a", "--policy", "p", "--key", "k"], ["a", "--trust"]])
def test_other_words_are_wrong_usage(words, capsys):
    """Argparse tells how it is used."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: python -m protocol" in capsys.readouterr().err


def test_the_package_runs_as_a_program(folder):
    """As a registrar runs it, in a process of its own."""
    command = [sys.executable, "-m", "protocol", folder / "receipt.json", "--key", KEY]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, encoding="utf-8")

    assert (run.returncode, run.stdout.splitlines()[-1], run.stderr) == (0, "receipt: verified", "")
