"""`nostra bench`: measure a node on this machine, as `scripts/bench` does. The benchmarks come with the source."""

import argparse
import importlib.util
import sys
from pathlib import Path
from typing import Final

from node.errors import FatalError

NAME: Final = "bench"
HELP: Final = "measure a node on this machine (from a clone of the source)"

SOURCE: Final = Path(__file__).resolve().parents[2]
"""Where the clone begins, if this is one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "options", nargs=argparse.REMAINDER, help="as of scripts/bench: --peer, --only WORK, --json FILE"
    )


def run(arguments: argparse.Namespace) -> int:
    """Hand over to the benchmarks."""
    import subprocess

    if importlib.util.find_spec("scripts.benchmarks") is None and not (SOURCE / "scripts" / "benchmarks").is_dir():
        raise FatalError("the benchmarks aren't installed", mend="run scripts/bench in a clone of the source")
    command = [sys.executable, "-m", "scripts.benchmarks", *arguments.options]
    return subprocess.run(command, cwd=SOURCE, check=False).returncode  # noqa: S603
