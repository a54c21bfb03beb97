"""What a mirror answers while it still lacks entries (C2SP tlog-mirror, main branch of July 2026).

With 202 (some packages were kept, more are needed) or 409 (the upload does not fit what the mirror has), three lines of
``text/x.tlog.mirror-info``::

    20852163                           size of a pending checkpoint: the upload end to use
    20852096                           next entry: the upload start to use
    AQID                               ticket to send along, padded base64; may be empty

Refused: other spellings, a next entry beyond 2^63 − 1, a ticket that does not fit its two-byte size.
"""

from dataclasses import dataclass
from typing import Final, Self

from protocol.encoding.wire import b64, parse_b64, parse_decimal
from protocol.errors import MalformedError

MIRROR_INFO_TYPE: Final = "text/x.tlog.mirror-info"
MAX_TICKET_BYTES: Final = 65_535
MAX_INFO_BYTES: Final = 2 * 20 + 4 * -(-MAX_TICKET_BYTES // 3) + 1
"""A reader stops here: no answer is longer."""

_WHERE: Final = "mirror info"


@dataclass(frozen=True, slots=True)
class MirrorInfo:
    """Where a client goes on: the upload's end, its start, and the ticket to bring."""

    size: int
    next_entry: int
    ticket: bytes = b""

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the body of a 202 or 409 answer.

        Raises:
            MalformedError: It is not in the form above.
        """
        lines = body.decode("ascii", "replace").split("\n") if len(body) <= MAX_INFO_BYTES else []
        if len(lines) != 4 or lines[3]:
            raise MalformedError("expected tree size, next entry and ticket, each on its line", _WHERE)
        ticket = parse_b64(lines[2], f"{_WHERE}, ticket")
        if len(ticket) > MAX_TICKET_BYTES:
            raise MalformedError(f"a ticket has at most {MAX_TICKET_BYTES} bytes", _WHERE)
        size = parse_decimal(lines[0], f"{_WHERE}, tree size")
        return cls(size, parse_decimal(lines[1], f"{_WHERE}, next entry"), ticket)

    def render(self) -> bytes:
        """Return the body."""
        return f"{self.size}\n{self.next_entry}\n{b64(self.ticket)}\n".encode("ascii")
