"""`nostra decide`: decide on the recognition of a person's credential; replace, annul or withdraw a decision.

    nostra decide DECISION.json --receipt RECEIPT [--document FILE]     what a learner of the network shows
    nostra decide DECISION.json --document FILE                         a file from outside the network
    nostra decide DECISION.json --paper PAPER.json                      a document on paper, by its data
    nostra decide DECISION.json --replaces LEAF
    nostra decide --annul LEAF | --withdraw LEAF

Several credentials that count together: repeat the options, each document beside its receipt in the same order. The
learner gets the decision receipts and, where no receipt was shown, a presentation with the key to the decision.
"""

import argparse
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from node.cli.inside import (
    add_node_arguments,
    as_base64,
    ask_node,
    canonical_bytes,
    print_json,
    read_bytes,
    read_json_file,
    write_private,
)
from node.errors import ConfigError

NAME: Final = "decide"
HELP: Final = "decide on a person's credential; replace, annul or withdraw a decision"

_PATH: Final = "/v1/decisions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", nargs="?", type=Path, metavar="DECISION", help="the decision document as plain JSON")
    for name, what in (("document", "a credential's file"), ("receipt", "a receipt or presentation of its award"),
                       ("paper", "what a credential on paper says, as JSON")):  # fmt: skip
        parser.add_argument(
            f"--{name}", action="append", default=[], type=Path, metavar="FILE", help=f"{what}; repeatable"
        )
    what_else = parser.add_mutually_exclusive_group()
    what_else.add_argument("--replaces", metavar="LEAF", type=_target, help="leaf or id of the decision it replaces")
    what_else.add_argument(
        "--annul", metavar="LEAF", type=_target, help="leaf or id of a decision that should not stand"
    )
    what_else.add_argument("--withdraw", metavar="LEAF", type=_target, help="leaf or id of a decision that ends")
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="FOLDER", help="where the learner's files go (here)"
    )
    parser.add_argument("--request-key", metavar="KEY", help="the same key and decision always give the same leaf")
    add_node_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Enter it."""
    path, body = _request(arguments)
    answer = ask_node(arguments, path, body, request_key=arguments.request_key)
    files = _write(arguments.out, answer)
    if arguments.json:
        print_json(answer)
        return 0
    decision = answer.get("decision")
    said = f"{decision['outcome']}, for {decision['purpose']}" if decision else "the earlier decision stands no longer"
    print(f"{'entered' if answer['new'] else 'entered already'} at leaf {answer['leaf']}: {said}")
    for file in files:
        print(f"for the learner  {file}")
    return 0


def _request(arguments: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Return where the request goes, and its body."""
    for act, address in (("annul", "annulments"), ("withdraw", "withdrawals")):
        target = getattr(arguments, act)
        if target is not None:
            if arguments.file is not None:
                raise ConfigError([f"--{act} takes no decision document"])
            return f"{_PATH}/{address}", {"target": target}
    if arguments.file is None:
        raise ConfigError(["a decision document is needed: nostra decide DECISION.json …"])
    decision = read_json_file(arguments.file)
    if arguments.replaces is not None:
        return f"{_PATH}/replacements", {"target": arguments.replaces, "decision": decision}
    return _PATH, {"decision": decision, "credentials": _credentials(arguments)}


def _credentials(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    documents, receipts = arguments.document, arguments.receipt
    if documents and receipts and len(documents) != len(receipts):
        raise ConfigError([f"{len(documents)} documents and {len(receipts)} receipts: give each document its receipt"])
    shown = [_shown(document, receipt) for document, receipt in zip_longest(documents, receipts)]
    shown += [{"paper": read_json_file(paper)} for paper in arguments.paper]
    if not shown:
        raise ConfigError(["on which credential? give --receipt, --document or --paper"])
    return shown


def _shown(document: Path | None, receipt: Path | None) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if document is not None:
        shown["document"] = as_base64(read_bytes(document))
    if receipt is not None:
        shown["presented"] = read_json_file(receipt)
    return shown


def _write(folder: Path, answer: dict[str, Any]) -> list[Path]:
    """Write what goes to the learner."""
    files = []
    for kind in ("receipts", "presentations"):
        for at, document in enumerate(answer[kind]):
            number = f"-{at + 1}" if len(answer[kind]) > 1 else ""
            name = "decision-receipt" if kind == "receipts" else "presentation"
            file = folder / f"decision-{answer['leaf']}{number}.nostra-{name}.json"
            write_private(file, canonical_bytes(document))
            files.append(file)
    return files


def _target(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text
