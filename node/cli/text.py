"""`nostra text take-down COMMITMENT`: take down the texts beside an entry, in which a person's data has slipped.

The commitment is the entry's member `texts`. The entry stands; `/texts/COMMITMENT` answers 410 from then on, on
partners' mirrors with their next round.
"""

import argparse
from typing import Final

from node.cli.inside import add_node_arguments, ask_node, print_json
from node.cli.word import is_meant

NAME: Final = "text"
HELP: Final = "take down texts that were published beside an entry"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    down = actions.add_parser("take-down", help="take texts down: nothing brings them back")
    down.add_argument("commitment", metavar="COMMITMENT", help="the entry's `texts`: 43 characters")
    down.add_argument("--mirror", metavar="ORIGIN", default="", help="only our copy of this partner's text")
    down.add_argument("--yes", action="store_true", help="don't ask")
    add_node_arguments(down)


def run(arguments: argparse.Namespace) -> int:
    """Take them down."""
    if not is_meant("Take these texts down for good?", yes=arguments.yes, otherwise="nothing was taken down"):
        return 1
    asked = {"commitment": arguments.commitment} | ({"mirror": arguments.mirror} if arguments.mirror else {})
    answer = ask_node(arguments, "/v1/texts/take-down", asked)
    if arguments.json:
        print_json(answer)
        return 0
    print(
        f"{answer['commitment']} beside {answer['origin']} {'is taken down' if answer['new'] else 'was down already'}"
    )
    print(
        "not reached: who has read it, exports, and backups made before; partners' mirrors follow in their next round"
    )
    return 0
