"""A log of fewer than 256 entries in memory, which can have as many histories as a test likes."""

from collections.abc import Awaitable, Callable, Iterable

from node.errors import NotFoundError
from node.gossip.evidence.watched_log import WatchedLog
from node.log.follow import LogSource
from node.log.prove import LogReader
from node.log.state import LogState, Position, Published
from node.storage.heads import Head
from protocol.encoding.keys import Signer
from protocol.encoding.wire import HASH_BYTES
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash
from protocol.log.tile import TILE_WIDTH, Tile

ORIGIN = "log.example/memory"
SIGNER = Signer(ORIGIN, b"\5" * 32)


class History:
    """One history of a log: what it has signed at each size up to its own."""

    def __init__(self, entries: Iterable[bytes], *, signer: Signer = SIGNER) -> None:
        self.entries = list(entries)
        self.signer = signer
        assert len(self.entries) < TILE_WIDTH

    @property
    def size(self) -> int:
        """How many entries it has."""
        return len(self.entries)

    def edge(self, size: int | None = None) -> Edge:
        """Return the tree at a size."""
        edge = Edge()
        edge.extend([leaf_hash(entry) for entry in self.entries[:size]])
        return edge

    def note(self, size: int | None = None) -> bytes:
        """Return the checkpoint that it signs at a size."""
        edge = self.edge(size)
        return sign_checkpoint(Checkpoint(self.signer.verifier.name, edge.size, edge.root()), self.signer)

    def reader(self, size: int | None = None) -> LogReader:
        """Return what reads it; there is no database behind it."""
        edge, note, origin = self.edge(size), self.note(size), self.signer.verifier.name
        key = self.signer.verifier.render()
        head = Head(1, origin, False, key, edge.size, edge.root(), 0, note, edge.size, note)
        state = LogState(Position(head, edge, self.entries[:size]), published=Published(edge.size, edge.root(), note))
        return LogReader(None, state)

    def source(self) -> "Tiles":
        """Return what serves its tree."""
        return Tiles(self)


class Tiles:
    """Serves the tiles of a history; `broken` serves others."""

    def __init__(self, history: History, *, broken: bool = False) -> None:
        self._hashes = b"".join(leaf_hash(entry) for entry in history.entries)
        self._broken = broken

    async def tile(self, tile: Tile) -> bytes:
        """Return a tile, if the history is large enough."""
        data = self._hashes[: tile.width * HASH_BYTES]
        if tile.level or tile.index or len(data) < tile.width * HASH_BYTES:
            raise NotFoundError("no such tile")
        return bytes(HASH_BYTES) + data[HASH_BYTES:] if self._broken else data


class Nowhere:
    """Serves nothing."""

    async def tile(self, tile: Tile) -> bytes:
        """Say so."""
        raise NotFoundError("no such tile")


async def nothing(*_: object) -> None:
    """Do nothing."""


def watched(
    history: History,
    *,
    size: int | None = None,
    sources: Callable[[str], list[LogSource]] = lambda by: [],
    ask: Callable[[], Awaitable[None]] = nothing,
    notes: Iterable[bytes] = (),
    own: bool = False,
) -> WatchedLog:
    """Return a log of which this history is held here, up to a size."""
    reader = history.reader(size)
    return WatchedLog(
        origin=history.signer.verifier.name,
        keys_now=lambda: (history.signer.verifier,),
        own=own,
        reader=lambda: reader,
        notes=lambda: [reader.published.note, *notes],
        ask=ask,
        sources=sources,
        grow=nothing,
    )
