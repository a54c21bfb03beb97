"""The index of a log: updates, how they grow, what they take in memory, catching up from nothing, and proofs."""

import json
import subprocess
import sys
from math import log
from pathlib import Path

from scripts.benchmarks.bench import Bench
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.index_run import BATCH
from scripts.benchmarks.report import Bar, Row, held

RATE_BAR = Bar(10_000)
CATCH_UP_BAR = Bar(100, below=True)
MEMORY_BAR = Bar(200, below=True)
PROOF_BAR = Bar(1_500, below=True)
VERIFY_BAR = Bar(1, below=True)
LIMIT_SECONDS = 900


def measure(bench: Bench) -> list[Row]:
    """Return the rows; the index is grown by a program of its own."""
    found = _run(bench.folder / "index", bench.entries)
    bench.durable = True  # the settings of a node's embedded server, as in the works that ask it
    growth = found["growth"]
    largest = growth[-1]
    at = f"at {largest['size']:,} keys"
    return [
        held(f"index updates, batches of {BATCH:,} {at}", BATCH / largest["seconds"], "keys/s", RATE_BAR),
        *(row for one in growth for row in _costs(one, growth[0])),
        held(f"index of {largest['size']:,} entries from nothing", found["filling"], "s", CATCH_UP_BAR),
        held(f"memory for the index {at}", found["memory"], "MB", MEMORY_BAR),
        held(f"index answer with its proof {at}, the largest", found["proof_bytes"], "B", PROOF_BAR),
        Row(f"index answer {at}, made from memory", found["making"] * 1e3, "ms"),
        held(f"index answer {at}, verified", found["verifying"] * 1e3, "ms", VERIFY_BAR),
    ]


def _costs(found: dict, first: dict) -> list[Row]:
    """Return the cost of one update at a size, by the clock and by the processor time of the node's side."""
    grown = log(found["size"]) / log(first["size"])
    rows = []
    for name, part in (("one index update", "seconds"), ("its processor time", "processor")):
        ratio = found[part] / first[part]
        bar = Bar(round(grown, 2), below=True, of="ratio")
        work, value = f"{name} at {found['size']:,} keys", found[part] / BATCH * 1e6
        rows.append(
            Row(work, value, "µs", ratio=ratio)
            if found is first
            else Row(work, value, "µs", ratio=ratio, bar=str(bar), met=bar.met(ratio))
        )
    return rows


def _run(folder: Path, entries: int) -> dict:
    command = [sys.executable, "-m", "scripts.benchmarks.index_run", str(folder), str(entries)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LIMIT_SECONDS, check=False)
    if done.returncode:
        raise MeasurementError("the index could not be grown: the program's own words are above")
    return json.loads(done.stdout.splitlines()[-1])
