"""Bring text that others wrote to Unicode form NFC, in time that grows with its length and no faster.

Normalising sorts each run of combining marks, and Python's sort of them is quadratic: one megabyte of marks
in the wrong order would keep a processor busy for an hour. No language stacks more than a few, so a text
with a longer run than Unicode's Stream-Safe Text Format allows (UAX #15, section 13) is refused before it is sorted.
Asking whether a text *is* in NFC never sorts.
"""

import unicodedata
from typing import Final

from protocol.errors import MalformedError

MOST_MARKS: Final = 30
"""Combining marks in a row (UAX #15-D3)."""


def is_nfc(text: str) -> bool:
    """Return whether the text is in Unicode form NFC."""
    return text.isascii() or unicodedata.is_normalized("NFC", text)


def nfc(text: str) -> str:
    """Return the text in Unicode form NFC.

    Raises:
        MalformedError: It is in another form and holds more than `MOST_MARKS` combining marks in a row.
    """
    if is_nfc(text):
        return text
    _check_runs(text)
    return unicodedata.normalize("NFC", text)


def _check_runs(text: str) -> None:
    run = 0
    for mark in text:
        run = run + 1 if unicodedata.combining(mark) else 0
        if run > MOST_MARKS:
            raise MalformedError(f"holds more than {MOST_MARKS} combining marks in a row")
