"""`nostra institution publish FILE`: publish who the institution is, with its identifiers and competent authority."""

import argparse
from typing import Final

from node.cli.publication import add_publish
from node.cli.publication import run as run

NAME: Final = "institution"
HELP: Final = "publish who the institution is"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_publish(
        parser.add_subparsers(metavar="ACTION", dest="action", required=True),
        "/v1/institutions",
        "who the institution is",
    )
