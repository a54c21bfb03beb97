"""`nostra achievement`: describe an achievement from a credential, publish it once it is complete, list what stands.

A draft holds only what the document states; what is missing is named by the element of the Council Recommendation, and
a person of the institution completes the file before publishing it.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from node.cli.inside import (
    add_node_arguments,
    as_base64,
    ask_node,
    print_json,
    read_bytes,
    refuse_to_overwrite,
    write_private,
)
from node.cli.publication import add_list, add_publish
from node.cli.publication import run as run

NAME: Final = "achievement"
HELP: Final = "draft, publish and list the achievements that the institution awards"

_PATH: Final = "/v1/achievements"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    draft = actions.add_parser("draft", help="describe the achievement that a credential claims")
    draft.add_argument("file", type=Path, metavar="FILE", help="a credential of the institution's")
    draft.add_argument("--out", type=Path, metavar="FILE", help="where the draft goes (default: printed)")
    add_node_arguments(draft)
    draft.set_defaults(act=_draft)
    add_publish(actions, _PATH, "an achievement")
    add_list(actions, _PATH, "achievements")


def _draft(arguments: argparse.Namespace) -> int:
    out: Path | None = arguments.out
    if out is not None:
        refuse_to_overwrite(out)
    answer = ask_node(arguments, f"{_PATH}/draft", {"document": as_base64(read_bytes(arguments.file))})
    if out is not None:
        write_private(out, json.dumps(answer["entry"], indent=2, ensure_ascii=False).encode())
    if arguments.json:
        print_json(answer)
        return 0
    if out is None:
        print_json(answer["entry"])
    # Beside a draft on stdout, what people read goes elsewhere.
    for line in _missing(answer["missing"]):
        print(line, file=sys.stderr if out is None else sys.stdout)
    if out is not None:
        print(f"draft  {out}: complete it, then `nostra achievement publish {out}`")
    return 0


def _missing(elements: list[dict[str, Any]]) -> Iterator[str]:
    for one in elements:
        need = "must be added" if one["mandatory"] else "may be added"
        hint = f" (the document says: {one['hint']})" if one["hint"] else ""
        yield f"{one['element']:<20} {need}: {one['name']}{hint}"
