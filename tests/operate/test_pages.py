"""The operator's pages are complete: every refusal has its way out, every metric its line."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram

from node import telemetry
from tests.conftest import ROOT

REFUSALS = (ROOT / "docs/operate/refusals.md").read_text()
OPERATE = (ROOT / "docs/operate/index.md").read_text()

NOT_A_NODE = ("node/cli/demo/", "node/cli/bench.py")
"""Where a FatalError isn't about a node that an operator runs."""

FAULTS_OF_THE_PROGRAM = (
    "the embedded PostgreSQL has not been started",
    "the embedded PostgreSQL has been started already",
    "the embedded PostgreSQL must be started from the main thread",
    "the log … isn't connected to its database",
)
"""What only a mistake in the code brings about."""


def refusals() -> Iterator[tuple[str, str]]:
    """Give (place, text) of every FatalError, with … where the text varies."""
    for path in sorted((ROOT / "node").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(NOT_A_NODE):
            texts = [(f"{place}:{line}: {text}", text) for line, text in refusals_of(path)]
            yield from (one for one in texts if one[1] not in FAULTS_OF_THE_PROGRAM)


def refusals_of(path: Path) -> Iterator[tuple[int, str]]:
    """Give (line, text) of the FatalErrors of one file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "FatalError":
            yield node.lineno, text_of(node.args[0])


def text_of(argument: ast.expr) -> str:
    """Return a text as it is written, … for what is put in."""
    if isinstance(argument, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in argument.values)
    return str(argument.value) if isinstance(argument, ast.Constant) else "…"


def test_every_refusal_has_its_way_out():
    """The page has the beginning of each text: up to what it goes on to explain."""
    page = squeezed(REFUSALS)
    assert [where for where, text in refusals() if squeezed(re.split(": |, and | [(]", text)[0]) not in page] == []


def squeezed(text: str) -> str:
    """Return a text without what may differ: blanks, signs that stand for what varies, marks of code."""
    return re.sub(r"[\s…`']+", " ", text).strip().removesuffix(":")


def fed_metrics() -> set[str]:
    """Return the names of the metrics that the node feeds: those of `node.telemetry` that another module imports."""
    made = {name: value for name, value in vars(telemetry).items() if isinstance(value, Counter | Gauge | Histogram)}
    used = {
        alias.name
        for path in (ROOT / "node").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "node.telemetry"
        for alias in node.names
    }
    return {value.describe()[0].name for name, value in made.items() if name in used}


def test_every_metric_has_its_line():
    """The table names what the node tells, and nothing else."""
    named = set(re.findall(r"`(nostra_[a-z_]+)`", OPERATE.split("## Metrics")[1]))
    assert named == fed_metrics()
