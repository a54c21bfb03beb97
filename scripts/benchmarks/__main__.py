"""Measure, print the table, write it as JSON: `scripts/bench --help` says how."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import monotonic

from scripts.benchmarks.bench import Bench
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.litewitness import SOURCE as LITEWITNESS
from scripts.benchmarks.machine import machine, peer_versions, versions
from scripts.benchmarks.peer import SOURCE, build_peer
from scripts.benchmarks.report import Row, table, write_json
from scripts.benchmarks.work import (
    audit,
    bulk,
    catch_up,
    consortium,
    growth,
    index,
    latency,
    memory,
    proof,
    recovery,
    single,
    split_view,
    verdict,
    witness,
    witnessed,
)

WORKS: dict[str, Callable[[Bench], list[Row]]] = {
    "bulk": bulk.measure,
    "single": single.measure,
    "latency": latency.measure,
    "witness": witness.measure,
    "witnessed": witnessed.measure,
    "consortium": consortium.measure,
    "split-view": split_view.measure,
    "catch-up": catch_up.measure,
    "recovery": recovery.measure,
    "growth": growth.measure,
    "proof": proof.measure,
    "audit": audit.measure,
    "index": index.measure,
    "verdict": verdict.measure,
    "memory": memory.measure,
}
"""In this order: growth fills the log that the works after it read."""

DEFAULT_ENTRIES = 1_000_000
LIMIT_SECONDS = 22 * 60
"""No work begins after this, so that the whole ends within 25 minutes."""


def main() -> int:
    """Run the works asked for; return 1 if one of them gave no figure."""
    options = _parser().parse_args()
    names = [options.only] if options.only else list(WORKS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nostra-bench-")))
        folder.chmod(0o755)  # a node run by root has its database run by another account
        bench = Bench(folder, options.entries, _peer(options.peer, folder), stack)
        known_versions = versions() | (peer_versions(SOURCE / "go.mod", LITEWITNESS / "go.mod") if options.peer else {})
        known_machine = machine(folder)
        rows, failed = _measured(bench, names)
    _print(known_machine, known_versions, rows)
    if options.json:
        write_json(options.json, known_machine, known_versions, rows)
    return 1 if failed else 0


def _measured(bench: Bench, names: list[str]) -> tuple[list[Row], bool]:
    """Return the rows of the works, and whether any gave none."""
    rows: list[Row] = []
    failed = False
    end = monotonic() + LIMIT_SECONDS
    for name in names:
        bench.work = name
        if monotonic() > end:
            bench.say("not measured: the time is up")
            failed = True
            continue
        try:
            rows += [replace(row, durable=bench.durable) for row in WORKS[name](bench)]
        except MeasurementError as error:
            bench.say(f"no figure: {error}")
            failed = True
    return rows, failed


def _peer(wanted: bool, folder: Path) -> Path | None:
    if not wanted:
        return None
    print("building the peer", file=sys.stderr, flush=True)
    try:
        return build_peer(folder)
    except MeasurementError as error:
        sys.exit(str(error))


def _print(known_machine: dict, known_versions: dict, rows: list[Row]) -> None:
    for facts in (known_machine, known_versions):
        print(", ".join(f"{name} {value}" for name, value in facts.items()))
    print()
    print(table(rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure a node; docs/benchmarks.md explains.")
    parser.add_argument(
        "--peer", action="store_true", help="build Tessera and litewitness with Go and measure them too"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write what is printed to this file")
    parser.add_argument("--only", choices=WORKS, metavar="WORK", help=f"measure one of: {', '.join(WORKS)}")
    parser.add_argument(
        "--entries",
        type=int,
        default=DEFAULT_ENTRIES,
        metavar="N",
        help=f"size of the grown log (default {DEFAULT_ENTRIES:,}; 10000000 takes some minutes more)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
