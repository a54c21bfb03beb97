"""`nostra audit`: read the grown log over HTTP and verify all of it."""

from time import perf_counter

from scripts.benchmarks.bench import Bench
from scripts.benchmarks.report import Bar, Row, held

BAR = Bar(100_000)


def measure(bench: Bench) -> list[Row]:
    """Return entries per second over the program's whole life, its start included."""
    node = bench.grown_node()
    size = node.size()
    started = perf_counter()
    node.audit()
    rate = size / (perf_counter() - started)
    return [held(f"audit of {bench.entries:,} entries", rate, "entries/s", BAR)]
