"""`nostra alarm`: which alarms stand, and whether anybody would hear of one.

Both ask the running node on its internal listener. `test` lets it send a test alarm to the webhook and says whether it
was taken: exit code 1 if not.
"""

import argparse
from typing import Final

from node.cli.inside import add_node_arguments, ask_node, print_json

NAME: Final = "alarm"
HELP: Final = "list the alarms that stand; send a test alarm to the webhook"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    listing = actions.add_parser("list", help="list the alarms that stand")
    test = actions.add_parser("test", help="send a test alarm and say whether the webhook took it")
    for action, act in ((listing, _list), (test, _test)):
        add_node_arguments(action, log=False)
        action.set_defaults(act=act, log=None)


def run(arguments: argparse.Namespace) -> int:
    """Do what was chosen."""
    code: int = arguments.act(arguments)
    return code


def _list(arguments: argparse.Namespace) -> int:
    answer = ask_node(arguments, "/v1/alarms")
    if arguments.json:
        print_json(answer)
        return 0
    for alarm in answer["alarms"]:
        print(f"{alarm['at']} {alarm['alarm']} {alarm['log']}: {alarm['detail']}")
    if not answer["alarms"]:
        print("no alarm stands")
    if not answer["webhook"]:
        print("[alarms] webhook is not set: alarms are in the node's log and metrics only")
    return 0


def _test(arguments: argparse.Namespace) -> int:
    answer = ask_node(arguments, "/v1/alarms/test", {})
    if arguments.json:
        print_json(answer)
    elif answer["sent"]:
        print("the webhook took the test alarm")
    else:
        print(f"the test alarm was not taken: {answer['failure']}")
    return 0 if answer["sent"] else 1
