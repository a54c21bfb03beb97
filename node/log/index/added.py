"""What the entries of a log add to its index: leaf indexes by key, from the stored bundles.

Own and mirrored logs alike: an entry that this program doesn't understand, or that breaks the rules of its kind, stands
under no key (`node.log.classify`).
"""

import asyncio
import binascii
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from node.log.classify import classify_bundle
from node.log.prove import LogReader
from protocol.log.proofs import Span
from protocol.log.tile import TILE_WIDTH
from protocol.recognition.sealed_entry import values_of_bundle
from protocol.recognition.terms import KEY_DOMAIN

READ_BUNDLES: Final = 32
"""Bundles that are read at once."""

_TAG_KEY: Final = f'["{KEY_DOMAIN}","tag","'.encode()
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_WORD: Final = 44
"""Characters of 33 bytes in base64: a tag and the zero byte that pads it, so that many convert in one go."""


@dataclass(slots=True)
class Added:
    """What some neighbouring entries add."""

    size: int
    """The tree size behind the last of them."""
    leaves: dict[bytes, list[int]] = field(default_factory=dict)
    """By key, ascending."""


async def added_between(reader: LogReader, first: int, size: int, *, most_pairs: int) -> Added:
    """Return what the entries from leaf `first` to before `size` add.

    It ends sooner, behind a whole entry, where there are more pairs of a key and a leaf than `most_pairs`: one entry
    may stand under a thousand keys.
    """
    added, pairs = Added(first), 0
    async for begin, bundle, count in _bundles(reader, first, size):
        await asyncio.sleep(0)
        found = keys_of_bundle(bundle, origin=reader.state.head.origin, count=count)
        for leaf, keys in enumerate(found, begin):
            pairs += len(keys)
            if pairs > most_pairs and leaf > first:
                return added
            for key in keys:
                added.leaves.setdefault(key, []).append(leaf)
            added.size = leaf + 1
    return added


def keys_of_bundle(bundle: bytes, *, origin: str, count: int) -> Sequence[Sequence[bytes]]:
    """Return the keys under which each entry of a bundle stands, each once.

    Raises:
        BadAnswerError: It doesn't hold so many entries.
    """
    values = values_of_bundle(bundle)
    if values is not None and len(values) == 3 * count:
        return [(key,) for key in tag_keys(values[2::3])]
    admitted = classify_bundle(bundle, origin=origin, count=count)
    found: list[Sequence[bytes]] = [()] * count
    for position, key in zip(admitted.sealed, tag_keys(admitted.tags), strict=True):
        found[position] = (key,)
    for one in admitted.clear:
        found[one.position] = one.terms
    return found


def tag_keys(tags: Sequence[bytes]) -> list[bytes]:
    """Return the keys of tags (`protocol.recognition.terms`): nearly every key of an index is one."""
    text = binascii.b2a_base64(b"\0".join(tags) + b"\0", newline=False).translate(_TO_URL)
    sha256 = hashlib.sha256
    return [sha256(_TAG_KEY + text[at : at + _WORD - 1] + b'"]').digest() for at in range(0, len(tags) * _WORD, _WORD)]


async def _bundles(reader: LogReader, first: int, size: int) -> AsyncIterator[tuple[int, bytes, int]]:
    """Yield the entries from leaf `first` to before `size`: their first leaf, their bytes, and how many they are."""
    step = READ_BUNDLES * TILE_WIDTH
    for begin in range(first - first % step, size, step):
        spans = []
        for at in range(begin, min(begin + step, size), TILE_WIDTH):
            span = Span(max(at, first), min(at + TILE_WIDTH, size))
            if span.start < span.end:
                spans.append(span)
        for span, bundle in zip(spans, await reader.bundle_parts(spans), strict=True):
            yield span.start, bundle, span.end - span.start
