"""A list of awards in a file: CSV with a heading line, or JSON lines.

::

    leaf,why                         {"file_sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
    7,exam board                     {"leaf":7}

One of the names in NAMES identifies an award. Everything that is wrong with a file is told at once, line by line.
"""

import csv
import io
import re
from pathlib import Path
from typing import Any, Final

from node.cli import UnreadableError
from node.cli.inside import read_bytes
from node.errors import InadmissibleError

NAMES: Final = ("leaf", "file_sha256", "request_key", "credential")
MOST_FAULTS: Final = 100

_LEAF: Final = re.compile("0|[1-9][0-9]{0,15}")
_HASH: Final = re.compile("[0-9a-f]{64}")


def read_award_list(path: Path) -> list[dict[str, Any]]:
    """Return the awards that a file names, as a request names them.

    Raises:
        UnreadableError: It is neither CSV nor JSON lines, or names none.
        InadmissibleError: Some of its lines name no award, with every one of them.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(f"{path} is not UTF-8") from None
    rows = _json_lines(text) if text.lstrip().startswith("{") else _csv(text, path)
    faults, awards = [], []
    for line, row in rows:
        award = _award(row)
        if isinstance(award, str):
            faults.append((f"line {line}", award))
        else:
            awards.append(award)
    if faults:
        what = ": ".join(faults[0]) if len(faults) == 1 else f"{len(faults):,} lines name no award"
        raise InadmissibleError(f"{path}: {what}", faults[:MOST_FAULTS])
    if not awards:
        raise UnreadableError(f"{path} names no award")
    return awards


def _json_lines(text: str) -> list[tuple[int, Any]]:
    from protocol.encoding import jcs
    from protocol.errors import MalformedError

    rows: list[tuple[int, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.strip():
                rows.append((number, jcs.decode(line.encode())))
        except MalformedError as error:
            rows.append((number, str(error)))
    return rows


def _csv(text: str, path: Path) -> list[tuple[int, Any]]:
    heading, _, _ = text.partition("\n")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in heading else ",", strict=True)
    try:
        columns = [name for name in reader.fieldnames or () if name in NAMES]
        if len(columns) != 1:
            raise UnreadableError(f"{path} needs exactly one column named {', '.join(NAMES[:-1])} or {NAMES[-1]}")
        (column,) = columns
        return [(reader.line_num, {column: _typed(column, (row[column] or "").strip())}) for row in reader]
    except csv.Error as error:
        raise UnreadableError(f"{path}, line {reader.line_num}: {error}") from None


def _typed(column: str, value: str) -> Any:
    return int(value) if column == "leaf" and _LEAF.fullmatch(value) else value


def _award(row: Any) -> dict[str, Any] | str:
    """Return a row as a request's award, or what is wrong with it."""
    if isinstance(row, str):
        return row
    if not isinstance(row, dict) or len(row) != 1 or (name := next(iter(row))) not in NAMES:
        return f"has to hold exactly one of {', '.join(NAMES)}"
    value = row[name]
    if name == "leaf":
        good = type(value) is int and value >= 0
    elif name == "file_sha256":
        value = value.lower() if isinstance(value, str) else value
        good = isinstance(value, str) and _HASH.fullmatch(value) is not None
    else:
        good = isinstance(value, str) and value != ""
    return {name: value} if good else f"'{str(value)[:40]}' is no {name}"
