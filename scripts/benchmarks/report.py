"""Rows of figures, the bars they are held against, and how both are printed and written."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

COLUMNS = ("work", "value", "unit", "peer", "ratio", "bar", "met", "durable")


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure should reach: a limit from below or from above."""

    limit: float
    below: bool = False
    of: str = ""
    """What is held against the limit, if not the row's value."""

    def met(self, figure: float | None) -> bool | None:
        """Return whether the figure reaches the bar; None if there is no figure."""
        if figure is None:
            return None
        return figure <= self.limit if self.below else figure >= self.limit

    def __str__(self) -> str:
        return f"{self.of} {'≤' if self.below else '≥'} {_number(self.limit)}".strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `ratio` is ours to the peer's, the median of ratios measured round by round."""

    work: str
    value: float
    unit: str
    peer: float | None = None
    ratio: float | None = None
    bar: str = ""
    met: bool | None = None
    durable: bool = False
    """Whether the database that was measured loses no acknowledged commit to a crash."""


def held(work: str, value: float, unit: str, bar: Bar) -> Row:
    """Return a row whose own value is held against a bar."""
    return Row(work, value, unit, bar=str(bar), met=bar.met(value))


def compared(work: str, value: float, unit: str, bar: Bar, *, peer: float | None, ratio: float | None) -> Row:
    """Return a row whose ratio to a peer is held against a bar."""
    return Row(work, value, unit, peer, ratio, str(bar), bar.met(ratio))


def table(rows: Iterable[Row]) -> str:
    """Return the rows as an aligned table with a heading."""
    lines = [list(COLUMNS)]
    lines += [[_cell(getattr(row, column)) for column in COLUMNS] for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(COLUMNS))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(map(_padded, line, widths, range(len(line)))).rstrip() for line in lines)


def write_json(file: Path, machine: dict, versions: dict, rows: Iterable[Row]) -> None:
    """Write what was printed, for programs."""
    document = {"machine": machine, "versions": versions, "rows": [asdict(row) for row in rows]}
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _padded(text: str, width: int, column: int) -> str:
    return text.rjust(width) if COLUMNS[column] in ("value", "peer", "ratio") else text.ljust(width)


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float() | int():
            return _number(value)
    return str(value)


def _number(value: float) -> str:
    if value >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"
