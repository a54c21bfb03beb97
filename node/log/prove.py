"""Inclusion and consistency proofs, tiles and bundles: from the edge, the tile cache, and then the database."""

from binascii import b2a_base64
from collections.abc import Iterator, Sequence

from node.errors import NotFoundError
from node.log.state import LogState, Published
from node.storage.database import Pool
from node.storage.tiles import read_bundle, read_bundles, read_tail, read_tiles
from protocol.encoding.wire import HASH_BYTES
from protocol.log.merkle import fold
from protocol.log.proofs import Node, Span, consistency_spans, inclusion_spans, peaks
from protocol.log.tile import ENTRIES, TILE_HEIGHT, TILE_WIDTH, Tile, parse_bundle, render_bundle, tile_of, tile_width


class MissingTileError(LookupError):
    """A node lies in a tile that isn't in memory."""


def hash_in_memory(state: LogState, span: Span) -> bytes:
    """Return MTH of an aligned span.

    Raises:
        MissingTileError: A tile must be read first.
    """
    hashes = []
    for node in peaks(span):
        value = state.node(node)
        if value is None:
            raise MissingTileError
        hashes.append(value)
    return fold(hashes)


class InclusionProver:
    """Proves inclusion at one tree size; what neighbouring leaves share is made once."""

    __slots__ = ("_above", "_depth", "_node", "_ragged", "_size", "_state")

    def __init__(self, state: LogState, size: int) -> None:
        """Prove at this tree size."""
        self._state = state
        self._node = state.node
        self._size = size
        self._depth = (size - 1).bit_length()
        self._ragged: dict[int, bytes] = {}
        self._above: dict[int, bytes] = {}

    def hashes(self, leaf: int, from_level: int = 0, to_level: int = 63) -> Iterator[bytes]:
        """Yield the siblings of a leaf's ancestors, from below (`protocol.log.proofs.siblings`, without its spans).

        Raises:
            MissingTileError: A tile must be read first.
        """
        size, node = self._size, self._node
        for level in range(from_level, min(self._depth, to_level)):
            sibling = leaf >> level ^ 1
            if sibling + 1 << level <= size:
                value = node(Node(level, sibling))
                if value is None:
                    raise MissingTileError
                yield value
            elif sibling << level < size:
                yield self._last_of(level, sibling)

    def _last_of(self, level: int, position: int) -> bytes:
        """Return the hash of the unfinished subtree at the right end of a level: there is only one."""
        value = self._ragged.get(level)
        if value is None:
            value = self._ragged[level] = hash_in_memory(self._state, Span(position << level, self._size))
        return value

    def lines(self, leaf: int) -> bytes:
        """Return the proof's hashes, leaf to root, each as a line of base64."""
        tile = leaf // TILE_WIDTH
        above = self._above.get(tile)
        if above is None:
            above = self._above[tile] = b"".join(map(b2a_base64, self.hashes(leaf, from_level=TILE_HEIGHT)))
        return b"".join(map(b2a_base64, self.hashes(leaf, to_level=TILE_HEIGHT))) + above


def render_log_proof(leaf: int, lines: bytes, note: bytes) -> str:
    """Return a C2SP tlog-proof from its parts (`protocol.documents.tlog_proof` reads it)."""
    return (b"c2sp.org/tlog-proof@v1\nindex %d\n%b\n%b" % (leaf, lines, note)).decode()


class LogReader:
    """Reads one log: what the process has in mind first, then the database."""

    def __init__(self, pool: Pool, state: LogState) -> None:
        """Read from this pool."""
        self._pool = pool
        self.state = state

    @property
    def published(self) -> Published:
        """The latest checkpoint that may be shown.

        Raises:
            NotFoundError: Nothing has been published yet.
        """
        if self.state.published is None:
            raise NotFoundError(f"the log {self.state.head.origin} has published nothing yet")
        return self.state.published

    async def inclusion(self, leaf: int, size: int | None = None) -> list[bytes]:
        """Return the inclusion proof of a leaf, leaf to root, at a size up to the published one."""
        size = self._size(size)
        if not 0 <= leaf < size:
            raise NotFoundError(f"leaf {leaf} is not in the tree of size {size}")
        try:
            return list(InclusionProver(self.state, size).hashes(leaf))
        except MissingTileError:
            return await self.hashes(inclusion_spans(leaf, size))

    async def consistency(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Return the consistency proof from one size to a later one, up to the published one."""
        size = self._size(size)
        if not 0 <= old_size <= size:
            raise NotFoundError(f"there is no consistency proof from size {old_size} to {size}")
        return await self.hashes(consistency_spans(old_size, size))

    async def root_at(self, size: int) -> bytes:
        """Return the root hash of the first `size` leaves."""
        return (await self.hashes([Span(0, size)]))[0]

    async def log_proof(self, leaf: int) -> str:
        """Return the tlog-proof of a leaf under the published checkpoint."""
        published = self.published
        hashes = await self.inclusion(leaf, published.size)
        return render_log_proof(leaf, b"".join(map(b2a_base64, hashes)), published.note)

    async def hashes(self, spans: list[Span]) -> list[bytes]:
        """Return MTH of each span, reading the tiles that aren't in memory at once."""
        state = self.state
        try:
            return [hash_in_memory(state, span) for span in spans]
        except MissingTileError:
            found = await self._read_nodes({node for span in spans for node in peaks(span)})
        return [fold([found[node] for node in peaks(span)]) for span in spans]

    async def _read_nodes(self, nodes: set[Node]) -> dict[Node, bytes]:
        state = self.state
        missing = {tile_of(node)[0] for node in nodes if state.node(node) is None}
        async with self._pool.acquire() as connection:
            for tile, data in (await read_tiles(connection, state.head.log_id, missing)).items():
                state.tiles.put(tile, data)
        found = {node: state.node(node) for node in nodes}
        lost = [node for node, value in found.items() if value is None]
        if lost:
            raise NotFoundError(f"the tile {tile_of(lost[0])[0].path()} is missing: run `nostra check`")
        return {node: value for node, value in found.items() if value is not None}

    def _size(self, size: int | None) -> int:
        published = self.published.size
        if size is not None and size > published:
            raise NotFoundError(f"the published tree size is {published}, not {size}")
        return published if size is None else size

    async def tile(self, tile: Tile, size: int | None = None) -> bytes:
        """Return a tile or entry bundle as it is served; a partial one is cut from the fuller one.

        Args:
            tile: Which one.
            size: The tree that shows it, all of it held: the published one for None.

        Raises:
            NotFoundError: That tree doesn't show it.
        """
        size = self.published.size if size is None else size
        if tile.width > tile_width(tile.level, tile.index, size):
            raise NotFoundError(f"{tile.path()} is not in the tree of size {size}")
        if tile.level == ENTRIES:
            return await self._bundle(tile)
        data = await self._hash_tile(tile)
        return data[: tile.width * HASH_BYTES]

    async def _hash_tile(self, tile: Tile) -> bytes:
        state = self.state
        if tile.index == state.edge.size >> (TILE_HEIGHT * (tile.level + 1)):
            return state.edge.open_tile(tile.level)
        kept = state.tiles.tile(tile.full())
        if kept is not None:
            return kept
        async with self._pool.acquire() as connection:
            stored = await read_tiles(connection, state.head.log_id, [tile.full()])
        if tile.full() not in stored:
            raise NotFoundError(f"the tile {tile.path()} is missing: run `nostra check`")
        state.tiles.put(tile.full(), stored[tile.full()])
        return stored[tile.full()]

    async def _bundle(self, tile: Tile) -> bytes:
        entries = await self.entries_of_bundle(tile.index)
        return entries if tile.width == TILE_WIDTH else render_bundle(parse_bundle(entries)[: tile.width])

    async def entries_of_bundle(self, index: int) -> bytes:
        """Return all entries of a bundle that are stored, in the form of a bundle."""
        state = self.state
        if index == state.edge.size // TILE_WIDTH:
            return render_bundle(state.tail)
        async with self._pool.acquire() as connection:
            data = await read_bundle(connection, state.head.log_id, index)
            return data if data is not None else await read_tail(connection, state.head.log_id, index * TILE_WIDTH)

    async def bundle_parts(self, spans: Sequence[Span]) -> list[bytes]:
        """Return neighbouring entries, each span within one bundle, in the form of a bundle; they need only be durable.

        Raises:
            NotFoundError: A bundle isn't stored.
        """
        position = self.state.position  # the log may grow while the database is read
        first = position.edge.size - len(position.tail)
        wanted = [span.start // TILE_WIDTH for span in spans if span.start < first]
        found = {}
        if wanted:
            async with self._pool.acquire() as connection:
                found = await read_bundles(connection, position.head.log_id, wanted[0], wanted[-1])
        return [_part(found.get(span.start // TILE_WIDTH), span, position.tail, first) for span in spans]

    async def entry(self, leaf: int) -> bytes:
        """Return the bytes of the entry at a leaf index of the published tree."""
        if not 0 <= leaf < self.published.size:
            raise NotFoundError(f"leaf {leaf} is not in the tree of size {self.published.size}")
        return parse_bundle(await self.entries_of_bundle(leaf // TILE_WIDTH))[leaf % TILE_WIDTH]


def _part(bundle: bytes | None, span: Span, tail: list[bytes], tail_start: int) -> bytes:
    """Return a span's entries, from its full bundle or, behind all of those, from the entries of the unfinished one."""
    if span.start >= tail_start:
        return render_bundle(tail[span.start - tail_start : span.end - tail_start])
    if bundle is None:
        raise NotFoundError(f"the entry bundle {span.start // TILE_WIDTH} is missing: run `nostra check`")
    if span.end - span.start == TILE_WIDTH:
        return bundle
    first = span.start - span.start % TILE_WIDTH
    return render_bundle(parse_bundle(bundle)[span.start - first : span.end - first])
