"""What a request to somebody else's server may cost."""

from dataclasses import dataclass
from typing import Final

from node.errors import BadAnswerError, UnreachableError

MEBIBYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Seconds and bytes. Each answer's own bound on its size is named with the request."""

    connect_seconds: float = 10
    """Until the connection stands, TLS included."""
    total_seconds: float = 30
    """For all of one request, redirects and the last byte included."""
    stall_seconds: float = 10
    """Between two pieces of an answer."""
    grace_seconds: float = 5
    """Until an answer has to come at the least rate."""
    least_rate: int = 16 * 1024
    """Bytes a second, from the request on: slower is a server that holds us up, or a line of no use."""
    connections: int = 16
    """At once, to one server."""


class Pace:
    """Watches one answer come in."""

    __slots__ = ("_began", "_bounds", "_most", "_received", "_url")

    def __init__(self, url: str, bounds: Bounds, *, most: int, began: float) -> None:
        """Allow `most` bytes, counted from the moment the request went out."""
        self._url = url
        self._bounds = bounds
        self._most = most
        self._began = began
        self._received = 0

    def announce(self, length: int | None) -> None:
        """Refuse a body that says beforehand that it is too large.

        Raises:
            BadAnswerError: It is.
        """
        if length is not None and length > self._most:
            raise BadAnswerError(f"{self._url}: answers with {length:,} bytes; at most {self._most:,} are read")

    def count(self, length: int, now: float) -> None:
        """Count the next piece.

        Raises:
            BadAnswerError: The body is larger than allowed.
            UnreachableError: It comes too slowly.
        """
        self._received += length
        if self._received > self._most:
            raise BadAnswerError(f"{self._url}: the answer doesn't end; at most {self._most:,} bytes are read")
        elapsed = now - self._began
        if elapsed > self._bounds.grace_seconds and self._received < elapsed * self._bounds.least_rate:
            raise UnreachableError(
                f"{self._url}: sent {self._received:,} bytes in {elapsed:.0f} seconds, fewer than "
                f"{self._bounds.least_rate:,} a second"
            )
