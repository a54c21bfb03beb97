"""Entries for logs under test: as many sealed ones as wanted, each from its label alone, and a few in clear."""

from collections.abc import Iterable
from functools import lru_cache

from protocol.encoding.canonical import encode
from protocol.recognition.sealed import SealedValues
from tests.support.examples import sealed_entry, seed
from tests.vectors.recognition_examples import an_achievement, an_institution


@lru_cache(maxsize=1 << 16)
def a_sealed_entry(label: str) -> bytes:
    """Return the sealed entry of a label: another label gives another tag."""
    return sealed_entry(SealedValues(seed(f"tag {label}"), seed(f"statement {label}"), seed(f"document {label}")))


def sealed_entries(label: str, count: int) -> list[bytes]:
    """Return sealed entries that are all the label's own."""
    return [a_sealed_entry(f"{label}/{number}") for number in range(count)]


def same_tag(label: str) -> bytes:
    """Return a sealed entry with a label's tag and otherwise other values."""
    return sealed_entry(SealedValues(seed(f"tag {label}"), seed("another statement"), seed("another document")))


def an_achievement_entry(code: str, version: int = 1) -> bytes:
    """Return an entry in clear that names itself by kind, id and version."""
    return encode(an_achievement() | {"id": code.lower(), "code": code, "version": version})


def an_institution_entry(version: int) -> bytes:
    """Return a version of the institution's own entry."""
    return encode(an_institution() | {"version": version})


def bundle_of(entries: Iterable[bytes]) -> bytes:
    """Return an entry bundle: two bytes of length before each entry."""
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])
