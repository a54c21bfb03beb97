"""What one entry and one proof cost as the log grows: flat, or growing like the logarithm of its size."""

from collections.abc import Callable
from math import log
from statistics import median

from scripts.benchmarks.bench import Bench, bulk, singles
from scripts.benchmarks.node import Node
from scripts.benchmarks.report import Bar, Row
from scripts.benchmarks.work.proof import proofs

SMALLEST = 10_000
BULK_ENTRIES = 4_000
SINGLE_ENTRIES = 400
PROOFS = 1_000
REPEATS = 3
"""Runs of which the middle one counts; together they add little to the smallest log."""


def measure(bench: Bench) -> list[Row]:
    """Return a row for each cost at each size, with its ratio to the same cost in the smallest log."""
    sizes = [size for size in (SMALLEST * 10**power for power in range(6)) if size <= bench.entries]
    costs: list[list[float]] = []
    for size in sizes:
        node = bench.grown_node(size)
        costs.append([median(cost(node) for _ in range(REPEATS)) for _, _, cost in COSTS])
        bench.say(f"at {size:,}: " + ", ".join(map("{:.3f}".format, costs[-1])))
    return [
        _row(f"{name} at {size:,}", found[at], unit, first=costs[0][at], grown=log(size) / log(SMALLEST))
        for at, (name, unit, _) in enumerate(COSTS)
        for size, found in zip(sizes, costs, strict=True)
    ]


def _row(work: str, value: float, unit: str, *, first: float, grown: float) -> Row:
    bar = Bar(round(grown, 2), below=True, of="ratio")
    ratio = value / first
    if grown == 1:
        return Row(work, value, unit, ratio=ratio)
    return Row(work, value, unit, ratio=ratio, bar=str(bar), met=bar.met(ratio))


def _bulk_microseconds(node: Node) -> float:
    return bulk(node, BULK_ENTRIES).seconds / BULK_ENTRIES * 1e6


def _single_ms(node: Node) -> float:
    return singles(node, SINGLE_ENTRIES, clients=1).p50_ms


def _proof_ms(node: Node) -> float:
    return proofs(node, PROOFS, clients=1, keep=0).p50_ms


COSTS: tuple[tuple[str, str, Callable[[Node], float]], ...] = (
    ("one entry in bulk", "µs", _bulk_microseconds),
    ("one entry alone, p50", "ms", _single_ms),
    ("one inclusion proof, p50", "ms", _proof_ms),
)
