"""`nostra log`: change an own log's key, or close the log for good.

Both are written by the running node, on its operator's word: the token needs the role `operate`, and the command asks
once more unless `--yes` is given. The key's name on the command line is the log's name in the configuration.
"""

import argparse
import sys
from typing import Final

from node.cli.inside import add_node_arguments, ask_node, print_json
from node.cli.word import is_meant

NAME: Final = "log"
NOTHING: Final = "nothing was done"
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
    print(f"{log['origin']} is signed by {log['verifier_key']}", file=sys.stderr)
    print("Partners take no checkpoint of its next key until their operators have confirmed it.", file=sys.stderr)
    if not is_meant("Let its next key sign from the next entry on?", yes=arguments.yes, otherwise=NOTHING):
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
    print(f"{log['origin']} has {log['size']:,} entries; {arguments.successor} follows it", file=sys.stderr)
    if not is_meant("Close it for good? Nothing undoes this.", yes=arguments.yes, otherwise=NOTHING):
        return 1
    asked = {"origin": log["origin"], "successor": arguments.successor}
    done = ask_node(arguments, "/v1/log/succession", asked)
    if arguments.json:
        print_json(done)
        return 0
    print(f"{done['origin']} is closed at {done['size']:,} entries; {done['successor']} follows")
    return 0
