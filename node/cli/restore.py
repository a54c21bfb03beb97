"""`nostra restore FILE`: a backup into an empty node folder; `--check` reads it all, and proves what it holds.

The backup is read from end to end before anything is written: a wrong key, a changed byte or a missing end changes
nothing. After it, `nostra recover` brings the logs' entries back from partners, and `nostra serve --accept-restore`
goes on once all of them have said what they last saw.
"""

import argparse
import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.cli import UnreadableError
from node.cli.configured import DEFAULT_FILE, add_config_argument, load_config
from node.cli.passphrase import add_passphrase_arguments, asked, passphrase_of
from node.config import load
from node.errors import BadRequestError, ConfigError, FatalError

if TYPE_CHECKING:
    from node.backup.check import Contents
    from node.backup.key_file import KeyFile
    from node.backup.lines import AnyLine
    from node.config import Config

NAME: Final = "restore"
HELP: Final = "restore a backup into an empty node folder, or check what it holds"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what `nostra backup` wrote")
    parser.add_argument("--keys", metavar="KEYFILE", type=Path, help="its file of keys (to check: else this node's)")
    add_passphrase_arguments(parser)
    parser.add_argument("--check", action="store_true", help="read all of it, and write nothing")
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="where the configuration goes, if it isn't there (default: here)"
    )
    parser.add_argument(
        "--leave-out", action="store_true", help="leave out private records whose epoch's key isn't in KEYFILE"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check the backup, then restore it."""
    from node.cli.restore_report import lines_of, plain_of

    keys = _keys(arguments)
    contents = _check(arguments.file, keys)
    if not arguments.json:
        print("\n".join(lines_of(contents)))
    good = not contents.problems and (not contents.closed_epochs or arguments.leave_out)
    if good and not arguments.check:
        _restore(arguments, keys, contents)
        if not arguments.json:
            print("restored; next: nostra recover, then nostra serve --accept-restore")
    if arguments.json:
        print(json.dumps(plain_of(contents) | {"restored": good and not arguments.check}, indent=2))
    return 0 if good else 1


def _keys(arguments: argparse.Namespace) -> "KeyFile":
    """Return the keys: of the file that is named or, to check, this node's own.

    Raises:
        UnreadableError: The file isn't one, or the passphrase is another.
    """
    from node.backup.key_file import KeyFile, NoPassphraseError
    from node.backup.key_ring import gather_keys
    from protocol.errors import MalformedError

    if not arguments.keys:
        if not arguments.check:
            raise BadRequestError("a backup is restored with its file of keys", mend="name that with --keys")
        return gather_keys(load_config(arguments))
    data, passphrase = arguments.keys.read_bytes(), passphrase_of(arguments)
    try:
        try:
            return KeyFile.parse(data, passphrase)
        except NoPassphraseError:
            return KeyFile.parse(data, asked())
    except MalformedError as error:
        raise UnreadableError(f"{arguments.keys}: {error}") from None


def _check(path: Path, keys: "KeyFile") -> "Contents":
    """Read all of the backup.

    Raises:
        UnreadableError: It isn't one, isn't whole, or these keys don't open it.
    """
    from node.backup.check import Check
    from node.backup.key_ring import epoch_keys_of, log_keys_of
    from protocol.errors import MalformedError

    try:
        return Check(epoch_keys_of(keys), log_keys_of(keys)).run(_lines(path, keys))
    except MalformedError as error:
        raise UnreadableError(f"{path}: {error}") from None


def _lines(path: Path, keys: "KeyFile") -> "Iterator[AnyLine]":
    from node.backup.lines import parse_lines
    from node.backup.sealed_file import unsealed

    with path.open("rb") as file:
        yield from parse_lines(unsealed(file, keys.backup_key))


def _restore(arguments: argparse.Namespace, keys: "KeyFile", contents: "Contents") -> None:
    """Write the configuration if there is none, the keys and head files, and then the database."""
    from node.backup.key_ring import places_of
    from node.backup.restore import write_cosigned, write_files, write_head_files
    from node.cli.loop import run_async

    path: Path = arguments.config or arguments.folder / DEFAULT_FILE
    written = [] if path.exists() else _write_configuration(path, contents)
    try:
        config = load(path, os.environ)
        write_files(places_of(keys, config))
    except Exception:
        for one in written:
            one.unlink()
        raise
    write_head_files(config, contents.own)
    write_cosigned(config, contents.cosigned)
    run_async(_fill(config, arguments.file, keys, contents))


def _write_configuration(path: Path, contents: "Contents") -> list[Path]:
    """Write the configuration and the policy that it names, as they were; return what was written."""
    from node.backup.lines import CONFIGURATION, POLICY
    from node.storage.files import create_file

    if CONFIGURATION not in contents.files:
        raise ConfigError([f"the backup holds no configuration: write one to {path}"])
    wanted = {path: contents.files[CONFIGURATION]}
    policy = tomllib.loads(wanted[path].decode()).get("policy", {}).get("file")
    if policy and POLICY in contents.files:
        wanted[path.parent / policy] = contents.files[POLICY]
    missing = {one: data for one, data in wanted.items() if not one.exists()}
    for one, data in missing.items():
        one.parent.mkdir(parents=True, exist_ok=True)
        create_file(one, data)
    return list(missing)


async def _fill(config: "Config", path: Path, keys: "KeyFile", contents: "Contents") -> None:
    from node.backup.key_ring import epoch_keys_of
    from node.backup.restore import Restore
    from node.cli.progress import Progress
    from node.clock import Clock
    from node.runtime.database import open_database
    from protocol.errors import MalformedError

    async with open_database(config) as opened:
        with Progress("lines restored") as progress:
            restore = Restore(
                opened.database,
                lambda: _lines(path, keys),
                epoch_keys_of(keys),
                closed_epochs=contents.closed_epochs,
                now=Clock().now(),
                progress=progress.reach,
            )
            try:
                await restore.run(contents.logs)
            except MalformedError as error:
                raise FatalError(f"{path} has changed while it was read: {error}", mend="restore again") from None
