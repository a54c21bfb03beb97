"""Cases of the small texts that every format is built from: which reader, the text, and its value or refusal."""

from collections.abc import Iterator
from typing import Any

HASH = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
NOTE_HASH = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

READ = {
    "decimal": {"zero": "0", "one-digit": "7", "largest": "9223372036854775807"},
    "base64url": {"hash": HASH},
    "base64": {"hash": NOTE_HASH, "empty": "", "one-byte": "QQ=="},
    "id": {"short": "a", "all-marks": "0a.b_c-d", "longest": "a" * 64},
    "amount": {"whole": "5", "zero": "0", "half": "7.5", "less-than-one": "0.25", "large": "12345678901234567890"},
    "date": {"leap-day": "2024-02-29", "first": "0001-01-01"},
    "instant": {"second": "2026-09-21T14:13:20Z", "last-of-day": "2026-12-31T23:59:59Z"},
    "origin": {
        "host-and-path": "ledger.example.edu/nostra",
        "port": "ledger.example.edu:8640/nostra",
        "host-alone": "ledger.example.edu",
        "a-label": "xn--jyvskyl-5wa6m.example/nostra",
        "index-inside": "ledger.example.edu/index/nostra",
        "longest": "a" * 253 + "/b",
    },
}
REFUSED = {
    "decimal": {
        "nothing": "", "sign": "+5", "minus": "-1", "blank": " 5", "newline": "5\n", "underscore": "1_000",
        "leading-zero": "007", "arabic-digits": "\u0665", "hexadecimal": "0x10", "fraction": "1.0",
        "too-large": "9223372036854775808", "far-too-large": "1" + "0" * 30,
    },
    "base64url": {
        "short": HASH[:-1], "long": HASH + "A", "padded": HASH + "=", "trailing-bits": HASH[:-1] + "V",
        "standard-alphabet": NOTE_HASH[:-1], "blank": HASH[:-1] + " ", "nothing": "",
    },
    "base64": {
        "not-padded": NOTE_HASH[:-1], "trailing-bits": NOTE_HASH[:-2] + "V=", "url-alphabet": HASH + "=",
        "newline-inside": "QU\nJD", "newline-at-end": "QUJD\n", "foreign-mark": "QUJ\u0430", "padding-first": "=QQ=",
        "too-much-padding": "QUJD====",
    },
    "id": {
        "nothing": "", "upper-case": "Ab", "mark-first": "-a", "blank": "a b", "slash": "a/b", "not-ascii": "\u00e4",
        "too-long": "a" * 65, "newline": "a\n",
    },
    "amount": {
        "trailing-zero": "7.50", "leading-zero": "07", "comma": "7,5", "point-last": "7.", "point-first": ".5",
        "minus": "-1", "exponent": "1e2", "nothing": "",
    },
    "date": {
        "no-such-day": "2025-02-29", "month-13": "2026-13-01", "short": "2026-1-1", "basic-form": "20260101",
        "week": "2026-W01-1", "time": "2026-01-01T00:00:00Z", "arabic-digits": "\u0662\u0660\u0662\u0666-01-01",
    },
    "instant": {
        "offset": "2026-09-21T14:13:20+00:00", "fraction": "2026-09-21T14:13:20.0Z", "no-zone": "2026-09-21T14:13:20",
        "lower-case": "2026-09-21t14:13:20z", "hour-24": "2026-09-21T24:00:00Z", "leap-second": "2016-12-31T23:59:60Z",
    },
    "origin": {
        "schema": "https://ledger.example.edu/nostra", "upper-case-host": "Ledger.example.edu/nostra", "nothing": "",
        "slash-last": "ledger.example.edu/", "blank": "ledger.example.edu/a b", "plus": "ledger.example.edu/a+b",
        "query": "ledger.example.edu/a?b", "u-label": "jyv\u00e4skyl\u00e4.example",
        "index-last": "ledger.example.edu/index",
        "too-long": "a" * 254 + "/b", "point-last": "ledger.example./nostra", "empty-label": "ledger..example/nostra",
        "hyphen-last-in-label": "ledger-.example/nostra", "port-with-zero": "ledger.example:0443/nostra",
        "step-up": "ledger.example/../nostra", "step-to-itself": "ledger.example/nostra/.",
    },
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case."""
    for reader, texts in READ.items():
        for name, text in texts.items():
            yield f"wire/{reader}-{name}", {
                "description": f"{reader}: {name.replace('-', ' ')}", "reader": reader, "text": text,
            }  # fmt: skip
    for reader, texts in REFUSED.items():
        for name, text in texts.items():
            yield f"wire/{reader}-refused-{name}", {
                "description": f"not a spelling of {reader}: {name.replace('-', ' ')}",
                "error": "MalformedError", "reader": reader, "text": text,
            }  # fmt: skip
