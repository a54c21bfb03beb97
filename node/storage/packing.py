"""How a full entry bundle is stored: as it is served or, where all its entries are sealed, as their values.

::

    0x00 ‖ bundle                                      any entries
    0x01 ‖ (document ‖ statement ‖ tag) of each entry  sealed ones only: 96 bytes an entry instead of 192

A sealed entry has one spelling, so its three values give back its very bytes.
"""

from collections.abc import Sequence
from typing import Final

from protocol.encoding.wire import HASH_BYTES
from protocol.recognition.sealed_entry import bundle_of_values, values_of_bundle

_AS_SERVED: Final = b"\x00"
_VALUES: Final = b"\x01"


def pack(bundle: bytes) -> bytes:
    """Return the stored form of an entry bundle."""
    values = values_of_bundle(bundle)
    return _AS_SERVED + bundle if values is None else pack_values(values)


def pack_values(values: Sequence[bytes]) -> bytes:
    """Return the stored form of a bundle of sealed entries, given document, statement and tag of each."""
    return b"".join([_VALUES, *values])


def unpack(stored: bytes) -> bytes:
    """Return the entry bundle behind its stored form."""
    if stored[:1] == _AS_SERVED:
        return stored[1:]
    return bundle_of_values([stored[at : at + HASH_BYTES] for at in range(1, len(stored), HASH_BYTES)])
