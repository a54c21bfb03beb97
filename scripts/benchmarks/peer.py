"""Tessera's POSIX driver, built from its public module and run beside us."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from scripts.benchmarks.generator import MeasurementError

SOURCE = Path(__file__).parent / "peer"
BUILD_SECONDS = 300
RUN_SECONDS = 240


class Peer:
    """A Tessera log in a folder; it grows from run to run."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder
        folder.mkdir(parents=True)

    def append(self, entries: int) -> float:
        """Append so many entries, as fast as may be; return entries per second until all are integrated."""
        done = self._run("-entries", str(entries))
        return done["entries"] / done["seconds"]

    def wait_ms(self, entries: int) -> float:
        """Append entries one by one; return the median wait for a published checkpoint in milliseconds."""
        return self._run("-entries", str(entries), "-await")["wait_p50_ms"]

    def _run(self, *arguments: str) -> dict:
        command = [str(self._program), "-dir", str(self._folder), *arguments]
        run = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
        if run.returncode:
            raise MeasurementError(f"the peer failed: {run.stderr.strip()[-400:]}")
        return json.loads(run.stdout)


def build_peer(folder: Path) -> Path:
    """Build the peer's program in a folder and return it.

    Raises:
        MeasurementError: Go or the module is not to be had.
    """
    if shutil.which("go") is None:
        raise MeasurementError("--peer needs Go on the PATH")
    source, program = folder / "source", folder / "peer"
    shutil.copytree(SOURCE, source)
    built = subprocess.run(
        ["go", "build", "-o", str(program), "."],
        cwd=source,
        env={**os.environ, "GOFLAGS": "-mod=mod"},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if built.returncode:
        raise MeasurementError(f"the peer can't be built: {built.stderr.strip()[-400:]}")
    return program
