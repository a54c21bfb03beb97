"""Tell systemd how the service is (sd_notify(3)): a datagram of `NAME=VALUE` lines to $NOTIFY_SOCKET.

`READY=1` once the node serves, `STOPPING=1` when it begins to stop, and `WATCHDOG=1` twice in each $WATCHDOG_USEC
while the event loop turns. Where no socket is named, nothing is sent.
"""

import asyncio
import socket
from collections.abc import Mapping

from node.telemetry import warn

MICROSECONDS = 1_000_000


class ServiceManager:
    """Whoever started the node, if it listens."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Take the socket and the watchdog's time from the environment."""
        path = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{path[1:]}" if path.startswith("@") else path
        usec = environ.get("WATCHDOG_USEC", "")
        self._seconds = int(usec) / MICROSECONDS / 2 if usec.isdigit() else 0.0

    def tell(self, state: str) -> None:
        """Send one state; a manager that doesn't listen stops nothing."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(state.encode(), self._address)
        except OSError as error:
            warn("service_manager_not_told", failure=error.strerror)

    async def keep_alive(self) -> None:
        """Send the sign of life until cancelled; returns at once where none is wanted."""
        while self._address and self._seconds:
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self._seconds)
