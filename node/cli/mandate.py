"""`nostra mandate publish FILE`: let another institution's log enter awards of ours."""

import argparse
from typing import Final

from node.cli.publication import add_publish
from node.cli.publication import run as run

NAME: Final = "mandate"
HELP: Final = "let another log award for the institution"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_publish(parser.add_subparsers(metavar="ACTION", dest="action", required=True), "/v1/mandates", "a mandate")
