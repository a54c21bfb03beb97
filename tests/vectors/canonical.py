"""Cases of canonical JSON: bytes, and the value they are or the error they are refused with."""

import base64
from collections.abc import Iterator
from typing import Any

READ = {
    "empty-object": ("The smallest object", b"{}"),
    "members-sorted": ("Members stand in the order of their names", b'{"a":1,"b":[true,false,"x"],"kind":"rule"}'),
    "largest-integers": ("Both ends of the exact range of a double", b"[-9007199254740991,9007199254740991]"),
    "utf16-order": (
        "U+10000 sorts before U+E000: by UTF-16 units, not by code point",
        '{"\U00010000":1,"\ue000":2}'.encode(),
    ),
    "escapes": ("Only what must be escaped is, in its short form", b'["\\b\\t\\n\\f\\r\\u0000\\"\\\\/"]'),
    "not-ascii": ("Other characters stand as they are, in form NFC", '["Jyv\u00e4skyl\u00e4","\u65e5\u672c"]'.encode()),
    "depth-32": ("The deepest nesting allowed", b"[" * 32 + b"]" * 32),
}
REFUSED = {
    "blank": ("A blank between tokens", b'{"a": 1}'),
    "newline-at-end": ("A newline after the value", b'{"a":1}\n'),
    "byte-order-mark": ("A byte order mark", b'\xef\xbb\xbf{"a":1}'),
    "members-unsorted": ("Members out of order", b'{"b":1,"a":2}'),
    "duplicate-member": ("The same name twice, with equal values", b'{"a":1,"a":1}'),
    "duplicate-member-escaped": ("The same name twice, once escaped", b'{"a":1,"\\u0061":1}'),
    "null": ("What is absent is omitted", b'{"a":null}'),
    "float": ("A fraction is a string", b"[7.5]"),
    "float-that-is-whole": ("1.0 is not 1", b"[1.0]"),
    "exponent": ("1e2 is not 100", b"[1e2]"),
    "minus-zero": ("-0 is not 0", b"[-0]"),
    "leading-zero": ("07 is not a number", b"[07]"),
    "integer-too-large": ("2^53", b"[9007199254740992]"),
    "integer-too-small": ("-2^53", b"[-9007199254740992]"),
    "needless-escape": ("An escape where none is needed", b'["\\u0041"]'),
    "escaped-solidus": ("The solidus isn't escaped", b'["\\/"]'),
    "upper-case-escape": ("Hexadecimal digits are lower case", b'["\\u001F"]'),
    "lone-surrogate": ("Half a character", b'["\\ud800"]'),
    "not-utf-8": ("A byte that UTF-8 doesn't know", b'["\xff"]'),
    "not-nfc": ("a followed by a combining diaeresis", '["a\u0308"]'.encode()),
    "depth-33": ("One level too deep", b"[" * 33 + b"]" * 33),
    "trailing-garbage": ("Something after the value", b"{}{}"),
    "cut-short": ("The end is missing", b'{"a":1'),
    "nothing": ("No bytes at all", b""),
    "nan": ("Not a number", b"[NaN]"),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is base64, so that any bytes can stand there."""
    for name, (description, data) in READ.items():
        yield (
            f"canonical/{name}",
            {"description": description, "input": base64.b64encode(data).decode(), "text": data.decode()},
        )
    for name, (description, data) in REFUSED.items():
        yield f"canonical/{name}", {
            "description": description, "input": base64.b64encode(data).decode(), "error": "MalformedError",
        }  # fmt: skip
