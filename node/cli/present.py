"""`nostra present RECEIPT`: write what a learner shows of a receipt, with fresh proofs, to a file of its own.

The receipt goes to the internal listener of one's own node and nowhere else; the file holds the chosen keys and no
secret. What the node couldn't prove just now is told.
"""

import argparse
from pathlib import Path
from typing import Final

from node.cli.inside import (
    add_node_arguments,
    ask_node,
    canonical_bytes,
    print_json,
    read_json_file,
    refuse_to_overwrite,
    write_private,
)
from node.cli.issue import RECEIPT_SUFFIX

NAME: Final = "present"
HELP: Final = "show chosen parts of a receipt, with fresh proofs"

PRESENTATION_SUFFIX: Final = ".nostra-presentation.json"
CHOICES: Final = ("award", "status", "decisions")
DEFAULT: Final = ("award", "status")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("receipt", type=Path, metavar="RECEIPT", help="the learner's receipt")
    parser.add_argument(
        "--show",
        metavar="WHAT",
        type=_choices,
        help=f"what to show, of {','.join(CHOICES)} (default: {','.join(DEFAULT)}, and decisions with --to)",
    )
    parser.add_argument(
        "--to",
        metavar="ORIGIN|DOMAIN",
        action="append",
        default=[],
        help="an institution whose decisions are shown, by its log or a domain of its own; repeatable (default: all)",
    )
    parser.add_argument(
        "--snapshot", action="store_true", help="show the statuses there are, not the key that finds later ones"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the presentation goes (default: beside it)")
    add_node_arguments(parser, log=False)
    parser.set_defaults(log=None)


def run(arguments: argparse.Namespace) -> int:
    """Write the presentation."""
    receipt: Path = arguments.receipt
    name = receipt.name.removesuffix(RECEIPT_SUFFIX)
    out: Path = arguments.out or receipt.with_name(name + PRESENTATION_SUFFIX)
    refuse_to_overwrite(out)
    show = arguments.show or (*DEFAULT, *(["decisions"] if arguments.to else []))
    body = {"receipt": read_json_file(receipt), "show": list(show), "to": arguments.to, "snapshot": arguments.snapshot}
    answer = ask_node(arguments, "/v1/presentations", body)
    write_private(out, canonical_bytes(answer["presentation"]))
    if arguments.json:
        print_json(answer | {"presentation": str(out)})
        return 0
    for part in _told(answer["presentation"], answer.get("institutions", {})):
        print(f"shown  {part}")
    for note in answer.get("notes", ()):
        print(f"note   {note}")
    print(f"file   {out}: give it to whoever is to see this; `nostra verify` checks it without asking anyone")
    return 0


def _told(presentation: dict[str, object], institutions: dict[str, str]) -> list[str]:
    """Return in words what the presentation shows."""
    told = ["the award"] if "award" in presentation else []
    standing = presentation.get("standing")
    if isinstance(standing, dict):
        told.append("its standing, today and later" if "key" in standing else "its standing as of now")
    decided = [f"what {name} decided, today and later ({origin})" for origin, name in sorted(institutions.items())]
    return [*told, *decided]


def _choices(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    if not set(chosen) <= set(CHOICES):
        raise argparse.ArgumentTypeError(f"choose of {', '.join(CHOICES)}, with commas between")
    return chosen
