"""Follow a log that somebody else writes: nothing of it is kept before it leads to a root hash that its key signed.

A growth is accepted in steps of some thousand entries. After each step the root hash of *our* tree, extended by the
entries, has to equal the one that the signed tree has at that size. So one comparison shows that the entries are the
signed ones, and that the signed tree extends all that we keep. If it fails, the signed tree tells which is false: what
was served, or the log itself.

While a large growth is under way, the head's note is the signed note that it goes towards, and what is released stays
the older one: whatever stands in the database is part of a tree whose signed note is kept beside it.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol

from node.errors import BadAnswerError
from node.log.admit import Admitted
from node.log.classify import classify_bundle
from node.log.integrate import Integration, integrate
from node.log.signed_tree import SignedTree
from node.log.state import Position
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note
from protocol.errors import ProtocolError
from protocol.log.checkpoint import Checkpoint, open_checkpoint
from protocol.log.tile import ENTRIES, TILE_WIDTH, Tile, tile_width

STEP_ENTRIES: Final = 32 * TILE_WIDTH
"""One transaction; at some 3 µs an entry a step holds the event loop for a few milliseconds at a time."""

STEP_BYTES: Final = 8 << 20
"""A step is cut sooner where entries are large."""


class LogSource(Protocol):
    """Where a log is read from: a server, or an export file."""

    async def checkpoint(self) -> bytes:
        """Return the checkpoint note."""
        ...

    async def tile(self, tile: Tile, /) -> bytes:
        """Return a tile's hashes, as many as its width says."""
        ...

    def fetch_ahead(self, tiles: Iterable[Tile], /) -> AsyncGenerator[tuple[Tile, bytes], None]:
        """Yield tiles and bundles in the order asked for."""
        ...

    async def texts(self, commitment: str, /) -> bytes:
        """Return the texts document behind a commitment."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A checkpoint of a foreign log, its signature verified, and the note that says it."""

    checkpoint: Checkpoint
    note: bytes

    def signed(self) -> str:
        """Return the note with the log's own signature alone: enough to show what it signed."""
        note = Note.parse(self.note)
        lines = tuple(line for line in note.signatures if line.name == self.checkpoint.origin)
        return Note(note.text, lines).render().decode()


class BehindError(BadAnswerError):
    """The log shows a smaller tree than one that it has signed before; both notes are kept verbatim."""

    def __init__(self, kept: Target, shown: Target) -> None:
        """Keep both."""
        super().__init__(
            f"{shown.checkpoint.origin} shows size {shown.checkpoint.size}, "
            f"and has signed size {kept.checkpoint.size} before"
        )
        self.kept, self.shown = kept, shown


class InconsistentError(BadAnswerError):
    """The log has signed two trees of which neither extends the other; both notes are kept verbatim."""

    def __init__(self, kept: Target, shown: Target) -> None:
        """Keep both."""
        super().__init__(
            f"{shown.checkpoint.origin} has signed two histories: its tree of size {shown.checkpoint.size} "
            f"does not agree with the one of size {kept.checkpoint.size} that is kept here"
        )
        self.kept, self.shown = kept, shown


def open_target(note: bytes, key: VerifierKey, *former: VerifierKey) -> Target:
    """Return what a note says, once a key of the log is found to have signed it, which counts at its size.

    Raises:
        BadAnswerError: It is no checkpoint, is another log's, or no key signed it that counts.
    """
    try:
        checkpoint, _ = open_checkpoint(note, [key, *former])
    except ProtocolError as error:
        raise BadAnswerError(f"the checkpoint of {key.name} is not accepted: {error}") from None
    return Target(checkpoint, note)


async def verified_growth(
    before: Position, target: Target, source: LogSource, *, kept: Target | None = None
) -> AsyncGenerator[Integration, None]:
    """Yield the steps by which a log grows from where we are to a target; each is verified, none is committed.

    Args:
        before: Where our copy stands; it is not larger than the target.
        target: A verified checkpoint.
        source: Serves the target's tree.
        kept: The checkpoint that our copy rests on, for the evidence.

    Raises:
        InconsistentError: The target's tree does not extend our copy.
        BadAnswerError: What is served isn't what was signed.
    """
    tree = SignedTree(target.checkpoint, source.tile)
    size, origin = target.checkpoint.size, target.checkpoint.origin
    batch: list[Admitted] = []
    reached, volume = before.edge.size, 0
    async with aclosing(source.fetch_ahead(_bundles(reached, size))) as answers:
        async for bundle, data in answers:
            skip = max(0, reached - bundle.index * TILE_WIDTH)
            batch.append(classify_bundle(data, origin=origin, count=bundle.width, skip=skip))
            reached += bundle.width - skip
            volume += len(data)
            if reached == size or reached - before.edge.size >= STEP_ENTRIES or volume >= STEP_BYTES:
                step = integrate(before, batch, lambda *_: target.note)
                await _verify(step, before, tree, target=target, kept=kept)
                yield step
                before, batch, volume = step.after, [], 0


async def verify_extends(before: Position, target: Target, source: LogSource, *, kept: Target | None) -> None:
    """Check that a target's tree extends our copy, and the tree that our copy was growing towards.

    Raises:
        InconsistentError: It does not.
    """
    tree = SignedTree(target.checkpoint, source.tile)
    size = before.head.size
    signed = target.checkpoint.root if size == target.checkpoint.size else await tree.root_at(size)
    if signed != before.head.root:
        raise InconsistentError(kept, target) if kept else BadAnswerError("the copy here is of another tree")
    if (
        kept is not None
        and kept.checkpoint.size > size
        and await tree.root_at(kept.checkpoint.size) != kept.checkpoint.root
    ):
        raise InconsistentError(kept, target)


async def _verify(
    step: Integration, before: Position, tree: SignedTree, *, target: Target, kept: Target | None
) -> None:
    size, root = step.growth.size, step.growth.root
    signed = target.checkpoint.root if size == target.checkpoint.size else await tree.root_at(size)
    if root == signed:
        return
    if kept is not None and await tree.root_at(before.edge.size) != before.edge.root():
        raise InconsistentError(kept, target)
    raise BadAnswerError(
        f"{target.checkpoint.origin}: the entries {before.edge.size} to {size - 1} that are served "
        "are not those it signed"
    )


def _bundles(first: int, size: int) -> Iterator[Tile]:
    """Yield the bundles that hold the entries from `first` on, however many they are."""
    for index in range(first // TILE_WIDTH, -(-size // TILE_WIDTH)):
        yield Tile(ENTRIES, index, tile_width(ENTRIES, index, size))
