"""What a backup says, line by line: the plaintext of `node.backup.sealed_file`.

Each line is one JSON object, ended by a newline; ``is`` says what it is. In this order::

    {"is":"backup","made":"2026-11-24T07:00:00Z","program":"0.2.0","v":1}
    {"is":"file","name":"nostra.toml","data":"<base64>"}                   the configuration; a policy as "policy"
    {"is":"log","origin":…,"own":true,"verifier_key":…,"size":N,"root":…,"note":…,…}   each log that is known
    {"is":"bundle","log":…,"data":"<base64>"}                             with the logs: the entries of those of our own
    {"is":"record",…} …                                                   the rows (`node.storage.backup_rows`)
    {"is":"end","lines":N}                                                how many stand before it

Absent members have no value; base64 is padded. Nobody else's bytes pass the encryption, so one spelling isn't asked
for.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Self

import msgspec

from node.storage.backup_rows import AnyRow
from protocol.encoding.keys import VerifierKey
from protocol.errors import MalformedError
from protocol.log.ended_key import EndedKey

VERSION: Final = 1
LONGEST_LINE: Final = 32 << 20
"""A bundle of the largest entries in base64, and more."""

CONFIGURATION: Final = "nostra.toml"
POLICY: Final = "policy"


class Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", omit_defaults=True):
    """A line that is no row."""


class Begin(Line, frozen=True, kw_only=True, tag="backup"):
    """The first: when it was made, and by which program."""

    made: str
    program: str
    v: int


class File(Line, frozen=True, kw_only=True, tag="file"):
    """A file that isn't secret beyond the backup: the configuration, a policy."""

    name: str
    data: bytes


class Former(msgspec.Struct, frozen=True):
    """A key by which a log has signed before, with the last checkpoint that counts under it."""

    verifier_key: str
    size: int
    root: bytes
    why: str

    @classmethod
    def of(cls, key: EndedKey) -> Self:
        """Return it as it is written."""
        return cls(key.render(), key.size, key.root, key.why)

    def key(self) -> EndedKey:
        """Return it as a key."""
        return EndedKey.of(VerifierKey.parse(self.verifier_key), size=self.size, root=self.root, why=self.why)


class Log(Line, frozen=True, kw_only=True, tag="log"):
    """A log that the database holds, and how far it was."""

    origin: str
    own: bool
    verifier_key: str
    size: int
    root: bytes
    note: bytes | None = None
    """The signed note of that size, of a log of our own."""
    released: bytes | None = None
    """The newest note that was shown."""
    former: list[Former] = []
    """The keys by which a log of our own has signed before."""
    successor: str = ""
    """The origin that follows, where the log has ended."""
    with_entries: bool = False
    """Whether its bundles follow."""

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """All keys that sign the log, or did."""
        return (VerifierKey.parse(self.verifier_key), *(former.key() for former in self.former))


class Bundle(Line, frozen=True, kw_only=True, tag="bundle"):
    """The next entry bundle of the log before it; all but the last have 256 entries."""

    log: str
    data: bytes


class End(Line, frozen=True, kw_only=True, tag="end"):
    """The last: how many lines stand before it."""

    lines: int


AnyLine = Begin | File | Log | Bundle | End | AnyRow

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyLine).decode


def kind_of(line: AnyLine) -> str:
    """Return what a line is."""
    return str(type(line).__struct_config__.tag)


def render_line(line: AnyLine) -> bytes:
    """Return a line with its newline."""
    return _encode(line) + b"\n"


def parse_lines(pieces: Iterable[bytes]) -> Iterator[AnyLine]:
    """Yield the lines of a backup; the one that ends it comes last, or an error.

    Raises:
        MalformedError: A line is none, one is missing at the beginning or end, or whatever `pieces` raises.
    """
    count, last = 0, None
    for text in _split(pieces):
        try:
            line = _decode(text)
        except msgspec.MsgspecError as error:
            raise MalformedError(f"line {count + 1} can't be read by this version: {error}") from None
        if isinstance(line, Begin) != (count == 0) or isinstance(last, End):
            raise MalformedError(f"line {count + 1} stands where it doesn't belong")
        if isinstance(line, Begin) and line.v != VERSION:
            raise MalformedError(f"it is of version {line.v}: read it with a later release")
        yield line
        count, last = count + 1, line
    if not isinstance(last, End) or last.lines != count - 1:
        raise MalformedError("its lines don't come to the number that its end names")


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = bytearray()
    for piece in pieces:
        rest += piece
        *whole, tail = rest.split(b"\n") if b"\n" in piece else (rest,)
        yield from map(bytes, whole)
        rest = bytearray(tail)
        if len(rest) > LONGEST_LINE:
            raise MalformedError("a line doesn't end")
    if rest:
        raise MalformedError("its last line doesn't end")
