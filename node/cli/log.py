"""`nostra log`: change an own log's key, or close the log for good.

Both are written by the running node, on its operator's word: the token needs the role `operate`, and the command asks
once more unless `--yes` is given. The key's name on the command line is the log's name in the configuration.
"""

import argparse
import sys
from typing import Any, Final

from node.cli.inside import add_node_arguments, ask_node, print_json

NAME: Final = "log"
HELP: Final = "let a log's next key sign it, or close a log for good"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    new_key = actions.add_parser("new-key", help="enter the log's next key, which signs from there on")
    close = actions.add_parser("close", help="enter the log's end: it takes nothing more, and nothing undoes it")
    for action, act in ((new_key, _new_key), (close, _close)):
        action.add_argument("name", metavar="NAME", help="the log's name in the configuration")
        action.add_argument("--yes", action="store_true", help="don't ask")
        add_node_arguments(action, log=False)
        action.set_defaults(act=act)
    close.add_argument("--successor", metavar="ORIGIN", required=True, help="the origin that follows")


def run(arguments: argparse.Namespace) -> int:
    """Do what was chosen."""
    arguments.log = arguments.name
    code: int = arguments.act(arguments)
    return code


def _new_key(arguments: argparse.Namespace) -> int:
    log = ask_node(arguments, "/v1/log")
    if not _is_meant(
        arguments,
        f"{log['origin']} is signed by {log['verifier_key']}\nIts next key will sign from the next entry on. Partners "
        "take no checkpoint of the next key until their operators have confirmed it.",
    ):
        return 1
    done = ask_node(arguments, "/v1/log/next-key", {"verifier_key": log["verifier_key"]})
    if arguments.json:
        print_json(done)
        return 0
    former = done["former"]
    print(f"{log['origin']}: the next key is said at leaf {done['leaf']}, and signs from there on")
    print(f"  verifier key  {done['verifier_key']}")
    print(f"  before        {former['verifier_key']}")
    print(f"  counted up to size {former['size']}, root {former['root']}")
    print(
        "back up the folder of keys now, and tell partners and the keeper of the roster; then destroy the old key file"
    )
    return 0


def _close(arguments: argparse.Namespace) -> int:
    log = ask_node(arguments, "/v1/log")
    if not _is_meant(
        arguments,
        f"{log['origin']} will be closed for good at about {log['size']:,} entries, and {arguments.successor} follows. "
        "It takes nothing more; nothing undoes this.",
    ):
        return 1
    asked = {"origin": log["origin"], "successor": arguments.successor}
    done = ask_node(arguments, "/v1/log/succession", asked)
    if arguments.json:
        print_json(done)
        return 0
    print(f"{done['origin']} is closed at {done['size']:,} entries; {done['successor']} follows")
    return 0


def _is_meant(arguments: argparse.Namespace, what: str) -> bool:
    """Ask whether it is meant; without a terminal to ask at, only `--yes` says so."""
    if arguments.yes:
        return True
    print(what, file=sys.stderr)
    if not sys.stdin.isatty():
        print("nothing was done: say --yes", file=sys.stderr)
        return False
    answer: Any = input("Go on? [y/N] ")
    return str(answer).strip().lower() in ("y", "yes")
