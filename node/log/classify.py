"""What a foreign log's entries are: strict where we rely, tolerant where we carry.

Every entry is kept, in its place, whatever its bytes are. Sealed entries are found by their tag and clear ones by their
terms; an entry of a kind, version or shape that this program doesn't understand, or that breaks a rule of its kind, is
found by nothing, and so never relied on.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from node.errors import BadAnswerError
from node.log.admit import Admitted, AdmittedClear, clear_of
from node.storage.packing import pack_values
from protocol.encoding.wire import parse_b64url32
from protocol.errors import MalformedError
from protocol.log.tile import TILE_WIDTH, parse_bundle, render_bundle
from protocol.recognition import entry as entries_of_log
from protocol.recognition.entry import NotUnderstood, parse_entry
from protocol.recognition.sealed_entry import SEALED_BYTES, Sealed, values_of_bundle

VALUES: Final = 3
"""Of each sealed entry: document, statement, tag."""


def classify_bundle(data: bytes, *, origin: str, count: int, skip: int = 0) -> Admitted:
    """Return the entries of a foreign bundle, the first `skip` left out.

    Args:
        data: The bundle.
        origin: The log it is from: a log speaks of its own entries only.
        count: How many entries it has to hold.
        skip: How many of them are here already.

    Raises:
        BadAnswerError: It holds fewer or more.
    """
    values = values_of_bundle(data)
    entries = _entries(data) if values is None else _equal_entries(data)
    if len(entries) != count:
        raise BadAnswerError(f"{origin}: a bundle of {count} entries has {len(entries)}")
    fresh = entries[skip:]
    sha256 = hashlib.sha256
    hashes = [sha256(b"\x00" + entry).digest() for entry in fresh]  # `leaf_hash`, written out: each costs
    return _sorted(fresh, hashes, values and values[VALUES * skip :], origin)


def classify_entries(entries: Sequence[bytes], hashes: Sequence[bytes], *, origin: str, skip: int = 0) -> Admitted:
    """Return the neighbouring entries of a foreign log, whose leaf hashes are known, the first `skip` left out."""
    fresh, leaves = list(entries[skip:]), list(hashes[skip:])
    return _sorted(fresh, leaves, values_of_bundle(render_bundle(fresh)), origin)


def _sorted(entries: list[bytes], hashes: list[bytes], values: list[bytes] | None, origin: str) -> Admitted:
    """Return entries by what they are; `values` are document, statement and tag of each if all are sealed."""
    if values is None:
        return _classify(entries, hashes, origin)
    packed = pack_values(values) if len(entries) == TILE_WIDTH else None
    return Admitted(entries, hashes, sealed=range(len(entries)), tags=values[VALUES - 1 :: VALUES], packed=packed)


def _entries(data: bytes) -> list[bytes]:
    try:
        return parse_bundle(data)
    except MalformedError as error:
        raise BadAnswerError(f"an entry bundle can't be read: {error}") from None


def _equal_entries(data: bytes) -> list[bytes]:
    return [data[at : at + SEALED_BYTES] for at in range(2, len(data), SEALED_BYTES + 2)]


def _classify(entries: list[bytes], hashes: list[bytes], origin: str) -> Admitted:
    sealed: list[int] = []
    tags: list[bytes] = []
    clear: list[AdmittedClear] = []
    for position, data in enumerate(entries):
        entry = parse_entry(data)
        if isinstance(entry, Sealed):
            sealed.append(position)
            tags.append(parse_b64url32(entry.tag))
        elif not isinstance(entry, NotUnderstood) and not entries_of_log.check(entry, origin=origin):
            clear.append(clear_of(entry, position))
    return Admitted(entries, hashes, sealed, tags, clear)
