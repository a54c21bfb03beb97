"""The index of a log: updates, how they grow, what they take in memory, catching up from nothing, and proofs."""

import json
import subprocess
import sys
from math import log, log2
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
    """Return the cost of one update at a size: alone, and of a batch, by the clock and by the node's processor time."""
    at = f"at {found['size']:,} keys"
    alone, batch = log(found["size"]) / log(first["size"]), _nodes(found["size"]) / _nodes(first["size"])
    return [
        _cost(f"one index update alone {at}, p50", "alone", found, first, bar=alone),
        _cost(f"one of a batch of {BATCH:,} {at}", "seconds", found, first, bar=batch),
        _cost(f"its processor time {at}", "processor", found, first, bar=batch),
    ]


def _nodes(size: int) -> float:
    """Return about how many nodes a batch changes for each of its keys: those near the root all keys share."""
    return log2(size / BATCH) + 2


def _cost(work: str, part: str, found: dict, first: dict, *, bar: float) -> Row:
    value, unit = (found[part] * 1e3, "ms") if part == "alone" else (found[part] / BATCH * 1e6, "µs")
    ratio = found[part] / first[part]
    if found is first:
        return Row(work, value, unit, ratio=ratio)
    limit = Bar(round(bar, 2), below=True, of="ratio")
    return Row(work, value, unit, ratio=ratio, bar=str(limit), met=limit.met(ratio))


def _run(folder: Path, entries: int) -> dict:
    command = [sys.executable, "-m", "scripts.benchmarks.index_run", str(folder), str(entries)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LIMIT_SECONDS, check=False)
    if done.returncode:
        raise MeasurementError("the index could not be grown: the program's own words are above")
    return json.loads(done.stdout.splitlines()[-1])
