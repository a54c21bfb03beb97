"""One client: sends a request, waits for its whole answer, sends the next."""

import asyncio
from collections.abc import Callable, Iterator
from time import perf_counter_ns
from typing import NamedTuple

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


class Answer(NamedTuple):
    """What came back for a request, and how long it took."""

    request: int
    status: int
    body: bytes
    nanoseconds: int


class Client(asyncio.Protocol):
    """A kept-alive connection that works off a shared stream of numbered requests."""

    def __init__(self, requests: Iterator[tuple[int, bytes]], take: Callable[[Answer], None]) -> None:
        self._requests = requests
        self._take = take
        self._received = bytearray()
        self._end = -1
        self._body_at = 0
        self._number = 0
        self._sent_at = 0
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Keep the way out; nothing is sent before `start`."""
        self._transport = transport

    def start(self) -> None:
        """Send the next request, or end if there is none left."""
        following = next(self._requests, None)
        if following is None:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._number, data = following
        self._sent_at = perf_counter_ns()
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Collect the answer; once it is whole, pass it on and send the next request."""
        self._received += data
        if self._end < 0 and not self._read_head():
            return
        if len(self._received) < self._end:
            return
        elapsed = perf_counter_ns() - self._sent_at
        status = int(self._received[9:12])
        self._take(Answer(self._number, status, bytes(self._received[self._body_at : self._end]), elapsed))
        self._received.clear()
        self._end = -1
        self.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the run if the server hung up on us."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection during an answer"))

    def _read_head(self) -> bool:
        """Find out where the answer ends; return whether its head has come."""
        head_end = self._received.find(END_OF_HEAD)
        if head_end < 0:
            return False
        head = bytes(self._received[:head_end]).lower()
        _, named, rest = head.partition(LENGTH)
        if not named:
            raise ValueError(f"an answer without Content-Length can't be counted: {head[:80]!r}")
        self._body_at = head_end + len(END_OF_HEAD)
        self._end = self._body_at + int(rest.partition(b"\r\n")[0])
        return True
