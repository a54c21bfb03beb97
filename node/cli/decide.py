"""`nostra decide`: decide on the recognition of a person's credential; replace, annul or withdraw a decision.

    nostra decide DECISION.json --receipt RECEIPT [--document FILE]     what a learner of the network shows
    nostra decide DECISION.json --document FILE                         a file from outside the network
    nostra decide DECISION.json --paper PAPER.json                      a document on paper, by its data
    nostra decide DECISION.json --replaces LEAF
    nostra decide --annul LEAF | --withdraw LEAF
    nostra decide --again LEAF                                          its files once more, proved anew

Several credentials that count together: repeat the options, each document beside its receipt in the same order. The
learner gets the decision receipts and, where no receipt was shown, a presentation with the key to the decision. These
are written to files of mode 0600 and not printed: whoever holds one can open the decision.
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
from node.errors import BadRequestError, ConfigError

NAME: Final = "decide"
HELP: Final = "decide on a person's credential; replace, annul or withdraw a decision"

_PATH: Final = "/v1/decisions"
_SHOWN: Final = (
    ("document", "a credential's file"),
    ("receipt", "a receipt or presentation of its award"),
    ("paper", "what a credential on paper says, as JSON"),
)
_ACTS: Final = (
    ("replaces", "leaf or id of the decision that this one replaces", "/replacements"),
    ("annul", "leaf or id of a decision that should not stand", "/annulments"),
    ("withdraw", "leaf or id of a decision that ends", "/withdrawals"),
)
_FILES: Final = (("receipts", "decision"), ("presentations", "presentation"))
"""Members of an answer that go to the learner, and what their files are called."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", nargs="?", type=Path, metavar="DECISION", help="the decision document as plain JSON")
    for name, what in _SHOWN:
        parser.add_argument(
            f"--{name}", action="append", default=[], type=Path, metavar="FILE", help=f"{what}; repeatable"
        )
    acts = parser.add_mutually_exclusive_group()
    for name, what, _ in _ACTS:
        acts.add_argument(f"--{name}", metavar="LEAF", type=_target, help=what)
    acts.add_argument("--again", metavar="LEAF", type=_leaf, help="leaf of a decision whose files are wanted again")
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="FOLDER", help="where the learner's files go (here)"
    )
    parser.add_argument("--request-key", metavar="KEY", help="the same key and decision always give the same leaf")
    add_node_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Enter it, or get it again."""
    path, body = _request(arguments)
    if not arguments.out.is_dir():
        raise BadRequestError(f"{arguments.out} is no folder: make it, or name another with --out")
    answer = ask_node(arguments, path, body, request_key=arguments.request_key)
    files = _write(arguments.out, answer)
    if arguments.json:
        told = {name: value for name, value in answer.items() if name not in dict(_FILES)}
        print_json(told | {"files": [str(file) for file in files]})
        return 0
    decision = answer.get("decision")
    said = f"{decision['outcome']}, for {decision['purpose']}" if decision else "the earlier decision stands no longer"
    print(f"{'entered' if answer['new'] else 'entered already'} at leaf {answer['leaf']}: {said}")
    for file in files:
        print(f"for the learner  {file}")
    return 0


def _request(arguments: argparse.Namespace) -> tuple[str, dict[str, Any] | None]:
    """Return where the request goes, and its body; none for what is only asked for."""
    if arguments.again is not None:
        _refuse(arguments, "again", "file", "document", "receipt", "paper", "request_key")
        return f"{_PATH}/{arguments.again}", None
    for act, _, path in _ACTS:
        target = getattr(arguments, act)
        if target is not None:
            decided = () if act == "replaces" else ("file",)
            _refuse(arguments, act, *decided, "document", "receipt", "paper")
            decision = {} if decided else {"decision": _decision(arguments)}
            return f"{_PATH}{path}", {"target": target} | decision
    return _PATH, {"decision": _decision(arguments), "credentials": _credentials(arguments)}


def _refuse(arguments: argparse.Namespace, act: str, *others: str) -> None:
    """Raise ConfigError for what would be left unread beside an act: it names its decision, and with it all else."""
    given = [name for name in others if getattr(arguments, name)]
    if given:
        names = ", ".join("a decision document" if name == "file" else f"--{name.replace('_', '-')}" for name in given)
        raise ConfigError([f"--{act} names a decision and takes no {names}"])


def _decision(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.file is None:
        raise ConfigError(["a decision document is needed: nostra decide DECISION.json …"])
    return read_json_file(arguments.file)


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
    """Write what goes to the learner.

    Raises:
        BadRequestError: A file can't be written; what was decided stands all the same.
    """
    files = []
    for kind, name in _FILES:
        for at, document in enumerate(answer[kind]):
            number = f"-{at + 1}" if len(answer[kind]) > 1 else ""
            file = folder / f"decision-{answer['leaf']}{number}.nostra-{name}.json"
            try:
                write_private(file, canonical_bytes(document))
            except BadRequestError as error:
                raise BadRequestError(
                    f"what was decided stands at leaf {answer['leaf']}, but {error.detail}",
                    mend=f"get its files with `nostra decide --again {answer['leaf']} --out FOLDER`",
                ) from None
            files.append(file)
    return files


def _target(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _leaf(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not a leaf index")
    return int(text)
