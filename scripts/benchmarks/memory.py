"""Memory and time of the node and of its database, from /proc."""

import os
import re
from pathlib import Path

PROC = Path("/proc")
KIB_PER_MB = 1000 * 1000 / 1024


def peak_rss_mb(process: int) -> float:
    """Return the most memory that a process ever had resident, in megabytes (10^6 bytes)."""
    return _kib(PROC / str(process) / "status", "VmHWM") / KIB_PER_MB


def pss_mb(processes: list[int]) -> float:
    """Return the memory of processes in megabytes, each shared page counted once, in parts."""
    return sum(_kib(PROC / str(process) / "smaps_rollup", "Pss") for process in processes) / KIB_PER_MB


def cpu_seconds(node: int) -> float:
    """Return the processor time that a node and its database have used, ended sessions of the server included."""
    ticks = sum(_ticks(process) for process in (node, *database_processes(node)))
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(process: int) -> int:
    try:
        fields = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    # utime, stime, and those of children that were waited for; the node waits for its server only at its end.
    return sum(map(int, fields[11:15]))


def database_processes(node: int) -> list[int]:
    """Return the PostgreSQL processes below a node: its server and the server's own children."""
    parents = {int(folder.name): _parent(folder) for folder in PROC.iterdir() if folder.name.isdigit()}
    found, below = [], [node]
    while below:
        parent = below.pop()
        children = [process for process, its_parent in parents.items() if its_parent == parent]
        below += children
        found += [process for process in children if _name(process).startswith("postgres")]
    return found


def _kib(file: Path, field: str) -> int:
    try:
        match = re.search(rf"^{field}:\s+(\d+) kB", file.read_text(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):  # a session of the server that has just ended
        return 0
    return int(match[1]) if match else 0


def _parent(folder: Path) -> int:
    match = re.search(r"^PPid:\s+(\d+)", _read(folder / "status"), re.MULTILINE)
    return int(match[1]) if match else 0


def _name(process: int) -> str:
    return _read(PROC / str(process) / "comm")


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
