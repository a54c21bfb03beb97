"""The small typed values that entries are made of, each with its one spelling.

Each type carries the function that checks it; `protocol.recognition.shape` runs it wherever the type
stands, so a date is a calendar date in every kind.

================  =====================================================================================
`Id`              ``[a-z0-9][a-z0-9._-]{0,63}``: an id of ours
`Code`            1 to 128 characters, the body's own code, case kept; single blanks, nothing that can't be seen
`Version`         integer from 1
`Origin`          the name of a log, such as ``ledger.tuni.fi/nostra``
`Date`            ``YYYY-MM-DD``, a legal date; both ends of a range are inclusive
`Instant`         ``YYYY-MM-DDTHH:MM:SSZ``
`Amount`          ``7.5``: a decimal as text, above zero
`Text`            text for people by language: ``{"en": "Marine Robotics"}``
`Line`            one line of text, the same in every language
`Name`            an institution's name, spelt like a code; `Names` by language
`Country`         ISO 3166-1 alpha-2, from a closed list; `Region` ISO 3166-2, by its form
`Language`        BCP 47, lower case, by its form
`Url`             ``https://`` or ``http://``, visible ASCII; `Mailbox` an address of a role
`Hash`            32 bytes as 43 characters of base64url; `Signature` 64 bytes as 86
`LogKey`          a log's verifier key; `CosignerKey` a cosigner's
`Size`            a tree size
`IscedF`          2, 3 or 4 digits; `EscoSkill` an ESCO skill's URI
================  =====================================================================================
"""

import re
from collections.abc import Callable
from typing import Annotated, Final

from msgspec import Meta

from protocol.encoding.jcs import MAX_INTEGER
from protocol.encoding.keys import COSIGNING, ED25519, VerifierKey
from protocol.encoding.nfc import is_nfc
from protocol.encoding.wire import (
    check_amount,
    check_date,
    check_id,
    check_instant,
    check_origin,
    parse_b64url32,
    parse_b64url_signature,
)
from protocol.errors import MalformedError
from protocol.recognition.countries import COUNTRIES

CODE_CHARACTERS: Final = 128
"""Most characters of a body's own code."""

AMOUNT_CHARACTERS: Final = 16
"""Most characters of an amount: any program may count with it."""

CONTROLS: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
"""What has no place in text: control characters but newline, other line ends, marks that turn the writing."""

UNSEEN: Final = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\uffa0]")
"""Marks that nobody sees. With them, two codes or names that look the same would find different things."""

JOINERS: Final = "\u200c\u200d"
"""Unseen too, but Persian and Indic names are spelt with them."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_URL = re.compile(r"https?://[a-z0-9.:\[\]-]+(?:[/?#][!-~]*)?")
_MAILBOX = re.compile(r"[A-Za-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_ISCED = re.compile(r"[0-9]{2,4}")
_QUALITY_REPORT = re.compile(r"[1-9][0-9]{0,7}|DEQARINST(?:[0-9]{4}|[1-9][0-9]{4,7})")
_ESCO = re.compile(r"http://data\.europa\.eu/esco/skill/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MISTAKEN_COUNTRIES: Final = {"EL": "GR", "UK": "GB"}
"""Codes that European systems use beside ISO 3166-1."""


def checked(check: Callable[[str], object]) -> Meta:
    """Return the annotation of a type whose values pass `check` (which raises MalformedError)."""
    return Meta(extra={"check": check})


def check_text(text: str) -> None:
    """Raise MalformedError unless this is text for people: something, trimmed, in NFC, without control characters."""
    if not text or text != text.strip():
        raise MalformedError("write some text, without blanks at its ends")
    if not is_nfc(text):
        raise MalformedError("is not in Unicode form NFC")
    if CONTROLS.search(text):
        raise MalformedError("control characters have no place in text (a new line may stand)")


def check_line(text: str) -> None:
    """Raise MalformedError unless this is one line of text."""
    check_text(text)
    if "\n" in text:
        raise MalformedError("write it on one line")


def check_name(text: str) -> None:
    """Raise MalformedError unless this is an institution's name in its one spelling."""
    check_line(text)
    if " ".join(text.split()) != text:
        raise MalformedError("write single blanks between its words: a name also finds the institution")
    if UNSEEN.search(text):
        raise MalformedError("holds a mark that can't be seen: a name also finds the institution")


def check_code(text: str) -> None:
    """Raise MalformedError unless this can be a body's own code."""
    check_line(text)
    if " ".join(text.split()) != text or UNSEEN.search(text) or any(mark in text for mark in JOINERS):
        raise MalformedError("write single blanks and nothing that can't be seen: a code finds the achievement")
    if len(text) > CODE_CHARACTERS:
        raise MalformedError(f"a code has at most {CODE_CHARACTERS} characters")


def check_positive(text: str) -> None:
    """Raise MalformedError unless this is an amount above zero."""
    check_amount(text)
    if len(text) > AMOUNT_CHARACTERS:
        raise MalformedError(f"an amount has at most {AMOUNT_CHARACTERS} characters")
    if text == "0":
        raise MalformedError("zero says nothing: leave the member out")


def magnitude(amount: str) -> tuple[int, str, str]:
    """Return what orders amounts: the length of the whole part, the whole part, the fraction."""
    whole, _, fraction = amount.partition(".")
    return len(whole), whole, fraction


def check_country(text: str) -> None:
    """Raise MalformedError unless this is a country of the closed list."""
    if text in _MISTAKEN_COUNTRIES:
        raise MalformedError(f"'{text}' is not an ISO 3166-1 code: write {_MISTAKEN_COUNTRIES[text]}")
    if not _COUNTRY.fullmatch(text):
        raise MalformedError(f"'{text[:24]}' is not a country: write two capital letters (ISO 3166-1), such as FI")
    if text not in COUNTRIES:
        raise MalformedError(f"'{text}' is not a country that ISO 3166-1 lists: look its code up")


def check_log_key(text: str) -> None:
    """Raise MalformedError unless this is the verifier key of a log."""
    if VerifierKey.parse(text).algorithm != ED25519:
        raise MalformedError("is a cosigner's key, and a log's is wanted (type 01)")


def check_cosigner_key(text: str) -> None:
    """Raise MalformedError unless this is the verifier key of a cosigner."""
    if VerifierKey.parse(text).algorithm not in COSIGNING:
        raise MalformedError("is a log's key, and a cosigner's is wanted (type 04 or 06)")


def _spelt(pattern: re.Pattern[str], what: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if not pattern.fullmatch(text):
            raise MalformedError(f"'{text[:60]}' is not {what}")

    return check


Id = Annotated[str, checked(check_id)]
Code = Annotated[str, checked(check_code)]
Version = Annotated[int, Meta(ge=1)]
Origin = Annotated[str, checked(check_origin)]
Date = Annotated[str, checked(check_date)]
Instant = Annotated[str, checked(check_instant)]
Amount = Annotated[str, checked(check_positive)]
Prose = Annotated[str, checked(check_text)]
Line = Annotated[str, checked(check_line)]
Name = Annotated[str, checked(check_name)]
Country = Annotated[str, checked(check_country)]
Region = Annotated[str, checked(_spelt(_REGION, "a region: write its ISO 3166-2 code, such as FI-11"))]
Language = Annotated[str, checked(_spelt(_LANGUAGE, "a language: write a lower-case BCP 47 tag, such as en or pt-br"))]
Text = Annotated[dict[Language, Prose], Meta(min_length=1)]
Names = Annotated[dict[Language, Name], Meta(min_length=1)]
Url = Annotated[str, checked(_spelt(_URL, "a web address: write https:// and a lower-case host"))]
Mailbox = Annotated[
    str, checked(_spelt(_MAILBOX, "a mailbox: write a role's address, such as recognition@example.org"))
]
Hash = Annotated[str, checked(parse_b64url32)]
Signature = Annotated[str, checked(parse_b64url_signature)]
LogKey = Annotated[str, checked(check_log_key)]
CosignerKey = Annotated[str, checked(check_cosigner_key)]
Size = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
IscedF = Annotated[str, checked(_spelt(_ISCED, "an ISCED-F 2013 field: write 2, 3 or 4 digits"))]
QualityReport = Annotated[
    str, checked(_spelt(_QUALITY_REPORT, "a DEQAR id: write a report's number, or DEQARINST and at least 4 digits"))
]
EscoSkill = Annotated[
    str, checked(_spelt(_ESCO, "an ESCO skill: write http://data.europa.eu/esco/skill/ and its UUID"))
]
EqfLevel = Annotated[int, Meta(ge=1, le=8)]
Days = Annotated[int, Meta(ge=1, le=3660)]
