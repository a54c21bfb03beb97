"""The command `nostra`."""

import sys

from node import __version__


def main() -> int:
    """Run the command line and return its exit code."""
    sys.stdout.write(f"nostra {__version__}\n")
    return 0
