"""`nostra retain LEAF`: record a duty to keep what is known of an award, or of a decision: until when, by which law.

While it runs, `nostra erase` refuses. The duty that was recorded last holds. `nostra issue --keep-until` records one
with the award.
"""

import argparse
from typing import Any, Final

from node.cli.inside import add_node_arguments, ask_node, print_json
from node.errors import BadRequestError

NAME: Final = "retain"
HELP: Final = "record a duty to keep what is known of an award or a decision"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("leaf", metavar="LEAF", type=int, help="where the award, or the decision, stands in the log")
    parser.add_argument("--decision", action="store_true", help="it is a decision's leaf")
    add_duty_arguments(parser, required=True)
    add_node_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Record it."""
    kind = "decision" if arguments.decision else "award"
    duty = duty_of(arguments)["keep"]
    answer = ask_node(arguments, "/v1/retentions", {"kind": kind, "leaf": arguments.leaf, **duty})
    if arguments.json:
        print_json(answer)
        return 0
    print(f"the {kind} at leaf {answer['leaf']} is kept until {answer['until']}: {answer['basis']}")
    return 0


def add_duty_arguments(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Let a command be told a duty to keep."""
    parser.add_argument(
        "--keep-until", metavar="DATE", required=required, help="the last day on which it has to be kept"
    )
    parser.add_argument("--basis", metavar="TEXT", required=required, help="the law that asks for it")


def duty_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the duty as a body's members, empty where none was told.

    Raises:
        BadRequestError: Only half of one was told.
    """
    if (arguments.keep_until is None) != (arguments.basis is None):
        raise BadRequestError("a duty to keep has a last day and a basis", mend="give --keep-until and --basis")
    if arguments.keep_until is None:
        return {}
    return {"keep": {"until": arguments.keep_until, "basis": arguments.basis}}
