"""`nostra issue FILE`: award a credential document and write the learner's receipt.

The same file again gives the same leaf and another receipt, so one that got lost is made anew by the same command. A
receipt is written to a file of mode 0600 and not printed: whoever holds it can open the award.
"""

import argparse
from pathlib import Path
from typing import Any, Final

from node.cli.inside import (
    add_node_arguments,
    as_base64,
    ask_node,
    canonical_bytes,
    print_json,
    read_bytes,
    refuse_to_overwrite,
    write_private,
)
from node.cli.retain import add_duty_arguments, duty_of

NAME: Final = "issue"
HELP: Final = "award a credential document and write the learner's receipt"

RECEIPT_SUFFIX: Final = ".nostra-receipt.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the credential, exactly as the learner gets it")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=f"where the receipt goes (default: FILE{RECEIPT_SUFFIX})"
    )
    parser.add_argument("--replaces", type=int, metavar="LEAF", help="the award that this one supersedes")
    add_duty_arguments(parser)
    parser.add_argument("--request-key", metavar="KEY", help="the same key and file always give the same leaf")
    add_node_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Award it."""
    file: Path = arguments.file
    out = arguments.out or file.with_name(file.name + RECEIPT_SUFFIX)
    refuse_to_overwrite(out)
    body: dict[str, Any] = {"document": as_base64(read_bytes(file)), "file_name": file.name} | duty_of(arguments)
    if arguments.replaces is not None:
        body["replaces"] = arguments.replaces
    answer = ask_node(arguments, "/v1/awards", body, request_key=arguments.request_key)
    write_private(out, canonical_bytes(answer["receipt"]))
    if arguments.json:
        print_json(answer | {"receipt": str(out)})
        return 0
    title = next(iter(answer["title"].values()), "the credential")
    what = "is awarded now" if answer["new"] else "was awarded already"
    print(f"{title} {what}: leaf {answer['leaf']} of {answer['receipt']['origin']}")
    if answer.get("superseded") is not None:
        print(f"the award at leaf {answer['superseded']} gives way to it")
    for name in answer.get("unconfirmed", ()):
        print(f"{name}, which the document names too, has confirmed nothing")
    print(f"receipt  {out}: give it to the learner; it opens the award to whoever holds it")
    return 0
