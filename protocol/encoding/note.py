"""Signed notes (C2SP signed-note v1.0.0).

::

    text line            one or more lines, each ended by a newline
    ...
                         one empty line
    — NAME BASE64        one or more signature lines: U+2014, blank, key name, blank,
                         base64 of (4-byte key ID ‖ signature)

The note is cut at its *last* empty line. It is UTF-8 without control characters but newline. Lines of keys that
we do not know are kept and ignored; a line of a known key that does not verify refuses the whole note.
Refused: no text, no signature line, a name with blanks or ``+``, more than 64 lines, more than 1 MiB.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from protocol.encoding.keys import ED25519, Signer, VerifierKey, check_name
from protocol.encoding.wire import b64, parse_b64
from protocol.errors import MalformedError, NoTrustedKeyError

MAX_NOTE_BYTES: Final = 1 << 20
MAX_SIGNATURES: Final = 64
"""C2SP asks readers for at least 16; a checkpoint of 32 witnesses with two algorithms fits."""

_KEPT: Final = 256
"""Notes, of those read last, that are at hand: each is read by several parts of a node."""

_MOST_KEPT_BYTES: Final = 64 * 1024

_KEY_ID_BYTES: Final = 4
_DASH: Final = "\u2014 "
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: whose it claims to be, and the bytes behind the key ID."""

    name: str
    key_id: bytes
    value: bytes

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read one signature line without its newline."""
        name, separator, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not separator:
            raise MalformedError(f"'{line[:40]}' is not a signature line", "note")
        check_name(name)
        data = parse_b64(encoded, f"signature of '{name}'")
        if len(data) <= _KEY_ID_BYTES:
            raise MalformedError("the signature is shorter than its key ID", f"signature of '{name}'")
        return cls(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])

    def render(self) -> str:
        """Return the line with its newline."""
        return f"{_DASH}{self.name} {b64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signature lines below it, in their order."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, data: bytes) -> "Note":
        """Read a note, without verifying it.

        Raises:
            MalformedError: The bytes are not a signed note.
        """
        return _read_again(data) if len(data) <= _MOST_KEPT_BYTES else _read(data)

    def render(self) -> bytes:
        """Return the note's bytes."""
        return f"{self.text}\n{''.join(line.render() for line in self.signatures)}".encode()

    def adding(self, signatures: Iterable[NoteSignature]) -> "Note":
        """Return the note with further signature lines; a line that stands already is not repeated."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *signatures))))


def _read(data: bytes) -> Note:
    text, lines = _split(_decode(data))
    note = Note(text, tuple(NoteSignature.parse(line) for line in lines))
    if note.render() != data:
        raise MalformedError("the note is not written in its only form", "note")
    return note


_read_again = lru_cache(_KEPT)(_read)


def _decode(data: bytes) -> str:
    if len(data) > MAX_NOTE_BYTES:
        raise MalformedError(f"a note has at most {MAX_NOTE_BYTES} bytes", "note")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8 text", "note") from None
    if _CONTROL.search(text):
        raise MalformedError("holds a control character", "note")
    return text


def _split(whole: str) -> tuple[str, list[str]]:
    text, separator, tail = whole.rpartition("\n\n")
    if not separator or not text or not tail.endswith("\n"):
        raise MalformedError("expected a text, an empty line and signature lines that end in a newline", "note")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedError(f"a note has at most {MAX_SIGNATURES} signature lines", "note")
    return text + "\n", lines


def sign_note(text: str, signer: Signer) -> Note:
    """Return the text signed by one key."""
    verifier = signer.verifier
    return Note(text, (NoteSignature(verifier.name, verifier.key_id, signer.sign(text.encode())),))


def open_note(note: Note, verifiers: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Verify the note and return the known keys that signed its text.

    Keys of the cosignature algorithm sign another message and are left to `protocol.gossip.cosignature`.

    Raises:
        BadSignatureError: A known key's line does not verify.
        NoTrustedKeyError: No line is of a known key.
    """
    known = {(key.name, key.key_id): key for key in verifiers if key.algorithm == ED25519}
    message = note.text.encode()
    found = []
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is not None:
            key.verify(message, line.value)
            found.append(key)
    if not found:
        names = ", ".join(sorted({line.name for line in note.signatures}))
        raise NoTrustedKeyError(f"not signed by a trusted key: there are lines of {names}")
    return tuple(found)
