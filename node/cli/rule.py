"""`nostra rule`: publish recognition rules, list them, and end them."""

import argparse
from typing import Any, Final

from node.cli.inside import add_node_arguments
from node.cli.publication import add_list, add_publish, publish
from node.cli.publication import run as run

NAME: Final = "rule"
HELP: Final = "publish, list and withdraw the institution's recognition rules"

_PATH: Final = "/v1/rules"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    add_publish(actions, _PATH, "a rule")
    add_list(actions, _PATH, "rules")
    withdraw = actions.add_parser("withdraw", help="end a rule from a day on")
    withdraw.add_argument("id", metavar="ID", help="the rule's id")
    withdraw.add_argument("--version", type=int, help="its version (default: the newest)")
    withdraw.add_argument("--from", dest="start", metavar="DATE", help="from which day it ends (default: today)")
    withdraw.add_argument("--reason", required=True, metavar="TEXT", help="why, in a sentence that everybody may read")
    withdraw.add_argument("--language", default="en", help="language of the reason (default: en)")
    add_node_arguments(withdraw)
    withdraw.set_defaults(act=_withdraw)


def _withdraw(arguments: argparse.Namespace) -> int:
    target: dict[str, Any] = {"kind": "rule", "id": arguments.id}
    if arguments.version is not None:
        target["version"] = arguments.version
    value: dict[str, Any] = {"target": target, "reasons": {arguments.language: arguments.reason}}
    if arguments.start:
        value["from"] = arguments.start
    return publish(arguments, "/v1/withdrawals", value)
