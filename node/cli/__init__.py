"""The command `nostra`: one module a command.

A command's module has NAME and HELP, `add_arguments(parser)` and `run(arguments) -> exit code`; it imports what is
heavy inside `run`, so that `nostra --help` is quick. Exit codes: 0 done, 1 refused or failed, 2 wrong usage (a
configuration that can't be used is one), 3 a file that can't be read. An error is one line on stderr:
`nostra COMMAND: what: way out`; where a node found several problems, each follows in a line of its own, `where: what`.
"""

import argparse
import importlib
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from node import __version__
from node.errors import ConfigError, InadmissibleError, NodeError
from protocol.errors import ProtocolError

COMMANDS: Final = (
    "init",
    "serve",
    "institution",
    "achievement",
    "issue",
    "present",
    "revoke",
    "suspend",
    "reinstate",
    "standing",
    "mandate",
    "rule",
    "publications",
    "decide",
    "ask",
    "receipt",
    "verify",
    "audit",
    "check",
    "privacy_check",
    "log",
    "roster",
    "partner",
    "alarm",
    "export",
    "import_log",
    "recover",
    "backup",
    "restore",
    "erase",
    "retain",
    "text",
    "token",
    "check_config",
    "doctor",
    "demo",
    "bench",
)
"""The modules of `node.cli` that are commands, in the order of `nostra --help`."""

DONE: Final = 0
FAILED: Final = 1
WRONG_USAGE: Final = 2
UNREADABLE: Final = 3


class UnreadableError(Exception):
    """A file isn't what the command reads."""


class Command(Protocol):
    """What a command's module holds."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add what the command takes."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it and return the exit code."""
        ...


def commands() -> list[Command]:
    """Return every command."""
    return [importlib.import_module(f"node.cli.{name}") for name in COMMANDS]


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser("nostra", description="A ledger of which credentials are recognised, with proof.")
    parser.add_argument("--version", action="version", version=f"nostra {__version__}")
    choices = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in commands():
        chosen = choices.add_parser(command.NAME, help=command.HELP, description=f"{command.HELP}.")
        command.add_arguments(chosen)
        chosen.set_defaults(command=command)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    chosen = make_parser().parse_args(arguments)
    command: Command = chosen.command
    try:
        return command.run(chosen)
    except ConfigError as error:
        for problem in error.problems:
            complain(command.NAME, problem)
        return WRONG_USAGE
    except (NodeError, ProtocolError) as error:
        complain(command.NAME, str(error))
        _list_problems(error)
        return FAILED
    except UnreadableError as error:
        complain(command.NAME, str(error))
        return UNREADABLE
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; the interpreter must not complain of it
        return FAILED
    except OSError as error:
        complain(command.NAME, f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return UNREADABLE
    except KeyboardInterrupt:
        return FAILED
    except Exception as error:
        complain(command.NAME, f"failed unexpectedly: {type(error).__name__} at {_place(error)}: report it, please")
        return FAILED


def _place(error: Exception) -> str:
    """Return where an exception was raised, without its message, which may quote what was being read."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _list_problems(error: Exception) -> None:
    """Write each of several problems in a line: one look mends them all."""
    if isinstance(error, InadmissibleError) and len(error.problems) > 1:
        for where, what in error.problems:
            print(f"  {where}: {what}" if where else f"  {what}", file=sys.stderr)


def complain(command: str, text: str) -> None:
    """Write one line about what is wrong."""
    print(f"nostra {command}: {' '.join(text.split())}", file=sys.stderr)
