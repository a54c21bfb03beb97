"""The operator's word: what can't be undone, or changes whom the node trusts, is asked once more."""

import sys


def is_meant(question: str, *, yes: bool, otherwise: str) -> bool:
    """Ask whether it is meant; without a terminal to ask at, only ``--yes`` says so.

    Args:
        question: Asked at the terminal.
        yes: Whether it was said already.
        otherwise: What is told where nobody can be asked, such as "nothing was done".
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        print(f"{otherwise}: say --yes", file=sys.stderr)
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
