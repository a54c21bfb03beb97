r"""What two nodes tell each other in a round of gossip: the newest checkpoint note that each has seen of every log.

Request and answer alike, media type ``application/json``, JSON that is canonical by RFC 8785::

    {"notes":["ledger.example.org/nostra\n9\nCsUYapGG…=\n\n— ledger.example.org/nostra Az3g…\n",
              "ledger.other.example/nostra\n20\n…"],
     "v":1}

At most 256 notes and 1 MiB. Each is a signed note whose text has the form of a checkpoint; who signed it, and whether
the reader knows that log, is seen when it is opened. Their order says nothing. A note that alone is longer than an
exchange may be is not told of in this way.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

import msgspec
from msgspec import Meta

from protocol.encoding import jcs
from protocol.encoding.note import Note
from protocol.errors import MalformedError
from protocol.gossip.quoting import read_quoting
from protocol.log.checkpoint import Checkpoint

MAX_NOTES: Final = 256
MAX_EXCHANGE_BYTES: Final = 1 << 20

_EMPTY_BYTES: Final = len(b'{"notes":[],"v":1}')
_WHERE: Final = "exchange"


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    notes: Annotated[list[str], Meta(max_length=MAX_NOTES)]
    v: Literal[1]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Checkpoint notes of any logs, none of them verified yet."""

    notes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Raise MalformedError unless each has the form of a checkpoint note, and there are not too many."""
        if len(self.notes) > MAX_NOTES:
            raise MalformedError(f"has at most {MAX_NOTES} notes", _WHERE)
        for note in self.notes:
            Checkpoint.parse_stated(Note.parse(note).text)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read what a partner tells, without verifying it.

        Raises:
            MalformedError: The bytes are not an exchange.
        """
        written = read_quoting(data, _Written, most=MAX_EXCHANGE_BYTES, where=_WHERE)
        exchange = cls(tuple(note.encode() for note in written.notes))
        if exchange.render() != data:
            raise MalformedError("not in canonical form (RFC 8785): sort the members and write no blanks", _WHERE)
        return exchange

    def render(self) -> bytes:
        """Return its bytes.

        Raises:
            MalformedError: They are more than an exchange has; `pack` never makes such.
        """
        data = jcs.encode({"notes": [note.decode() for note in self.notes], "v": 1})
        if len(data) > MAX_EXCHANGE_BYTES:
            raise MalformedError(f"has at most {MAX_EXCHANGE_BYTES} bytes", _WHERE)
        return data


def pack(notes: Iterable[bytes]) -> Iterator[Exchange]:
    """Divide notes among as many exchanges as they need, in their order; one too long for any is left out.

    Raises:
        MalformedError: One of them is not a checkpoint note.
    """
    packed: list[bytes] = []
    size = _EMPTY_BYTES
    for note in notes:
        more = len(jcs.encode(Note.parse(note).render().decode())) + 1
        if _EMPTY_BYTES + more > MAX_EXCHANGE_BYTES:
            continue
        if len(packed) == MAX_NOTES or size + more > MAX_EXCHANGE_BYTES:
            yield Exchange(tuple(packed))
            packed, size = [], _EMPTY_BYTES
        packed.append(note)
        size += more
    if packed:
        yield Exchange(tuple(packed))
