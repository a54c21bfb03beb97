"""The server process: ``postgres`` itself as a child of the node, which ends with the node.

On Linux the kernel sends the server SIGINT, a fast shutdown, when the thread that started it ends: so it is started by
the main thread, and the wish is spoken after the change of user, which would clear it. Elsewhere a watchdog does it.
The server leads a session of its own: Ctrl-C in a terminal reaches the node, which then stops it in order.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from node.errors import FatalError
from node.storage.embedded import watchdog
from node.storage.embedded.account import Account

PR_SET_PDEATHSIG = 1
LOOK_EVERY = 0.01
"""Seconds between looks at a server that is ending."""

LOOK_AT_REST = 0.1
"""Between looks at one that should go on: whoever needs it notices sooner, and a node at rest costs nothing."""

FAST_SHUTDOWN_LIMIT = 60.0
IMMEDIATE_SHUTDOWN_LIMIT = 15.0


class ServerProcess:
    """A running ``postgres`` and, where there is one, its watchdog."""

    def __init__(self, server: subprocess.Popen[bytes], watch: subprocess.Popen[bytes] | None) -> None:
        """Keep the two child processes."""
        self._server = server
        self._watch = watch

    @property
    def number(self) -> int:
        """Return the process number of the server."""
        return self._server.pid

    def has_ended(self) -> bool:
        """Return whether the server process has ended."""
        return self._server.poll() is not None

    async def ended(self, look_every: float = LOOK_EVERY) -> None:
        """Return once the server process has ended, which is looked at so often (seconds)."""
        while not self.has_ended():  # noqa: ASYNC110 - looking is simpler than a thread or a signal for one child
            await asyncio.sleep(look_every)

    async def stop(self) -> None:
        """Stop the server: fast, and if that takes too long, at once (the next start then recovers)."""
        for number, limit in ((signal.SIGINT, FAST_SHUTDOWN_LIMIT), (signal.SIGQUIT, IMMEDIATE_SHUTDOWN_LIMIT)):
            self._server.send_signal(number)
            if await self._ends_within(limit):
                break
        else:
            self._server.kill()
            await self.ended()
        self._end_watch()

    async def _ends_within(self, limit: float) -> bool:
        try:
            async with asyncio.timeout(limit):
                await self.ended()
        except TimeoutError:
            return False
        return True

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.kill()
            self._watch.communicate()


def launch(command: list[str], account: Account, log: Path, *, with_watchdog: bool) -> ServerProcess:
    """Start the server as the account, its words appended to the file ``log``.

    Raises:
        FatalError: not called from the main thread, whose end is the node's end.
    """
    if threading.current_thread() is not threading.main_thread():
        raise FatalError("the embedded PostgreSQL must be started from the main thread")
    with log.open("ab") as words:
        server = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=None if with_watchdog else _end_with_parent(),
            **account.child_options(),
        )
    return ServerProcess(server, _start_watchdog(server.pid) if with_watchdog else None)


def _end_with_parent() -> Callable[[], None]:
    """Return what the child does before it becomes ``postgres``; the change of user has happened by then."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    node = os.getpid()

    def ask_for_signal() -> None:
        if prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0) != 0 or os.getppid() != node:
            os._exit(1)  # The node died before the wish was spoken: no signal would ever come.

    return ask_for_signal


def _start_watchdog(server: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-I", "-S", watchdog.__file__, str(server)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
