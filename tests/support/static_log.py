"""A C2SP log as a folder of files, written with protocol/ alone: no database, no node."""

from collections.abc import Iterator
from pathlib import Path

from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash
from protocol.log.tile import TILE_HEIGHT, Tile, bundles_between, render_bundle, tiles_between


class StaticLog:
    """A log that grows in a folder as a small static site would be published.

    Tiles and bundles of earlier sizes stay, partial ones too, so that every checkpoint ever shown can be read.
    """

    def __init__(self, folder: Path, origin: str) -> None:
        self.folder = folder
        self.signer = Signer(origin, bytes(range(32)))
        self.entries: list[bytes] = []
        self._edge = Edge()
        self._publish([])

    @property
    def verifier_key(self) -> str:
        """The log's key as text."""
        return self.signer.verifier.render()

    def append(self, entries: list[bytes]) -> None:
        """Grow the log by entries and publish it."""
        old_size = self._edge.size
        full = {done.tile: done.data for done in self._edge.extend([leaf_hash(entry) for entry in entries])}
        self.entries += entries
        size = self._edge.size
        files = [(tile, self._tile(tile, full)) for tile in tiles_between(old_size, size)]
        files += [(bundle, self._bundle(bundle)) for bundle in bundles_between(old_size, size)]
        self._publish(files)

    def _tile(self, tile: Tile, full: dict[Tile, bytes]) -> bytes:
        return full[tile] if tile in full else self._edge.open_tile(tile.level)

    def _bundle(self, bundle: Tile) -> bytes:
        first = bundle.index << TILE_HEIGHT
        return render_bundle(self.entries[first : first + bundle.width])

    def _publish(self, files: list[tuple[Tile, bytes]]) -> None:
        for tile, data in files:
            file = self.folder / tile.path()
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        checkpoint = Checkpoint(self.signer.verifier.name, self._edge.size, self._edge.root())
        (self.folder / "checkpoint").write_bytes(sign_checkpoint(checkpoint, self.signer))


def numbered_entries(start: int, end: int) -> Iterator[bytes]:
    """Yield entries of unlike lengths, among them the empty one, that say their leaf index."""
    for leaf in range(start, end):
        yield b"entry %d " % leaf * (leaf % 7)
