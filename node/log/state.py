"""One log as this process has it in mind: head, right edge, unfinished bundle, tiles.

The same for an own log and for a mirror. The state follows the database: it is loaded from it, and changed only after a
commit is known, or thrown away and loaded again.
"""

from dataclasses import dataclass, field

from node.errors import FatalError
from node.log.ended import Ended, read_end
from node.log.tile_cache import TileCache
from node.storage.database import Connection
from node.storage.heads import Head
from node.storage.tiles import read_bundle, read_tail, read_tiles
from protocol.log.checkpoint import Checkpoint
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash
from protocol.log.proofs import Node
from protocol.log.tile import TILE_HEIGHT, TILE_WIDTH, Tile, parse_bundle


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint that may be shown: its note, and what the note says."""

    size: int
    root: bytes
    note: bytes
    time: int | None = None
    """The quorum time of its cosignatures, in POSIX seconds; None of a checkpoint that is unwitnessed."""

    @property
    def witnessed(self) -> bool:
        """Whether the quorum of partners that the policy asks for has cosigned it."""
        return self.time is not None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a log stands: its head, right edge and unfinished bundle. Growing gives a new one."""

    head: Head
    edge: Edge
    tail: list[bytes]
    """Entries of the unfinished bundle."""
    ended: Ended | None = None
    """The end that its entries say; behind it stands nothing that counts."""


@dataclass(slots=True)
class LogState:
    """What one process knows of one log."""

    position: Position
    tiles: TileCache = field(default_factory=TileCache)
    published: Published | None = None

    @property
    def head(self) -> Head:
        """The head that is known to be committed."""
        return self.position.head

    @property
    def edge(self) -> Edge:
        """The right edge at the head."""
        return self.position.edge

    @property
    def tail(self) -> list[bytes]:
        """The entries of the unfinished bundle."""
        return self.position.tail

    def node(self, node: Node) -> bytes | None:
        """Return the hash of a complete subtree, or None if its tile must be read first."""
        value = self.position.edge.node(node)
        return self.tiles.node(node) if value is None else value


def published_of(size: int, note: bytes, time: int | None = None) -> Published:
    """Return a stored checkpoint note in the form in which it is shown."""
    text = note.decode().rpartition("\n\n")[0] + "\n"
    return Published(size, Checkpoint.parse(text).root, note, time)


async def load_position(connection: Connection, head: Head) -> Position:
    """Load a log's edge at its head from full tiles and the unfinished bundle.

    Raises:
        FatalError: What is stored doesn't have the root hash that the head names.
    """
    wanted = _tiles_beneath_edge(head.size)
    stored = await read_tiles(connection, head.log_id, wanted) if wanted else {}
    first = head.size // TILE_WIDTH * TILE_WIDTH
    tail = await _entries_from(connection, head.log_id, first, head.size - first)
    complete = len(stored) == len(wanted) and len(tail) == head.size - first
    edge = Edge.resume(head.size, stored.__getitem__, [leaf_hash(entry) for entry in tail]) if complete else Edge()
    if edge.root() != head.root:
        raise FatalError(
            f"the stored tiles of {head.origin} don't have the root hash of its head at size {head.size}",
            mend="run `nostra check` to find the damage, and restore the log from a backup or a partner",
        )
    return Position(head, edge, tail, await read_end(connection, head.log_id, head.size))


async def _entries_from(connection: Connection, log_id: int, first: int, count: int) -> list[bytes]:
    """Return the entries of the unfinished bundle.

    Another process may fill it while it is read, and then the tail is of a later bundle. Where there is no full bundle
    after the tail was read, there was none before.
    """
    tail = await read_tail(connection, log_id, first)
    bundle = await read_bundle(connection, log_id, first // TILE_WIDTH)
    return parse_bundle(tail if bundle is None else bundle)[:count]


def _tiles_beneath_edge(size: int) -> list[Tile]:
    """Return the full tiles whose roots stand in open tiles."""
    wanted = []
    level = 1
    while count := size >> (TILE_HEIGHT * level):
        wanted += [Tile(level - 1, index) for index in range(count // TILE_WIDTH * TILE_WIDTH, count)]
        level += 1
    return wanted
