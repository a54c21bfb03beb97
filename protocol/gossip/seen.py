r"""What did you last see of me: a log asks its partners before it signs anything after a start.

The request is the text of a note that the asking log signs (`protocol.gossip.log_note`)::

    nostra/seen/v1
    ledger.example.org/nostra                  who asks, and about whom: no one may ask this about another
    ledger.other.example/nostra/mirror         who is asked: the name of its mirror key
    1790000000                                 POSIX seconds, decimal

The answer is JSON, canonical by RFC 8785, media type ``application/json``::

    {"held":{"root":"jrJZDmY8Y7SyJE0M…=","size":7},        what the mirror holds and serves; absent if nothing
     "note":"ledger.example.org/nostra\n9\n…",            the newest note it has seen that the log signed, also one
     "origin":"ledger.example.org/nostra",                 whose entries it still lacks; absent if none
     "v":1}

Root hashes are padded base64, as in notes. What is held is the partner's word; the note proves by the log's own
signature that the log has been that far. A request that names another or is not of now is refused, so that one kept by
somebody asks nothing later.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from protocol.encoding import jcs
from protocol.encoding.keys import Signer, VerifierKey, check_name
from protocol.encoding.note import MAX_NOTE_BYTES, Note
from protocol.encoding.wire import HASH_BYTES, MAX_SIZE, b64, check_origin, parse_b64_hash, parse_decimal
from protocol.errors import MalformedError
from protocol.gossip.log_note import open_log_note, sign_log_note
from protocol.gossip.quoting import read_quoting
from protocol.log.checkpoint import Checkpoint, open_checkpoint

HEADER: Final = "nostra/seen/v1"
MAX_REQUEST_BYTES: Final = 1 << 13
MAX_ANSWER_BYTES: Final = 2 * MAX_NOTE_BYTES + (1 << 10)
"""The longest note, which JSON may double, and the rest."""

MAX_SKEW_SECONDS: Final = 300
"""How far the asker's clock may be from ours, as with cosignatures."""

_REQUEST: Final = "seen request"
_ANSWER: Final = "seen answer"


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """Who asks, whom, and when by the asker's clock in POSIX seconds."""

    origin: str
    to: str
    time: int

    def __post_init__(self) -> None:
        """Raise MalformedError unless it can be written."""
        check_origin(self.origin, _REQUEST)
        check_name(self.to)
        if not 0 <= self.time <= MAX_SIZE:
            raise MalformedError("a time lies within 0 and 2^63-1", _REQUEST)

    def check(self, names: Collection[str], *, now: int) -> None:
        """Check that it is meant for the reader, and now.

        Args:
            names: Names of the reader's mirror keys.
            now: POSIX seconds.

        Raises:
            MalformedError: It asks somebody else, or was made too long ago or ahead of time.
        """
        if self.to not in names:
            raise MalformedError(f"asks {self.to[:60]!a}, which is not here", _REQUEST)
        if abs(now - self.time) > MAX_SKEW_SECONDS:
            raise MalformedError(
                f"its time is more than {MAX_SKEW_SECONDS} seconds from ours: compare the clocks", _REQUEST
            )


def sign_seen_request(request: SeenRequest, signer: Signer) -> bytes:
    """Return the request as a note signed by the asking log's key, whose name is the origin."""
    return sign_log_note(HEADER, request.origin, [request.to, str(request.time)], signer=signer)


def open_seen_request(data: bytes, log_keys: Iterable[VerifierKey]) -> SeenRequest:
    """Verify that the log which asks has signed the request.

    Raises:
        MalformedError: It is not such a note.
        NoTrustedKeyError: No known key of that origin signed it.
        BadSignatureError: A known key's signature does not verify.
    """
    origin, lines = open_log_note(data, HEADER, log_keys, most=MAX_REQUEST_BYTES)
    if len(lines) != 2:
        raise MalformedError("expected whom it asks and a time below the origin", _REQUEST)
    return SeenRequest(origin, lines[0], parse_decimal(lines[1], _REQUEST))


class Held(NamedTuple):
    """How far a mirror holds a log: tree size and root hash."""

    size: int
    root: bytes


class _Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    root: str
    size: Annotated[int, Meta(ge=0, le=jcs.MAX_INTEGER)]


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    origin: str
    v: Literal[1]
    held: _Held | UnsetType = UNSET
    note: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class SeenAnswer:
    """What a partner's mirror holds of a log, and the newest note of the log that it has seen."""

    origin: str
    held: Held | None = None
    note: bytes | None = None

    def __post_init__(self) -> None:
        """Raise MalformedError unless the parts fit each other."""
        check_origin(self.origin, _ANSWER)
        if self.held is not None:
            _check_held(self.held)
        if self.note is not None and (stated := Checkpoint.parse(Note.parse(self.note).text).origin) != self.origin:
            raise MalformedError(f"its note is of {stated[:60]!a}, not of '{self.origin}'", _ANSWER)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read an answer, without verifying its note.

        Raises:
            MalformedError: The bytes are not an answer.
        """
        written = read_quoting(data, _Written, most=MAX_ANSWER_BYTES, where=_ANSWER)
        held = None if isinstance(written.held, UnsetType) else _held(written.held)
        note = None if isinstance(written.note, UnsetType) else written.note.encode()
        answer = cls(written.origin, held, note)
        if answer.render() != data:
            raise MalformedError("not in canonical form (RFC 8785): sort the members and write no blanks", _ANSWER)
        return answer

    def render(self) -> bytes:
        """Return the answer's bytes."""
        value: dict[str, Any] = {"origin": self.origin, "v": 1}
        if self.held is not None:
            value["held"] = {"root": b64(self.held.root), "size": self.held.size}
        if self.note is not None:
            value["note"] = self.note.decode()
        return jcs.encode(value)

    def newest(self, log_keys: Iterable[VerifierKey]) -> Checkpoint | None:
        """Verify that the log signed the note, and return its checkpoint; None if there is no note.

        Raises:
            NoTrustedKeyError: No known key of the log signed it.
            BadSignatureError: A known key's signature does not verify.
        """
        return None if self.note is None else open_checkpoint(self.note, log_keys)[0]


def _held(written: _Held) -> Held:
    return Held(written.size, parse_b64_hash(written.root, f"{_ANSWER}, held"))


def _check_held(held: Held) -> None:
    if not 0 <= held.size <= jcs.MAX_INTEGER or len(held.root) != HASH_BYTES:
        raise MalformedError("a size has at most 53 bits and a root hash 32 bytes", f"{_ANSWER}, held")
