"""What the documents that carry one logged entry have in common: canonical JSON of a fixed form, and parts that fit."""

from typing import TypeVar

import msgspec

from protocol.documents.tlog_proof import TlogProof
from protocol.encoding import canonical
from protocol.encoding.wire import HASH_BYTES
from protocol.errors import MalformedError
from protocol.recognition.sealed_entry import parse_sealed

MAX_DOCUMENT_BYTES = 4 << 20
"""A checkpoint note has at most 1 MiB, which JSON escapes may double; an entry and a decision are small beside it."""

T = TypeVar("T", bound=msgspec.Struct)


def read_document(data: bytes, form: type[T]) -> T:
    """Read canonical JSON of a fixed form: no member more or less than the form has.

    Raises:
        MalformedError: It is not.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise MalformedError(f"a document has at most {MAX_DOCUMENT_BYTES} bytes")
    value = canonical.decode(data)
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        raise MalformedError(str(error)) from None


def check_logged(origin: str, entry: bytes, proof: TlogProof) -> None:
    """Raise MalformedError unless the entry is sealed and its proof speaks of the log of that origin."""
    if parse_sealed(entry) is None:
        raise MalformedError("not a sealed entry in canonical form", "entry")
    stated = proof.unverified().origin
    if stated != origin:
        raise MalformedError(f"is '{origin[:60]}', but the checkpoint is of '{stated[:60]}'", "origin")


def check_hashes(**values: bytes) -> None:
    """Raise MalformedError unless each of the named values has 32 bytes."""
    for name, value in values.items():
        if len(value) != HASH_BYTES:
            raise MalformedError(f"expected {HASH_BYTES} bytes, not {len(value)}", name)
