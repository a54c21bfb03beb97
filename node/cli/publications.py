"""`nostra publication`: what waits for a second person: list it, look at it, approve or refuse it.

With `[publication] second_person`, which is the default, whatever is published with free text waits until somebody with
another token approves; so does what looks as if it were about a person.
"""

import argparse
from typing import Any, Final
from urllib.parse import quote

from node.cli.inside import add_node_arguments, ask_node, print_json

NAME: Final = "publication"
HELP: Final = "list, show, approve and refuse publications that wait for a second person"

_PATH: Final = "/v1/publications"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    listing = actions.add_parser("list", help="list what waits")
    show = actions.add_parser("show", help="show what would be published, whole")
    approve = actions.add_parser("approve", help="publish it; the token has to be another than the one that asked")
    refuse = actions.add_parser("refuse", help="let it not be published")
    for action, act in ((listing, _list), (show, _show), (approve, _approve), (refuse, _refuse)):
        if action is not listing:
            action.add_argument("id", metavar="ID", help="as `list` names it")
        add_node_arguments(action)
        action.set_defaults(act=act)


def run(arguments: argparse.Namespace) -> int:
    """Do what was chosen."""
    arguments.act(arguments)
    return 0


def waits(answer: dict[str, Any]) -> str:
    """Return the lines about a publication that waits."""
    lines = [
        f"{answer['kind']} {answer['id']} waits since {answer['asked']}, asked for with the token '{answer['by']}'"
    ]
    lines += [f"  look at {sign['where']}: {sign['what']}" for sign in answer["signs"]]
    return "\n".join(lines)


def _list(arguments: argparse.Namespace) -> None:
    found = ask_node(arguments, _PATH)["publications"]
    if arguments.json:
        print_json(found)
        return
    for one in found:
        print(waits(one))
    print(f"{len(found)} in all")


def _show(arguments: argparse.Namespace) -> None:
    found = ask_node(arguments, f"{_PATH}/{quote(arguments.id, safe='')}")
    if not arguments.json:
        print(waits(found["publication"]))
    print_json(found if arguments.json else found["value"])


def _approve(arguments: argparse.Namespace) -> None:
    answer = ask_node(arguments, f"{_PATH}/approvals", {"id": arguments.id})
    if arguments.json:
        print_json(answer)
        return
    entry = answer["entry"]
    print(f"{entry['kind']} {entry['id']} version {entry['version']} published: leaf {answer['leaf']}")


def _refuse(arguments: argparse.Namespace) -> None:
    answer = ask_node(arguments, f"{_PATH}/refusals", {"id": arguments.id})
    if arguments.json:
        print_json(answer)
        return
    print(f"{answer['id']} is not published; what it said goes with the next erasure")
