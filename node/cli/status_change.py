"""What `revoke`, `suspend` and `reinstate` share: name awards, one or a list, and say what became of them.

    nostra revoke --receipt FILE | --document FILE | --leaf LEAF | --issued-under KEY | --credential ID
    nostra revoke --list FILE

A list is CSV with a heading line, or JSON lines; its one column, or each line's one member, is `leaf`, `file_sha256`,
`request_key` or `credential` (other columns of a CSV are left alone). All of a list is changed or nothing. Of a
document only its hash is sent.
"""

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from node.cli.award_list import read_award_list
from node.cli.inside import add_node_arguments, ask_node, print_json, read_bytes, read_json_file
from node.cli.word import is_meant

NOTHING: Final = "nothing was entered"


def arguments_of(status: str) -> Callable[[argparse.ArgumentParser], None]:
    """Return what adds the arguments of the command that enters a status."""

    def add(parser: argparse.ArgumentParser) -> None:
        names = add_award_names(parser)
        names.add_argument("--list", type=Path, metavar="FILE", help="all awards of a CSV or JSON-lines file, or none")
        parser.add_argument("--reference", default="", metavar="TEXT", help="your file number; it stays in the node")
        parser.add_argument("--request-key", metavar="KEY", help="the same key and request enter nothing twice")
        parser.add_argument("--yes", action="store_true", help="don't ask")
        add_node_arguments(parser)
        parser.set_defaults(status=status)

    return add


def run(arguments: argparse.Namespace) -> int:
    """Enter the status."""
    awards = _awards(arguments)
    if not _is_meant(arguments, len(awards)):
        return 1
    body: dict[str, Any] = {"status": arguments.status, "awards": awards}
    if arguments.reference:
        body["reference"] = arguments.reference
    answer = ask_node(arguments, "/v1/statuses", body, request_key=arguments.request_key)
    if arguments.json:
        print_json(answer)
    else:
        _tell(answer)
    return 0


def add_award_names(parser: argparse.ArgumentParser) -> Any:
    """Let a command be told which award is meant, by exactly one of its names, and return their group."""
    names = parser.add_mutually_exclusive_group(required=True)
    names.add_argument("--receipt", type=Path, metavar="FILE", help="the award of this receipt")
    names.add_argument("--document", type=Path, metavar="FILE", help="the newest award of this very file")
    names.add_argument("--leaf", type=int, metavar="LEAF", help="the award at this leaf")
    names.add_argument("--issued-under", metavar="KEY", help="the award that was issued under this request key")
    names.add_argument("--credential", metavar="ID", help="the newest award of a credential, by its own id")
    return names


def _awards(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the awards as a request names them."""
    return read_award_list(arguments.list) if arguments.list is not None else [named_award(arguments)]


def named_award(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the award that is meant as a request names it."""
    if arguments.receipt is not None:
        return {"receipt": read_json_file(arguments.receipt)}
    if arguments.document is not None:
        return {"file_sha256": hashlib.sha256(read_bytes(arguments.document)).hexdigest()}
    if arguments.leaf is not None:
        return {"leaf": arguments.leaf}
    if arguments.issued_under is not None:
        return {"request_key": arguments.issued_under}
    return {"credential": arguments.credential}


def _is_meant(arguments: argparse.Namespace, count: int) -> bool:
    """Ask once more about what is for good, and about every list."""
    if arguments.status != "revoked" and arguments.list is None:
        return True
    what = "the award" if count == 1 else f"all {count:,} awards"
    for_good = " Nothing undoes it." if arguments.status == "revoked" else ""
    return is_meant(f"Enter '{arguments.status}' for {what}?{for_good}", yes=arguments.yes, otherwise=NOTHING)


def _tell(answer: dict[str, Any]) -> None:
    status, changes = answer["status"], answer["awards"]
    fresh = [one for one in changes if one["new"]]
    if len(changes) == 1:
        one = changes[0]
        what = f"is {status} now" if one["new"] else f"was {status} already"
        print(f"the award at leaf {one['award']} {what}: leaf {one['leaf']}, status {one['number']}")
    else:
        print(f"{len(fresh):,} awards are {status} now, {len(changes) - len(fresh):,} were already")
    if answer["state"] == "durable":
        print("durable; partners see it once their mirrors hold it")
