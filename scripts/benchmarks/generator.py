"""Start the load generator for a job and read what it found."""

import json
import subprocess
import sys
from dataclasses import asdict

from scripts.benchmarks.load.jobs import Job
from scripts.benchmarks.load.outcome import Outcome

LIMIT_SECONDS = 300


class MeasurementError(Exception):
    """What was measured misbehaved, so that there is no figure."""


def drive(job: Job) -> Outcome:
    """Run a job in a process of its own.

    Raises:
        MeasurementError: An answer was refused, or the generator failed or took too long.
    """
    try:
        run = subprocess.run(
            [sys.executable, "-m", "scripts.benchmarks.load"],
            input=json.dumps(asdict(job)),
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MeasurementError(f"{job.kind}: no end after {LIMIT_SECONDS} s") from None
    if run.returncode:
        raise MeasurementError(f"{job.kind}: {run.stderr.strip().splitlines()[-1]}")
    outcome = Outcome(**json.loads(run.stdout))
    if outcome.refused:
        raise MeasurementError(f"{job.kind}: {outcome.refused} refused, the first: {outcome.first_refusal}")
    return outcome
