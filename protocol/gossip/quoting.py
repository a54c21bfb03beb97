"""JSON that quotes notes.

It is canonical (RFC 8785), but unlike in our own documents (`protocol.encoding.canonical`) strings need not be in
Unicode form NFC: a note is quoted as it was signed.
"""

from typing import TypeVar

import msgspec

from protocol.encoding import jcs
from protocol.errors import MalformedError

T = TypeVar("T", bound=msgspec.Struct)


def read_quoting(data: bytes, form: type[T], *, most: int, where: str) -> T:
    """Read JSON of a fixed form that quotes notes; the caller compares its own rendering with the bytes.

    Raises:
        MalformedError: It is too long, no JSON, or has members more or less than the form.
    """
    if len(data) > most:
        raise MalformedError(f"has at most {most} bytes", where)
    try:
        return msgspec.convert(jcs.decode(data), form)
    except msgspec.ValidationError as error:
        raise MalformedError(str(error), where) from None
