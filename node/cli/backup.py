"""`nostra backup FILE`: what only this node has, encrypted, beside a node that goes on; and its keys in a second file.

FILE holds private records, look-ups, request keys, the hashes of tokens, texts, evidence, and the configuration. It is
encrypted under the backup key, and its records besides under the keys of their epoch; neither is in it. They are in
KEYFILE, which is to be kept apart, and which each new one replaces. Entries are left to partners, unless `--with-logs`.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.cli.configured import add_config_argument, config_path, load_config
from node.cli.passphrase import add_passphrase_arguments, passphrase_of
from node.errors import BadRequestError, ConflictError

if TYPE_CHECKING:
    from node.backup.backup_key import BackupKey
    from node.backup.key_file import KeyFile
    from node.backup.lines import File
    from node.config import Config

NAME: Final = "backup"
HELP: Final = "write what only this node has into an encrypted file, and its keys into another"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write; it must not be there yet")
    parser.add_argument(
        "--keys", metavar="KEYFILE", type=Path, help="also write the keys, over this node's earlier file of keys"
    )
    add_passphrase_arguments(parser)
    parser.add_argument("--with-logs", action="store_true", help="with the entries of our own logs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the backup first, then the keys: the old ones open what was there before."""
    from node.backup.backup_key import make_backup_key
    from node.backup.key_ring import gather_keys, without_epochs
    from node.cli.loop import run_async
    from node.storage.files import replace_file

    config = load_config(arguments)
    if arguments.file.exists():
        raise ConflictError(f"{arguments.file} is there already", mend="name another file")
    passphrase = passphrase_of(arguments, twice=True)
    if passphrase is not None and not arguments.keys:
        raise BadRequestError("a passphrase is for the file of keys", mend="name that with --keys")
    key = make_backup_key(config.node.keys)
    if arguments.keys:
        check_replaceable(arguments.keys, gather_keys(config), passphrase)
    files = files_beside(config, config_path(arguments))
    counts, ended = run_async(_backup(config, arguments.file, key, files=files, with_entries=arguments.with_logs))
    if arguments.keys:
        replace_file(arguments.keys, without_epochs(gather_keys(config), ended).render(passphrase))
    _tell(arguments, counts)
    return 0


def check_replaceable(path: Path, keys: "KeyFile", passphrase: bytes | None) -> None:
    """Check that what is there is an earlier file of this node's keys, or nothing.

    Raises:
        ConflictError: It is something else, which must not be lost.
    """
    from node.backup.key_file import KeyFile
    from protocol.errors import MalformedError

    if not path.exists():
        return
    try:
        before = KeyFile.parse(path.read_bytes(), passphrase)
        same = before.backup_key == keys.backup_key
    except MalformedError as error:
        raise ConflictError(f"{path} is there already, and can't be read ({error})", mend="name another file") from None
    if not same:
        raise ConflictError(f"{path} holds the keys of another node", mend="name another file")


def files_beside(config: "Config", path: Path | None) -> "list[File]":
    """Return the configuration and the policy that it names, as a backup holds them."""
    from node.backup.lines import CONFIGURATION, POLICY, File

    named = ((CONFIGURATION, path), (POLICY, config.policy.file))
    return [File(name=name, data=file.read_bytes()) for name, file in named if file is not None]


async def _backup(
    config: "Config", path: Path, key: "BackupKey", *, files: "list[File]", with_entries: bool
) -> "tuple[Counter[str], list[int]]":
    """Write it, and return how many lines of each kind it has, and which epochs had ended: nothing in it needs them.

    Raises:
        ConflictError: An erasure has gone on meanwhile: the keys of what was read may be destroyed. No file is kept.
    """
    from node.backup.write import write_backup
    from node.cli.progress import Progress
    from node.clock import Clock
    from node.runtime.database import open_database
    from node.storage.erasing import ended_epochs
    from node.storage.files import whole_file
    from node.storage.records import live_epochs
    from node.storage.scan import one_moment

    async with open_database(config, join=True) as opened, one_moment(opened.database) as connection:
        ended, live = [row.epoch for row in await ended_epochs(connection)], await live_epochs(connection)
        with whole_file(path) as file, Progress("lines written") as progress:
            counts = await write_backup(
                connection,
                file,
                key,
                made=Clock().now_text(),
                files=files,
                with_entries=with_entries,
                progress=progress.reach,
            )
            async with opened.database.pool.acquire() as now:
                if await live_epochs(now) != live:
                    raise ConflictError("an erasure has gone on meanwhile", mend="back up again")
    return counts, ended


def _tell(arguments: argparse.Namespace, counts: "Counter[str]") -> None:
    if arguments.json:
        told = {"file": str(arguments.file), "keys": str(arguments.keys) if arguments.keys else None}
        print(json.dumps(told | {"lines": dict(sorted(counts.items()))}))
        return
    print(
        f"{counts['record']:,} private records, {counts['request']:,} request keys, {counts['token']:,} tokens in "
        f"{arguments.file}"
    )
    if arguments.keys:
        print(f"the keys that open it in {arguments.keys}: keep them apart from it, and no older ones")
    if not arguments.with_logs:
        print("the logs' entries are not in it: they come back from partners, or from `nostra export`")
