"""Tiles and entry bundles: how a log is served as files (C2SP tlog-tiles).

::

    tile/<L>/<N>[.p/<W>]           hashes of 2^(8L) leaves each, 256 to a full tile, W to a partial one
    tile/entries/<N>[.p/<W>]       entries, 256 to a full bundle: each is u16be(length) ‖ entry

N is written in groups of three digits, all but the last prefixed with ``x``: 1234067 is ``x001/x234/067``. L is 0 to 63
and W 1 to 255, both without leading zeros. Hash i of tile (L, N) is MTH of the 256^L entries from (256·N + i) · 256^L.
A tree of size s has, at level l, (s >> 8l) >> 8 full tiles and, if (s >> 8l) mod 256 is not zero, a partial one of that
width; empty tiles do not exist. A partial tile is a prefix of the full one, so only full ones need storing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from protocol.encoding.wire import HASH_BYTES
from protocol.errors import MalformedError
from protocol.log.merkle import root_of
from protocol.log.proofs import Node, Span

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
MAX_ENTRY_BYTES: Final = 65_535
"""What the two-byte length of a bundle can say."""

ENTRIES: Final = -1
"""The level that stands for entry bundles."""

_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """Address of a tile or, at level ENTRIES, of an entry bundle."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a tile's path relative to the log's prefix.

        Raises:
            MalformedError: It is not spelt as above.
        """
        match = _PATH.fullmatch(path)
        if not match or (match[3] and int(match[3]) >= TILE_WIDTH):
            raise MalformedError(f"'{path[:60]}' is not the path of a tile")
        level = ENTRIES if match[1] == "entries" else int(match[1])
        tile = cls(level, int(match[2].replace("x", "").replace("/", "")), int(match[3] or TILE_WIDTH))
        if tile.path() != path:
            raise MalformedError(f"'{path[:60]}' is not the path of a tile: no leading groups of zeros")
        return tile

    def path(self) -> str:
        """Return the path relative to the log's prefix."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level == ENTRIES else str(self.level)
        part = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{name}{part}"

    def full(self) -> "Tile":
        """Return the full tile that this one is a prefix of."""
        return Tile(self.level, self.index)


def tile_width(level: int, index: int, size: int) -> int:
    """Return how many hashes (at level ENTRIES: entries) the tile holds at a tree size; 0 if it does not exist."""
    count = size >> (TILE_HEIGHT * max(level, 0))
    return max(0, min(TILE_WIDTH, count - TILE_WIDTH * index))


def tiles_between(old_size: int, size: int) -> list[Tile]:
    """Return the hash tiles, level by level, that a tree of `size` shows and one of `old_size` does not."""
    found = []
    for level in range(-(-size.bit_length() // TILE_HEIGHT)):
        count, old_count = size >> (TILE_HEIGHT * level), old_size >> (TILE_HEIGHT * level)
        if count != old_count:
            first, last = old_count // TILE_WIDTH, (count - 1) // TILE_WIDTH
            found += [Tile(level, index, tile_width(level, index, size)) for index in range(first, last + 1)]
    return found


def bundles_between(old_size: int, size: int) -> list[Tile]:
    """Return the entry bundles that hold the entries from `old_size` up to `size`."""
    first, last = old_size // TILE_WIDTH, (size - 1) // TILE_WIDTH
    return [Tile(ENTRIES, index, tile_width(ENTRIES, index, size)) for index in range(first, last + 1)]


def tile_of(node: Node) -> tuple[Tile, Span]:
    """Return the full tile whose hashes give a complete subtree, and which of its hashes."""
    row = node.level % TILE_HEIGHT
    tile = Tile(node.level // TILE_HEIGHT, node.position >> (TILE_HEIGHT - row))
    first = (node.position << row) % TILE_WIDTH
    return tile, Span(first, first + (1 << row))


def hashes_of(data: bytes) -> list[bytes]:
    """Return the hashes of a tile.

    Raises:
        MalformedError: Its length is not that of 1 to 256 hashes.
    """
    if not data or len(data) % HASH_BYTES or len(data) > TILE_WIDTH * HASH_BYTES:
        raise MalformedError(f"a tile holds 1 to {TILE_WIDTH} hashes of {HASH_BYTES} bytes, not {len(data)} bytes")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def hash_in_tile(data: bytes, span: Span) -> bytes:
    """Return MTH of some neighbouring hashes of a tile."""
    return root_of(hashes_of(data[span.start * HASH_BYTES : span.end * HASH_BYTES]))


def render_bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries as an entry bundle; each has at most 65,535 bytes."""
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def parse_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle.

    Raises:
        MalformedError: The bytes end inside an entry.
    """
    entries = []
    at, end = 0, len(data)
    while at < end:
        begin = at + 2
        at = begin + int.from_bytes(data[at:begin], "big")
        entries.append(data[begin:at])
    if at != end or (data and len(data) < 2):
        raise MalformedError(f"the bundle ends inside entry {len(entries) - 1}")
    return entries
