"""`nostra standing`: what stands of an award of ours, each status that was entered, and what the desk noted of it."""

import argparse
from typing import Final

from node.cli.inside import add_node_arguments, ask_node, print_json
from node.cli.status_change import add_award_names, named_award

NAME: Final = "standing"
HELP: Final = "tell what stands of an award of ours, and what was entered of it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_award_names(parser)
    add_node_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Tell it."""
    answer = ask_node(arguments, "/v1/statuses/history", named_award(arguments))
    if arguments.json:
        print_json(answer)
        return 0
    print(f"the award at leaf {answer['award']} is {answer['standing']}: {answer['why']}")
    for one in answer["statuses"]:
        noted = [one.get("on", ""), f"by {one['by']}" if one.get("by") else "", one.get("reference", "")]
        print(f"{one['number']:>4}  {one['status']:<10}  leaf {one['leaf']}  {', '.join(filter(None, noted))}".rstrip())
    for fault in answer.get("faults", ()):
        print(f"      {fault}")
    return 0
