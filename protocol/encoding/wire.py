r"""Strict readers and writers of the small things every format is built from.

Python's own readers are generous where a signed format must not be: ``int`` takes ``"+5"``,
``" 5"``, ``"1_000"``, ``"007"`` and digits of other scripts; base64 decoders skip foreign characters and
ignore the bits that pad the last one. Each reader here takes exactly one spelling of a value.

Grammar (``nostra`` formats, `docs/formats/bytes.md`)::

    decimal    0 | [1-9][0-9]*            at most 2^63 − 1
    amount     decimal number as text: (0|[1-9][0-9]*)(\.[0-9]*[1-9])?
    instant    YYYY-MM-DDTHH:MM:SSZ       UTC, whole seconds
    date       YYYY-MM-DD                 a legal date; both ends of a range are inclusive
    id         [a-z0-9][a-z0-9._-]{0,63}
    hash text  base64url without padding, 43 characters, trailing bits zero; a signature likewise, 86 characters
    note text  standard base64, padded (RFC 4648 section 4)
"""

import base64
import binascii
import re
from datetime import date, datetime
from typing import Final

from protocol.errors import MalformedError

HASH_BYTES: Final = 32
"""Bytes of every hash, tag, statement, document value and secret."""

MAX_SIZE: Final = 2**63 - 1
"""Largest tree size, leaf index or timestamp: sizes have 63 bits."""

MAX_ORIGIN_BYTES: Final = 255
"""An origin fits the one-byte length of C2SP's ML-DSA cosignatures; a cosigner's name has to, too."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_AMOUNT = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
"""Hour 24 is spelt out of it: some versions of Python read it, others don't."""

_B64_HASH = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
_B64URL_HASH = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_B64URL_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{85}[AQgw]")
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SEGMENT = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+"  # no "." or "..": a client would take them for steps up
_ORIGIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*(?::[1-9][0-9]{{0,4}})?(?:/{_SEGMENT})*")


def parse_decimal(text: str, where: str = "") -> int:
    """Read a decimal number without sign, blanks or leading zeros.

    Raises:
        MalformedError: It is spelt in any other way, or exceeds 2^63 − 1.
    """
    if not _DECIMAL.fullmatch(text) or (value := int(text)) > MAX_SIZE:
        raise MalformedError(f"'{text[:24]}' is not a decimal number from 0 to 2^63-1 without leading zeros", where)
    return value


def b64(data: bytes) -> str:
    """Return standard, padded base64."""
    return base64.b64encode(data).decode("ascii")


def parse_b64(text: str, where: str = "") -> bytes:
    """Read standard, padded base64 in its only spelling.

    Raises:
        MalformedError: Foreign characters, wrong padding, or non-zero trailing bits.
    """
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        data = b""
    if b64(data) != text:
        raise MalformedError(f"'{text[:24]}' is not padded standard base64", where)
    return data


def parse_b64_hash(text: str, where: str = "") -> bytes:
    """Read 32 bytes in standard, padded base64, as notes and proofs write a hash."""
    if _B64_HASH.fullmatch(text):
        return binascii.a2b_base64(text)
    data = parse_b64(text, where)
    if len(data) != HASH_BYTES:
        raise MalformedError(f"a hash has {HASH_BYTES} bytes, this one has {len(data)}", where)
    return data


def b64url(data: bytes) -> str:
    """Return base64url without padding, as entries write 32-byte values."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def parse_b64url32(text: str, where: str = "") -> bytes:
    """Read 32 bytes as 43 characters of base64url whose trailing bits are zero.

    Raises:
        MalformedError: Any other length, alphabet or trailing bits.
    """
    if not _B64URL_HASH.fullmatch(text):
        raise MalformedError("expected 32 bytes as 43 characters of base64url without padding", where)
    return base64.urlsafe_b64decode(text + "=")


def parse_b64url_signature(text: str, where: str = "") -> bytes:
    """Read the 64 bytes of an Ed25519 signature as 86 characters of base64url whose trailing bits are zero.

    Raises:
        MalformedError: Any other length, alphabet or trailing bits.
    """
    if not _B64URL_SIGNATURE.fullmatch(text):
        raise MalformedError("expected 64 bytes as 86 characters of base64url without padding", where)
    return base64.urlsafe_b64decode(text + "==")


def check_id(text: str, where: str = "") -> None:
    """Raise MalformedError unless the text is one of our ids."""
    if not _ID.fullmatch(text):
        raise MalformedError(f"'{text[:70]}' is not an id: use a-z, 0-9, '.', '_', '-', at most 64 of them", where)


def check_amount(text: str, where: str = "") -> None:
    """Raise MalformedError unless the text is a decimal amount such as ``5`` or ``7.5``."""
    if not _AMOUNT.fullmatch(text):
        raise MalformedError(f"'{text[:24]}' is not an amount: write 5 or 7.5, without trailing zeros", where)


def check_date(text: str, where: str = "") -> None:
    """Raise MalformedError unless the text is a calendar date ``YYYY-MM-DD``."""
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        date.fromisoformat(text)
    except ValueError:
        raise MalformedError(f"'{text[:24]}' is not a date: write YYYY-MM-DD", where) from None


def check_instant(text: str, where: str = "") -> None:
    """Raise MalformedError unless the text is an instant ``YYYY-MM-DDTHH:MM:SSZ``."""
    try:
        if not _INSTANT.fullmatch(text):
            raise ValueError
        datetime.fromisoformat(text)
    except ValueError:
        raise MalformedError(f"'{text[:24]}' is not an instant: write YYYY-MM-DDTHH:MM:SSZ", where) from None


def check_origin(text: str, where: str = "") -> None:
    """Raise MalformedError unless the text can name a log for good.

    An origin is a schema-less URL in lower-case A-labels, at most 255 bytes, whose last segment is
    not ``index`` (that name is the log's index note's, `docs/formats/log.md`).
    """
    fits = len(text.encode()) <= MAX_ORIGIN_BYTES and _ORIGIN.fullmatch(text)
    if not fits or text.rsplit("/", 1)[-1] == "index":
        raise MalformedError(
            f"'{text[:60]}' is not an origin: write a lower-case host and path such as ledger.example.org/nostra, "
            "at most 255 bytes, not ending in /index",
            where,
        )
