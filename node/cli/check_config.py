"""`nostra check-config`: everything that is wrong with a configuration, at once."""

import argparse
import json
import os
from typing import Final

from node.cli.configured import add_config_argument, config_path
from node.config import problems

NAME: Final = "check-config"
HELP: Final = "report everything that is wrong with a configuration"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_config_argument(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print each problem on its line; 0 if there is none."""
    path = config_path(arguments)
    found = problems(path, os.environ)
    if arguments.json:
        print(json.dumps({"config": None if path is None else str(path), "problems": found}, indent=2))
    elif found:
        print("\n".join(found))
    else:
        print(f"{path or 'the environment'}: nothing is wrong")
    return 1 if found else 0
