"""Servers that outlived their node, and the lock that says whose data folder it is.

One node process at a time owns a data folder: it holds a ``flock`` on ``owner.lock``, which the kernel drops with the
process however that ends. A process number in a file proves nothing and is used only to name the owner in an error.

Under the lock no other node lives, so whatever PostgreSQL process still works in this data folder is an orphan of
ours: a server in the middle of its shutdown after its node was killed, or sessions whose server was killed. They are
known by the kernel's word, never by ``postmaster.pid`` alone: the program is ``postgres`` and its working directory is
this very database folder. They are asked to end (SIGINT to the server, a fast shutdown), then told to (SIGQUIT, which
PostgreSQL recovers from), and the new server starts only when all are gone.
"""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from node.errors import FatalError

FAST_SHUTDOWN_LIMIT = 60.0
SESSION_LIMIT = 3.0  # Sessions without a server end by themselves between two statements.
IMMEDIATE_SHUTDOWN_LIMIT = 15.0
LOOK_EVERY = 0.02


def take_ownership(data_dir: Path) -> IO[str]:
    """Return the open lock file; closing it gives the data folder up.

    Raises:
        FatalError: another living process owns the data folder.
    """
    lock = os.fdopen(os.open(data_dir / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise FatalError(
            f"data folder {data_dir} is in use by another node (process {owner}): "
            f"stop it, or give this one another [node] data"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


async def end_orphans(
    cluster: Path, *, fast_limit: float = FAST_SHUTDOWN_LIMIT, session_limit: float = SESSION_LIMIT
) -> None:
    """Return once no PostgreSQL process works in the database folder any more, and its pid file is gone too.

    Raises:
        FatalError: one of them would not end.
    """
    server = _recorded_server(cluster)
    has_server = server in servers_of(cluster)
    if has_server:
        _signal(server, cluster, signal.SIGINT)
    if not await _gone(cluster, fast_limit if has_server else session_limit):
        for process in servers_of(cluster):
            _signal(process, cluster, signal.SIGQUIT)
    if not await _gone(cluster, IMMEDIATE_SHUTDOWN_LIMIT):
        left = ", ".join(map(str, servers_of(cluster)))
        raise FatalError(
            f"PostgreSQL processes {left} still work in {cluster} and do not end: end them, then start again"
        )
    # PostgreSQL would take whoever has that number now, in a container often the node itself, for its server.
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def servers_of(cluster: Path) -> list[int]:
    """Return the process numbers of all PostgreSQL processes that work in this database folder."""
    if sys.platform == "linux":
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and works_in(int(name), cluster)]
    server = _recorded_server(cluster)
    return [server] if server is not None and works_in(server, cluster) else []


def works_in(process: int, cluster: Path) -> bool:
    """Return whether that process is a ``postgres`` of this database folder."""
    if sys.platform == "linux":
        try:
            program, folder = os.readlink(f"/proc/{process}/exe"), os.readlink(f"/proc/{process}/cwd")
        except OSError:
            return False
        return Path(program.removesuffix(" (deleted)")).name == "postgres" and folder == str(cluster)
    asked = subprocess.run(  # noqa: S603 - our own command
        ["/bin/ps", "-o", "command=", "-p", str(process)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return "postgres" in asked.stdout and str(cluster) in asked.stdout


def _recorded_server(cluster: Path) -> int | None:
    """Return the process number in postmaster.pid, which may be nobody's, or by now somebody else's."""
    try:
        return int((cluster / "postmaster.pid").read_text("utf-8", errors="replace").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _signal(process: int | None, cluster: Path, number: signal.Signals) -> None:
    """Signal the process if it is still the one we mean; its number may be given away at any moment.

    Where the system can name a process other than by number, a handle is taken before the look at it.
    """
    if process is None:
        return
    try:
        handle = os.pidfd_open(process) if sys.platform == "linux" else None
    except OSError:
        handle = None
    try:
        if works_in(process, cluster):
            _send(process, handle, number)
    except ProcessLookupError:
        return
    finally:
        if handle is not None:
            os.close(handle)


def _send(process: int, handle: int | None, number: signal.Signals) -> None:
    if handle is not None and sys.platform == "linux":
        signal.pidfd_send_signal(handle, number)
    else:
        os.kill(process, number)


async def _gone(cluster: Path, limit: float) -> bool:
    try:
        async with asyncio.timeout(limit):
            while servers_of(cluster):  # noqa: ASYNC110 - nothing tells us when a stranger's child ends
                await asyncio.sleep(LOOK_EVERY)
    except TimeoutError:
        return False
    return True
