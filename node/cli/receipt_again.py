"""`nostra receipt reissue|rekey|import`: a receipt again, under new secrets, or taken in where its record was lost.

    nostra receipt reissue|rekey --receipt FILE | --document FILE | --leaf LEAF  --out FILE
    nostra receipt import FILE

Of a document only its hash is sent. A receipt is written to a file of mode 0600 and never over another.
"""

import argparse
import hashlib
from pathlib import Path
from typing import Any

from node.cli.inside import (
    add_node_arguments,
    ask_node,
    canonical_bytes,
    print_json,
    read_bytes,
    read_json_file,
    refuse_to_overwrite,
    write_private,
)
from node.cli.word import is_meant

NOTHING = "nothing was entered"


def add_again_arguments(parser: argparse.ArgumentParser, *, rekey: bool) -> None:
    """Add what `reissue` and `rekey` take."""
    names = parser.add_mutually_exclusive_group(required=True)
    names.add_argument("--receipt", type=Path, metavar="FILE", help="the award of this receipt")
    names.add_argument("--document", type=Path, metavar="FILE", help="the newest award of this very file")
    names.add_argument("--leaf", type=int, metavar="LEAF", help="the award at this leaf")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the receipt goes")
    if rekey:
        parser.add_argument("--yes", action="store_true", help="don't ask")
    add_node_arguments(parser)
    parser.set_defaults(act=_rekey if rekey else _reissue)


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `import` takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the learner's receipt")
    add_node_arguments(parser)
    parser.set_defaults(act=_import)


def _reissue(arguments: argparse.Namespace) -> int:
    refuse_to_overwrite(arguments.out)
    answer = ask_node(arguments, "/v1/receipts/reissue", _award(arguments))
    return _written(arguments, answer, f"the award at leaf {answer['leaf']} stands as before")


def _rekey(arguments: argparse.Namespace) -> int:
    refuse_to_overwrite(arguments.out)
    question = "Award the same file under new secrets? Whoever holds the old receipt is told that it is superseded."
    if not is_meant(question, yes=arguments.yes, otherwise=NOTHING):
        return 1
    answer = ask_node(arguments, "/v1/receipts/rekey", _award(arguments))
    when = "now" if answer["new"] else "already"
    return _written(
        arguments, answer, f"the award at leaf {answer['superseded']} is superseded {when} by leaf {answer['leaf']}"
    )


def _import(arguments: argparse.Namespace) -> int:
    answer = ask_node(arguments, "/v1/receipts/import", {"receipt": read_json_file(arguments.file)})
    if arguments.json:
        print_json(answer)
        return 0
    what = "is known again" if answer["new"] else "was known already"
    print(f"the award at leaf {answer['leaf']} {what}; its standing is {answer['standing']}")
    return 0


def _award(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the award as a request names it."""
    if arguments.receipt is not None:
        return {"receipt": read_json_file(arguments.receipt)}
    if arguments.document is not None:
        return {"file_sha256": hashlib.sha256(read_bytes(arguments.document)).hexdigest()}
    return {"leaf": arguments.leaf}


def _written(arguments: argparse.Namespace, answer: dict[str, Any], told: str) -> int:
    write_private(arguments.out, canonical_bytes(answer["receipt"]))
    if arguments.json:
        print_json(answer | {"receipt": str(arguments.out)})
        return 0
    print(told)
    print(f"receipt  {arguments.out}: give it to the learner; it opens the award to whoever holds it")
    return 0
