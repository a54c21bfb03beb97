"""`nostra erase`: let what this node keeps of a credential or a decision go; then destroy the keys that could read it.

With a target, the node closes the award in its log and marks what belongs to it. Without one, or with `--now`, all that
is marked is erased: what stays moves under new keys, a new backup is made, the file of keys is written anew, and the
old keys are destroyed. Cut short, the same command goes on. Run it nightly where marks are left to gather.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from node.cli.backup import check_replaceable, files_beside
from node.cli.configured import config_path, load_config
from node.cli.inside import add_node_arguments, as_base64, ask_node, print_json, read_bytes, read_json_file
from node.cli.passphrase import add_passphrase_arguments, passphrase_of
from node.cli.word import is_meant
from node.errors import BadRequestError

if TYPE_CHECKING:
    from node.backup.erasure import Done, NewBackup
    from node.config import Config

NAME: Final = "erase"
HELP: Final = "erase what this node keeps of a credential or a decision, backups included"

TARGETS: Final = ("award", "decision", "file", "receipt", "paper")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--award", metavar="LEAF", type=int, help="the award at a leaf, with all of its credential")
    target.add_argument("--decision", metavar="ID", help="the decision of this leaf or id, with all on its credential")
    target.add_argument("--file", metavar="FILE", type=Path, help="all that is kept on this credential")
    target.add_argument("--receipt", metavar="FILE", type=Path, help="all on the credential of a receipt")
    target.add_argument("--paper", metavar="FILE", type=Path, help="all on a paper, whose data is this JSON")
    parser.add_argument("--now", action="store_true", help="destroy the keys now, not with the next `nostra erase`")
    parser.add_argument("--backup", metavar="FILE", type=Path, help="the new backup that is made on the way")
    parser.add_argument("--keys", metavar="KEYFILE", type=Path, help="the file of keys, which is written anew")
    add_passphrase_arguments(parser)
    parser.add_argument("--with-logs", action="store_true", help="with the entries of our own logs in the backup")
    parser.add_argument("--without-backup", action="store_true", help="make none: another copy of the keys is kept")
    parser.add_argument("--yes", action="store_true", help="don't ask")
    add_node_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Mark, and destroy."""
    wanted = [name for name in TARGETS if getattr(arguments, name) is not None]
    now = arguments.now or not wanted
    chosen = _checked_backup(arguments) if now else None
    told: dict[str, Any] = {}
    if wanted:
        body = _target(arguments, wanted[0])
        if not is_meant(_question(arguments, body), yes=arguments.yes, otherwise="nothing was erased"):
            return 1
        told["marked"] = ask_node(arguments, "/v1/erasures", body)
        if not arguments.json:
            _tell_marked(told["marked"])
    if chosen is not None:
        told["erased"] = _erase(arguments, *chosen)
    if arguments.json:
        print_json(told)
    elif chosen is None:
        print("the keys are destroyed by the next `nostra erase --backup FILE --keys KEYFILE`")
    return 0


def _checked_backup(arguments: argparse.Namespace) -> "tuple[Config, NewBackup | None]":
    """Return the configuration and where the new backup goes, checked before anything is done.

    Raises:
        BadRequestError: None is named, and it isn't said that none is meant.
        ConflictError: The file of keys is another node's, or no file of keys.
    """
    from node.backup.backup_key import make_backup_key
    from node.backup.erasure import NewBackup
    from node.backup.key_ring import gather_keys

    config = load_config(arguments)
    if arguments.without_backup and not (arguments.backup or arguments.keys):
        return config, None
    if arguments.without_backup or not (arguments.backup and arguments.keys):
        raise BadRequestError(
            "after an erasure older backups give back the log only, so a new one is made on the way",
            mend="name it with --backup and --keys, or say --without-backup",
        )
    passphrase = passphrase_of(arguments, twice=True)
    make_backup_key(config.node.keys)
    check_replaceable(arguments.keys, gather_keys(config), passphrase)
    files = tuple(files_beside(config, config_path(arguments)))
    return config, NewBackup(
        file=arguments.backup,
        keys=arguments.keys,
        passphrase=passphrase,
        files=files,
        with_entries=arguments.with_logs,
    )


def _target(arguments: argparse.Namespace, name: str) -> dict[str, Any]:
    value = getattr(arguments, name)
    match name:
        case "award":
            return {"award": value}
        case "decision":
            return {"decision": int(value) if value.isascii() and value.isdigit() else value}
        case "file":
            return {"credential": {"document": as_base64(read_bytes(value))}}
        case "receipt":
            return {"credential": {"presented": read_json_file(value)}}
        case _:
            return {"credential": {"paper": read_json_file(value)}}


def _question(arguments: argparse.Namespace, body: dict[str, Any]) -> str:
    """Return what the operator is asked, once the node has told what would go."""
    if arguments.yes:
        return ""
    would = ask_node(arguments, "/v1/erasures", body | {"preview": True})
    return f"{_named(would)}: erase {would['records']} private records? Nothing brings them back."


def _named(told: dict[str, Any]) -> str:
    """Return the awards and decisions of an answer, by their leaves."""
    named = [
        f"{what} at leaf {', '.join(map(str, leaves))}"
        for what, leaves in (("award", told["awards"]), ("decision", told["decisions"]))
        if leaves
    ]
    return " and ".join(named) or "what is kept on it"


def _tell_marked(told: dict[str, Any]) -> None:
    print(f"{_named(told)}: {told['records']} private records {'go' if told['new'] else 'were to go already'}")
    for leaf in told["closed"]:
        print(f"  status 'closed' was entered at leaf {leaf}")
    for leaf in told["unstated"]:
        print(f"  the log has ended: nothing more could be said of the award at leaf {leaf}")
    print("not reached:")
    for one in told["not_reached"]:
        print(f"  {one}")


def _erase(arguments: argparse.Namespace, config: "Config", backup: "NewBackup | None") -> dict[str, Any]:
    from node.cli.loop import run_async

    done = run_async(_run(config, backup))
    if done is None:
        if not arguments.json:
            print("nothing is marked: nothing was erased")
        return {"records": 0, "destroyed": []}
    records = 0 if done.moved is None else done.moved.erased
    if not arguments.json:
        print(f"{records:,} private records are erased; the keys of epochs {_epochs(done)} are destroyed")
        if backup is None:
            print("back up the folder of keys and the database now: older backups give back the log only")
        else:
            print(f"what stays is in {backup.file}, its keys in {backup.keys}: destroy every older file of keys")
    return {"records": records, "destroyed": list(done.destroyed)}


def _epochs(done: "Done") -> str:
    return ", ".join(map(str, done.destroyed)) or "before"


async def _run(config: "Config", backup: "NewBackup | None") -> "Done | None":
    from node.backup.erasure import Erasure
    from node.cli.progress import Progress
    from node.clock import Clock
    from node.runtime.database import open_database

    async with open_database(config, join=True) as opened:
        with Progress("private records moved") as progress:
            return await Erasure(config, opened.database, Clock(), backup).run(progress.reach)
