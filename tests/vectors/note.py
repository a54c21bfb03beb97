"""Cases of signed notes: the bytes, the trusted keys, and the text with who signed it, or the refusal."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, NoteSignature, sign_note
from tests.support.examples import LOG, PARTNERS, seed

TEXT = "An example text,\nof two lines.\n"
OTHER = Signer("other.example/nostra", seed("other"))
STRANGER = Signer("stranger.example", seed("stranger"))
KEYS = [LOG.verifier.render(), OTHER.verifier.render()]

GOOD = sign_note(TEXT, LOG)
LINE = GOOD.signatures[0]
DATA = GOOD.render()


def with_lines(*lines: NoteSignature) -> bytes:
    """Return the text with these signature lines."""
    return Note(TEXT, lines).render()


def line_of(signer: Signer, text: str = TEXT) -> NoteSignature:
    """Return the line by which a key signs a text."""
    return sign_note(text, signer).signatures[0]


def encoded_line(encoded: bytes) -> bytes:
    """Return the note with any base64 in its signature line."""
    return DATA[: DATA.rindex(b" ") + 1] + encoded + b"\n"


def damaged(line: NoteSignature) -> NoteSignature:
    """Return the line with one bit of its signature turned."""
    return NoteSignature(line.name, line.key_id, line.value[:-1] + bytes([line.value[-1] ^ 1]))


READ = {
    "one-signature": ("A text and the line of one key", DATA, [LOG]),
    "two-signatures": ("Both keys are known and signed", with_lines(LINE, line_of(OTHER)), [LOG, OTHER]),
    "unknown-signature-is-ignored": ("A line of a key that is not known", with_lines(line_of(STRANGER), LINE), [LOG]),
    "unknown-signature-may-be-anything": (
        "A line of an unknown key may hold any bytes",
        with_lines(NoteSignature("stranger.example", bytes(4), b"\x00"), LINE), [LOG],
    ),
    "same-name-other-key": (
        "A line under a known name, of another key: unknown, so ignored",
        with_lines(line_of(Signer(LOG.verifier.name, seed("impostor"))), LINE), [LOG],
    ),
    "empty-line-in-text": (
        "The note is cut at its last empty line",
        sign_note("one\n\ntwo\n", LOG).render(), [LOG],
    ),
    "sixty-four-signatures": (
        "The most signature lines that are read",
        with_lines(LINE, *(NoteSignature(f"k{at}.example", bytes(4), b"\x00") for at in range(63))), [LOG],
    ),
    "not-ascii-name": (
        "A key name may be of any script",
        with_lines(LINE, NoteSignature("l\u00e4rare.example", bytes(4), b"\x00")), [LOG],
    ),
}  # fmt: skip
REFUSED = {
    "nothing": ("No bytes", b"", "MalformedError"),
    "no-signature": ("A text alone", TEXT.encode() + b"\n", "MalformedError"),
    "no-text": ("Signature lines alone", b"\n" + LINE.render().encode(), "MalformedError"),
    "no-empty-line": ("The line stands right below the text", TEXT.encode() + LINE.render().encode(), "MalformedError"),
    "cut-short": ("The last newline is missing", DATA[:-1], "MalformedError"),
    "newline-at-end": ("An empty line at the end", DATA + b"\n", "MalformedError"),
    "garbage-at-end": ("A line that is no signature", DATA + b"garbage\n", "MalformedError"),
    "hyphen-for-dash": ("- instead of U+2014", DATA.replace("\u2014".encode(), b"-"), "MalformedError"),
    "en-dash": ("U+2013 instead of U+2014", DATA.replace("\u2014".encode(), "\u2013".encode()), "MalformedError"),
    "two-blanks": ("Two blanks before the name", DATA.replace("\u2014".encode(), "\u2014 ".encode()), "MalformedError"),
    "no-name": ("No key name", encoded_line(b"x").replace(LOG.verifier.name.encode() + b" x", b""), "MalformedError"),
    "plus-in-name": ("A key name with +", DATA.replace(b".edu/nostra ", b".edu+nostra "), "MalformedError"),
    "no-break-space-in-name": ("A name with U+00A0", DATA.replace(b".edu", ".edu\u00a0".encode()), "MalformedError"),
    "not-padded": (
        "Base64 without padding", encoded_line(DATA[DATA.rindex(b" ") + 1 :].rstrip(b"=\n")), "MalformedError",
    ),
    "trailing-bits": ("Base64 with bits after its end", encoded_line(b"QUJDREU9QUJDREU9QUJDREV="), "MalformedError"),
    "key-id-alone": ("Nothing after the key ID", encoded_line(base64.b64encode(LINE.key_id)), "MalformedError"),
    "carriage-return": ("Lines end in CR LF", DATA.replace(b"\n", b"\r\n"), "MalformedError"),
    "control-character": ("A tab in the text", sign_note("one\ttwo\n", LOG).render(), "MalformedError"),
    "not-utf-8": ("A byte that UTF-8 doesn't know", b"\xff" + DATA, "MalformedError"),
    "sixty-five-signatures": (
        "One signature line too many",
        with_lines(*(NoteSignature(f"k{at}.example", bytes(4), b"\x00") for at in range(64)), LINE), "MalformedError",
    ),
    "changed-text": ("The text was changed after signing", DATA.replace(b"two", b"six"), "BadSignatureError"),
    "damaged-signature": ("One bit of the signature is turned", with_lines(damaged(LINE)), "BadSignatureError"),
    "short-signature": (
        "The signature has 63 bytes",
        with_lines(NoteSignature(LINE.name, LINE.key_id, LINE.value[:-1])), "BadSignatureError",
    ),
    "one-of-two-damaged": (
        "One known key signed, the other's line does not verify",
        with_lines(LINE, damaged(line_of(OTHER))), "BadSignatureError",
    ),
    "line-of-another-text": ("The line is over another text", with_lines(line_of(LOG, "x\n")), "BadSignatureError"),
    "unknown-key": ("No key that is known signed", with_lines(line_of(STRANGER)), "NoTrustedKeyError"),
    "cosignature-key": (
        "A cosigner's key signs another message: its line alone is no signature of the text",
        with_lines(line_of(PARTNERS[0])), "NoTrustedKeyError",
    ),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is base64, `keys` the trusted verifier keys."""
    for name, (description, data, signers) in READ.items():
        yield f"note/{name}", {
            "description": description, "input": base64.b64encode(data).decode(), "keys": KEYS,
            "gives": {"signed_by": [key.verifier.name for key in signers], "text": Note.parse(data).text},
        }  # fmt: skip
    for name, (description, data, error) in REFUSED.items():
        keys = [*KEYS, PARTNERS[0].verifier.render()]
        yield f"note/{name}", {
            "description": description, "input": base64.b64encode(data).decode(), "keys": keys, "error": error,
        }  # fmt: skip
