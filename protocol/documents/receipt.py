r"""Receipts: what a learner gets with a credential, to prove its award to anyone, offline, for good.

One file, ``*.nostra-receipt.json``, media type ``application/json``: canonical JSON of::

    {"entry":"{\"document\":…,\"kind\":\"sealed\",…}",      the sealed entry, verbatim
     "file":{"hash":HASH,"name":"credential.json"},       the credential's file: SHA-256 over its bytes, and its name
     "kind":"receipt",
     "log_proof":"c2sp.org/tlog-proof@v1\nindex 7\n…",    the only source of proof (`protocol.documents.tlog_proof`)
     "origin":"ledger.example.org/nostra",                the log; the same as the checkpoint's
     "secrets":{"recognition":HASH,"standing":HASH},      r and s of `protocol.recognition.sealed`
     "v":1}

HASH is 32 bytes as base64url. Unknown members, another order and blanks are refused. The file's name and r are vouched
for by nothing: r opens decisions made later. Whoever holds a receipt can follow the award's standing and all decisions
made under it, so it is shown to none but the institutions the learner chooses.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import msgspec

from protocol.documents.form import check_hashes, check_logged, read_document
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding import canonical
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.errors import MalformedError

KIND: Final = "receipt"
MAX_NAME: Final = 255
"""Most characters of a file's name."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hash: str
    name: str


class _Secrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    recognition: str
    standing: str


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entry: str
    file: _File
    kind: Literal["receipt"]
    log_proof: str
    origin: str
    secrets: _Secrets
    v: Literal[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An award's entry with its place in the log, its secrets, and which file it is about."""

    origin: str
    entry: bytes
    log_proof: TlogProof
    standing: bytes
    recognition: bytes
    file_name: str
    file_hash: bytes

    def __post_init__(self) -> None:
        """Raise MalformedError unless the parts fit each other."""
        check_logged(self.origin, self.entry, self.log_proof)
        check_hashes(standing=self.standing, recognition=self.recognition, file=self.file_hash)
        check_file_name(self.file_name)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a receipt, without verifying it.

        Raises:
            MalformedError: The bytes are not a receipt.
        """
        written = read_document(data, _Written)
        return cls(
            origin=written.origin,
            entry=written.entry.encode(),
            log_proof=TlogProof.parse(written.log_proof.encode()),
            standing=parse_b64url32(written.secrets.standing, "secrets.standing"),
            recognition=parse_b64url32(written.secrets.recognition, "secrets.recognition"),
            file_name=written.file.name,
            file_hash=parse_b64url32(written.file.hash, "file.hash"),
        )

    def render(self) -> bytes:
        """Return the receipt's bytes."""
        value: dict[str, Any] = {
            "entry": self.entry.decode("ascii"),
            "file": {"hash": b64url(self.file_hash), "name": self.file_name},
            "kind": KIND,
            "log_proof": self.log_proof.render().decode(),
            "origin": self.origin,
            "secrets": {"recognition": b64url(self.recognition), "standing": b64url(self.standing)},
            "v": 1,
        }
        return canonical.encode(value)


def check_file_name(name: str) -> None:
    """Raise MalformedError unless this is a file's name, without a folder."""
    # A program may save the file under this name: it names no other place.
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable() or "/" in name or "\\" in name or name in (".", ".."):
        raise MalformedError(f"expected a file's name of at most {MAX_NAME} characters, without a folder", "file.name")
