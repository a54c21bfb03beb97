"""What concerns a person: three keyed 32-byte values in the log, and the secrets that explain them.

A sealed entry is ``{"document":D,"kind":"sealed","statement":S,"tag":T,"v":1}``. The tag finds it, the statement says
what it is from a closed list, the document binds the paper behind it. To whoever holds no key they are noise.

::

    H(k, label, parts…) = HMAC-SHA-256(k, m)
    m = u32be(length) ‖ bytes, for each of "nostra/v1", label, parts; integers as u64be, hashes raw, text UTF-8 NFC

Each award has two random 256-bit secrets: s (standing) and r (recognition). With o the origin of the log that holds the
entry, i the origin of a deciding institution's log, and ``open_n = H(k, "open", n)``::

    k_award  = H(s, "award", o)     k_status = H(s, "status", o)     k_i = H(r, "decisions", i)

    award        T = H(k_award, "tag", o)
                 S = H(open_0 of k_award, "statement", o, "awarded", H(k_status, "id"))
    status n     T = H(k_status, "tag", o, n)                                            n = 1, 2, …
                 S = H(open_n of k_status, "statement", o, n, status, T of the award)
    decision n   T = H(k_i, "tag", i, n)                                                 n = 1, 2, …
                 S = H(open_n of k_i, "statement", i, n, act, outcome, purpose, replaces)
    all          D = H(open_n, "document", SHA-256 of the document's bytes)

Status is one of STATUSES, act one of ACTS. ``decided`` has replaces 0, the other acts 1 ≤ replaces < n; ``annulled``
and ``withdrawn`` have outcome and purpose "". Without a document, D binds SHA-256 of nothing.

An *opening* is n, open_n and the statement's parts: it lets a reader check one entry without giving the chain, since
tags are keyed by k and statements and documents by open_n.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from protocol.encoding.nfc import is_nfc
from protocol.encoding.wire import HASH_BYTES, MAX_SIZE
from protocol.errors import MalformedError

Part = str | bytes | int

STATUSES: Final = ("closed", "reinstated", "revoked", "superseded", "suspended")
ACTS: Final = ("annulled", "decided", "replaced", "withdrawn")
OUTCOMES: Final = ("alternative", "conditional", "full", "partial", "refused")
PURPOSES: Final = ("access", "credit", "exemption", "professional")
AWARDED: Final = "awarded"
NO_DOCUMENT: Final = hashlib.sha256(b"").digest()
"""What D binds where there is no document."""


def keyed(key: bytes, label: str, *parts: Part) -> bytes:
    """Return H(k, label, parts…): 32 bytes.

    Raises:
        MalformedError: The key is not 32 bytes, or a part cannot be written.
    """
    if len(key) != HASH_BYTES:
        raise MalformedError(f"a key has {HASH_BYTES} bytes, not {len(key)}")
    pieces = [_bytes_of(part) for part in ("nostra/v1", label, *parts)]
    message = b"".join([len(piece).to_bytes(4, "big") + piece for piece in pieces])
    return hmac.digest(key, message, "sha256")


def _bytes_of(part: Part) -> bytes:
    if isinstance(part, bytes):
        return part
    if isinstance(part, str):
        if not is_nfc(part):
            raise MalformedError("text is hashed in Unicode form NFC")
        return part.encode()
    if isinstance(part, bool) or not 0 <= part <= MAX_SIZE:
        raise MalformedError("numbers are hashed as u64be, from 0 to 2^63-1")
    return part.to_bytes(8, "big")


def award_key(standing: bytes, origin: str) -> bytes:
    """Return k_award of a standing secret in the awarding log."""
    return keyed(standing, "award", origin)


def status_key(standing: bytes, origin: str) -> bytes:
    """Return k_status of a standing secret in the awarding log."""
    return keyed(standing, "status", origin)


def decisions_key(recognition: bytes, origin: str) -> bytes:
    """Return k_i: the key of what the institution of `origin` decides, under a recognition secret."""
    return keyed(recognition, "decisions", origin)


def status_key_id(key: bytes) -> bytes:
    """Return the id of a status key, which the award's statement binds."""
    return keyed(key, "id")


def opening_key(key: bytes, number: int) -> bytes:
    """Return open_n of a chain's key."""
    return keyed(key, "open", number)


def award_tag(key: bytes, origin: str) -> bytes:
    """Return the tag of the award under k_award."""
    return keyed(key, "tag", origin)


def chain_tag(key: bytes, origin: str, number: int) -> bytes:
    """Return the tag of status or decision n = 1, 2, … under k_status or k_i."""
    return keyed(key, "tag", origin, number)


@dataclass(frozen=True, slots=True)
class AwardStatement:
    """We issued this credential; changes of its standing come under this status key."""

    status_key_id: bytes

    def parts(self, origin: str) -> tuple[Part, ...]:
        """Return what is hashed after the label."""
        return (origin, AWARDED, self.status_key_id)


@dataclass(frozen=True, slots=True)
class StatusStatement:
    """The award's standing changes."""

    number: int
    status: str
    award_tag: bytes

    def __post_init__(self) -> None:
        """Check the closed list."""
        _check_listed(self.status, STATUSES, "status")
        _check_number(self.number)

    def parts(self, origin: str) -> tuple[Part, ...]:
        """Return what is hashed after the label."""
        return (origin, self.number, self.status, self.award_tag)


@dataclass(frozen=True, slots=True)
class DecisionStatement:
    """The institution decides on this credential, or takes an earlier decision back."""

    number: int
    act: str
    outcome: str
    purpose: str
    replaces: int

    def __post_init__(self) -> None:
        """Check the closed lists and what goes with which act."""
        _check_listed(self.act, ACTS, "act")
        _check_number(self.number)
        if (self.replaces == 0) != (self.act == "decided") or not 0 <= self.replaces < self.number:
            raise MalformedError("'decided' replaces 0, every other act an earlier decision", "replaces")
        if self.act in ("annulled", "withdrawn"):
            _check_listed(self.outcome, ("",), "outcome")
            _check_listed(self.purpose, ("",), "purpose")
        else:
            _check_listed(self.outcome, OUTCOMES, "outcome")
            _check_listed(self.purpose, PURPOSES, "purpose")

    def parts(self, origin: str) -> tuple[Part, ...]:
        """Return what is hashed after the label."""
        return (origin, self.number, self.act, self.outcome, self.purpose, self.replaces)


Statement = AwardStatement | StatusStatement | DecisionStatement


@dataclass(frozen=True, slots=True)
class SealedValues:
    """Tag, statement and document of a sealed entry, 32 bytes each."""

    tag: bytes
    statement: bytes
    document: bytes


def statement_value(opening: bytes, origin: str, statement: Statement) -> bytes:
    """Return S: the statement under its opening key."""
    return keyed(opening, "statement", *statement.parts(origin))


def document_value(opening: bytes, document_hash: bytes) -> bytes:
    """Return D: the document's SHA-256 under the opening key."""
    return keyed(opening, "document", document_hash)


def seal_award(standing: bytes, origin: str, file_hash: bytes) -> SealedValues:
    """Return the sealed values of an award; `file_hash` is SHA-256 over the exact bytes delivered."""
    key = award_key(standing, origin)
    opening = opening_key(key, 0)
    statement = AwardStatement(status_key_id(status_key(standing, origin)))
    return SealedValues(
        award_tag(key, origin), statement_value(opening, origin, statement), document_value(opening, file_hash)
    )


def seal_link(
    key: bytes, origin: str, statement: StatusStatement | DecisionStatement, document_hash: bytes = NO_DOCUMENT
) -> SealedValues:
    """Return the sealed values of status or decision n under its chain's key (k_status or k_i)."""
    opening = opening_key(key, statement.number)
    return SealedValues(
        chain_tag(key, origin, statement.number),
        statement_value(opening, origin, statement),
        document_value(opening, document_hash),
    )


def read_status(key: bytes, origin: str, number: int, award: bytes, statement: bytes) -> str | None:
    """Return which status an entry's statement says, by trying the closed list; None if it says none of them."""
    opening = opening_key(key, number)
    for status in STATUSES:
        value = statement_value(opening, origin, StatusStatement(number, status, award))
        if hmac.compare_digest(value, statement):
            return status
    return None


def read_decision(key: bytes, origin: str, number: int, statement: bytes) -> DecisionStatement | None:
    """Return what decision n says, by trying the closed lists; None if it says none of what they allow."""
    opening = opening_key(key, number)
    for candidate in _decisions(number):
        if hmac.compare_digest(statement_value(opening, origin, candidate), statement):
            return candidate
    return None


def _decisions(number: int) -> Iterator[DecisionStatement]:
    """Yield all that decision n may say, first what most say: a chain of thousands is read in passing."""
    choices = [(outcome, purpose) for outcome in OUTCOMES for purpose in PURPOSES]
    for outcome, purpose in choices:
        yield DecisionStatement(number, "decided", outcome, purpose, 0)
    for replaces in range(number - 1, 0, -1):
        for act in ("annulled", "withdrawn"):
            yield DecisionStatement(number, act, "", "", replaces)
        for outcome, purpose in choices:
            yield DecisionStatement(number, "replaced", outcome, purpose, replaces)


def _check_listed(word: str, words: tuple[str, ...], where: str) -> None:
    if word not in words:
        raise MalformedError(f"'{word[:40]}' is not one of {', '.join(words)}", where)


def _check_number(number: int) -> None:
    if not 1 <= number <= MAX_SIZE:
        raise MalformedError("statuses and decisions are counted from 1", "number")
