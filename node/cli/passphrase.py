"""The passphrase of a file of keys: from a file, or asked for on the terminal; never from the command line."""

import argparse
import sys
from pathlib import Path

from node.errors import BadRequestError


def add_passphrase_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a command be told a passphrase."""
    parser.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="the passphrase of the file of keys: the file's first line"
    )
    parser.add_argument("--passphrase", action="store_true", help="ask for the passphrase on the terminal")


def passphrase_of(arguments: argparse.Namespace, *, twice: bool = False) -> bytes | None:
    """Return the passphrase, or None where none is meant.

    Raises:
        BadRequestError: It is empty, or not the same when typed again.
        OSError: Its file can't be read.
    """
    path: Path | None = arguments.passphrase_file
    if path is not None:
        found = path.read_bytes().split(b"\n", 1)[0].rstrip(b"\r")
    elif arguments.passphrase:
        found = asked()
        if twice and asked("the same again: ") != found:
            raise BadRequestError("the two passphrases differ", mend="type it once more")
    else:
        return None
    if not found:
        raise BadRequestError("the passphrase is empty", mend="leave the option out for none")
    return found


def asked(prompt: str = "passphrase: ") -> bytes:
    """Ask for a passphrase.

    Raises:
        BadRequestError: There is no terminal to ask on.
    """
    import getpass

    if not sys.stdin.isatty():
        raise BadRequestError("there is no terminal to ask for a passphrase", mend="give --passphrase-file")
    return getpass.getpass(prompt).encode()
