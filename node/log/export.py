"""Write a log into an export file: what is released of it, recomputed from its entries and held against its checkpoint.

The tiles in the file are made from the entries, not copied, so an export that was written is an export that verifies.
"""

from collections.abc import AsyncIterator, Callable
from typing import BinaryIO, Final

from node.errors import FatalError, NotFoundError
from node.log.audit import served
from node.log.export_file import CHECKPOINT, MANIFEST, TEXTS, ExportWriter, Manifest
from node.log.follow import open_target
from node.storage.database import Connection
from node.storage.former_keys import keys_of
from node.storage.heads import Head
from node.storage.scan import bundles_in, tails_of, texts_behind
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash
from protocol.log.tile import ENTRIES, TILE_WIDTH, Tile, parse_bundle, render_bundle

PAGE_BUNDLES: Final = 32
TEXTS_PAGE: Final = 500


async def write_export(
    connection: Connection, head: Head, file: BinaryIO, *, progress: Callable[[int], None]
) -> Manifest:
    """Write the released tree of a log, as a connection sees it at one moment, and return what it is.

    Raises:
        NotFoundError: Nothing of the log is released.
        FatalError: What is stored isn't what the checkpoint says; the file is of no use then.
    """
    if head.released_note is None or head.released_size is None:
        raise NotFoundError(f"the log {head.origin} has released no checkpoint yet")
    checkpoint = open_target(head.released_note, *await keys_of(connection, head)).checkpoint
    texts = [one async for one in _all_texts(connection, head.log_id)]
    taken_down = tuple(commitment for commitment, document in texts if document is None)
    manifest = Manifest(head.origin, head.verifier_key, checkpoint.size, taken_down)
    writer = ExportWriter(file)
    writer.add(MANIFEST, manifest.render())
    writer.add(CHECKPOINT, head.released_note)
    root = await _write_tree(connection, head, writer, progress)
    if root != checkpoint.root:
        raise FatalError(
            f"the entries of {head.origin} don't have the root hash of its checkpoint", mend="run `nostra check`"
        )
    for commitment, document in texts:
        if document is not None:
            writer.add(TEXTS + commitment, document)
    writer.close()
    return manifest


async def _write_tree(
    connection: Connection, head: Head, writer: ExportWriter, progress: Callable[[int], None]
) -> bytes:
    """Write bundles and tiles, and return the root hash of the entries."""
    size = head.released_size or 0
    edge = Edge()
    full: dict[Tile, bytes] = {}
    bundles = bundles_of(connection, head, -(-size // TILE_WIDTH))
    for tile in served(size):
        if tile.level == ENTRIES:
            entries = (await anext(bundles))[: tile.width]
            if len(entries) != tile.width:
                raise FatalError(f"{tile.path()} of {head.origin} is not whole", mend="run `nostra check`")
            writer.add(tile.path(), render_bundle(entries))
            full |= {done.tile: done.data for done in edge.extend([leaf_hash(entry) for entry in entries])}
            progress(edge.size)
        else:
            writer.add(tile.path(), full.pop(tile) if tile.width == TILE_WIDTH else edge.open_tile(tile.level))
    return edge.root()


async def bundles_of(connection: Connection, head: Head, count: int) -> AsyncIterator[list[bytes]]:
    """Yield the entries of each of a log's first bundles; of the unfinished one, whatever is there.

    Raises:
        FatalError: One can't be read.
    """
    for first in range(0, count, PAGE_BUNDLES):
        stored = await bundles_in(connection, head.log_id, first, min(first + PAGE_BUNDLES, count))
        for index in range(first, min(first + PAGE_BUNDLES, count)):
            if index not in stored:
                stored[index] = b"".join(
                    data for at, data in await tails_of(connection, head.log_id) if at >= index * 256
                )
            try:
                yield parse_bundle(stored.pop(index))
            except MalformedError as error:
                raise FatalError(f"bundle {index} of {head.origin}: {error}", mend="run `nostra check`") from None


async def _all_texts(connection: Connection, log_id: int) -> AsyncIterator[tuple[str, bytes | None]]:
    after = b""
    while page := await texts_behind(connection, log_id, after, TEXTS_PAGE):
        for commitment, document in page:
            yield b64url(commitment), document
        after = page[-1][0]
