"""Every command that a page names is one that the program takes, with the options that it is given there."""

import contextlib
import io
import re
import shlex
from functools import cache

import pytest

from node.cli import commands, make_parser
from tests.architecture.test_docs import pages
from tests.conftest import ROOT

BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"(?:sudo -u nostra )?(?:\S*/)?(nostra [^&]+)")
INLINE = re.compile(r"`(nostra [^`]+)`")


def texts() -> dict[str, str]:
    """Return the pages by name."""
    return {page: (ROOT / page).read_text() for page in pages()}


def lines() -> list[str]:
    """Return the commands `nostra …` of all blocks of shell, whole, without what is put around them."""
    blocks = [block.replace("\\\n", " ") for text in texts().values() for block in BLOCK.findall(text)]
    parts = [part.strip() for block in blocks for line in block.splitlines() for part in re.split(" && |; ", line)]
    return [match[1] for part in parts if (match := COMMAND.match(part))]


def mentions() -> list[str]:
    """Return the commands that pages name within their prose."""
    found = [mention for text in texts().values() for mention in INLINE.findall(text)]
    return [mention for mention in found if not mention.startswith("nostra COMMAND")]


@cache
def help_of(*words: str) -> str:
    """Return what `nostra … --help` prints, "" where there is no such command."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        make_parser().parse_args([*words, "--help"])
    return out.getvalue()


def is_taken(line: str) -> bool:
    """Return whether the program takes a whole command line."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            make_parser().parse_args(shlex.split(line, comments=True)[1:])
    except SystemExit as end:
        return end.code == 0
    return True


def test_every_command_line_is_taken():
    """What stands in a block of shell can be typed."""
    assert lines()
    assert [line for line in lines() if not is_taken(line)] == []


def test_every_command_in_prose_exists():
    """The command, and the options named with it."""
    wrong = []
    for mention in mentions():
        words = mention.split()
        told = help_of(words[1]) + (help_of(*words[1:3]) if words[2:3] and words[2].isalpha() else "")
        wrong += [mention for option in (*re.findall(r"--[a-z-]+", mention), "") if not told or option not in told]
    assert wrong == []


@pytest.mark.parametrize("name", [command.NAME for command in commands()])
def test_every_command_has_its_line(name):
    """The page of commands names each."""
    assert re.search(rf"(?m)^\| .*`nostra {name}[ `]", (ROOT / "docs/commands.md").read_text())
