"""What stands in a log, counted while its entries pass by: kinds, what is not understood, repeated tags, texts.

Nearly all entries are sealed ones in bundles of nothing else, so a bundle is read by one pattern and no entry becomes
an object of its own.
"""

import hashlib
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from msgspec import UNSET

from protocol.encoding.wire import HASH_BYTES, parse_b64url32
from protocol.errors import MalformedError
from protocol.log.merkle import leaf_hash
from protocol.log.tile import parse_bundle
from protocol.recognition.entry import Entry, NotUnderstood, parse_entry
from protocol.recognition.rule import Rule
from protocol.recognition.sealed_entry import SEALED_BYTES, Sealed, tags_of_bundle
from protocol.recognition.withdrawal import Withdrawal

MOST_EXAMPLES: Final = 20
MOST_TEXTS: Final = 100_000
WORD_BYTES: Final = 8
PART_TAGS: Final = 2_000_000
"""Repeated tags are looked for among so many at a time, so that it needs little memory."""


@dataclass(frozen=True, slots=True)
class Strange:
    """An entry that isn't understood: kept, counted, never relied on."""

    leaf: int
    kind: str
    v: int
    reason: str


@dataclass(slots=True)
class Census:
    """What was counted so far."""

    kinds: Counter[str] = field(default_factory=Counter)
    """Understood entries by kind."""
    not_understood: int = 0
    examples: list[Strange] = field(default_factory=list)
    """The first of those not understood."""
    texts: dict[str, int] = field(default_factory=dict)
    """Leaf indexes by commitment, of entries whose texts stand beside the log."""
    _tags: "array[int]" = field(default_factory=lambda: array("Q"))
    """The first eight bytes of each tag: two that are equal by chance are rarer than a fault of this machine."""

    def read(self, data: bytes, *, first: int, count: int) -> list[bytes]:
        """Count a bundle's entries and return their leaf hashes.

        Raises:
            MalformedError: It isn't a bundle of that many entries.
        """
        tags = tags_of_bundle(data)
        if tags is None:
            return self._read_each(data, first, count)
        if len(tags) != count:
            raise MalformedError(f"holds {len(tags)} entries, not {count}")
        self.kinds["sealed"] += count
        self._tags.extend(array("Q", b"".join(tags))[:: HASH_BYTES // WORD_BYTES])
        sha256, step = hashlib.sha256, SEALED_BYTES + 2
        return [sha256(b"\x00" + data[at : at + SEALED_BYTES]).digest() for at in range(2, len(data), step)]

    def _read_each(self, data: bytes, first: int, count: int) -> list[bytes]:
        entries = parse_bundle(data)
        if len(entries) != count:
            raise MalformedError(f"holds {len(entries)} entries, not {count}")
        for leaf, entry in enumerate(entries, first):
            self._count(parse_entry(entry), leaf)
        return [leaf_hash(entry) for entry in entries]

    def _count(self, entry: Entry | NotUnderstood, leaf: int) -> None:
        if isinstance(entry, NotUnderstood):
            self.not_understood += 1
            if len(self.examples) < MOST_EXAMPLES:
                self.examples.append(Strange(leaf, entry.kind, entry.v, entry.reason))
            return
        self.kinds[entry.kind] += 1
        if isinstance(entry, Sealed):
            self._tags.extend(array("Q", parse_b64url32(entry.tag))[:1])
        elif isinstance(entry, Rule | Withdrawal) and entry.texts is not UNSET and len(self.texts) < MOST_TEXTS:
            self.texts[entry.texts] = leaf

    def repeated_tags(self) -> int:
        """Return how many sealed entries have the tag of an earlier one."""
        parts = 1 << (len(self._tags) // PART_TAGS).bit_length()
        shift = 8 * WORD_BYTES - (parts - 1).bit_length()
        found = (
            self._tags if parts == 1 else [tag for tag in self._tags if tag >> shift == part] for part in range(parts)
        )
        return sum(len(part) - len(set(part)) for part in found)
