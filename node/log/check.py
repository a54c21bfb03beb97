"""The integrity run: recompute a whole log from its stored entries, and compare with everything else that is stored.

The entries are the truth; all the rest follows from them: tiles, root hash, head, what the look-ups find, the index.
The run sees the database as of one moment and writes nothing, so it can go beside a node that serves. It tells every
difference, up to a number a step, and what to do about each is the operator's.
"""

import struct
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from node.errors import BadAnswerError
from node.log.admit import Admitted
from node.log.check_pages import Pages, expected_clear, expected_tags, expected_terms, pairs_of
from node.log.classify import classify_bundle
from node.log.follow import open_target
from node.log.index.check import IndexCheck
from node.storage.database import Connection
from node.storage.former_keys import keys_of
from node.storage.heads import Head
from node.storage.index_pages import IndexRow, read_index
from node.storage.scan import (
    PAGE_ENTRIES,
    LeafPage,
    bundles_in,
    clear_in,
    count_rows,
    strange_submissions,
    tag_pages,
    tails_of,
    term_pages,
    texts_behind,
)
from node.storage.tiles import read_tiles
from protocol.encoding.keys import VerifierKey
from protocol.encoding.wire import b64url
from protocol.errors import ProtocolError
from protocol.log.edge import Edge
from protocol.log.tile import TILE_WIDTH
from protocol.recognition.texts import parse_texts, verify_texts

MOST_FAULTS: Final = 20
"""Differences told for each step; after that only their number counts."""

PAGE_BUNDLES: Final = PAGE_ENTRIES // TILE_WIDTH
TEXTS_PAGE: Final = 500

BUILT_ON_ENTRIES: Final = ("tiles", "head", "released", "tags", "clear", "terms", "index")
"""Steps that compare with the entries."""


@dataclass(slots=True)
class Checked:
    """What a run found: differences by step; a step without any is in order."""

    origin: str
    size: int
    entries: int = 0
    tiles: int = 0
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    not_reached: tuple[str, ...] = ()
    """Steps that were not finished, since not all entries could be read."""

    def add(self, step: str, fault: str) -> None:
        """Note a difference."""
        if len(self.faults[step]) < MOST_FAULTS:
            self.faults[step].append(fault)


class Check:
    """One run over one log."""

    def __init__(self, connection: Connection, head: Head, progress: Callable[[int], None]) -> None:
        """Prepare to read with a connection that sees one moment."""
        self._connection = connection
        self._head = head
        self._progress = progress
        self._edge = Edge()
        self._roots: dict[int, bytes] = {}
        self._clear = 0
        self._tiles = 0
        self._keys: tuple[VerifierKey, ...] = ()
        self._index: IndexCheck
        self.found = Checked(head.origin, head.size)

    async def run(self) -> Checked:
        """Read everything and return what was found; a difference is a finding, never an exception."""
        head = self._head
        self._keys = await keys_of(self._connection, head)
        row = await read_index(self._connection, head.log_id)
        self._index = IndexCheck(self._connection, row or IndexRow(head.log_id))
        self._note_root([])
        async with (
            aclosing(tag_pages(self._connection, head.log_id, own=head.own)) as tags,
            aclosing(term_pages(self._connection, head.log_id)) as terms,
        ):
            whole = await self._run_pages(Pages(tags), Pages(terms))
        if whole:
            self._check_head()
            root = self._roots.get(self._index.size, b"")
            for fault in await self._index.faults(head.size, root):
                self.found.add("index", fault)
            await self._check_counts()
        else:
            self.found.not_reached = BUILT_ON_ENTRIES
        await self._check_submissions()
        await self._check_texts()
        return self.found

    async def _run_pages(self, tags: Pages, terms: Pages) -> bool:
        """Recompute page after page; return whether all entries could be read."""
        for page in range(-(-self._head.size // PAGE_ENTRIES)):
            batch = await self._read_page(page)
            if batch is None:
                return False
            first = self._edge.size
            for admitted in batch:
                await self._extend(admitted)
            self._compare("tags", await tags.of(page), expected_tags(batch, first))
            self._compare("terms", await terms.of(page), expected_terms(batch, first))
            await self._compare_clear(batch, first)
            self._index.add(batch, first)
            self.found.entries = self._edge.size
            self._progress(self._edge.size)
        for step, pages in (("tags", tags), ("terms", terms)):
            if (left := await pages.left()) is not None:
                self.found.add(
                    step, f"there are rows of leaves that the log does not have, from {left.page * PAGE_ENTRIES}"
                )
        return True

    async def _read_page(self, page: int) -> list[Admitted] | None:
        """Return the entries of a page, bundle by bundle; None if some can't be read."""
        first, end = page * PAGE_BUNDLES, min((page + 1) * PAGE_BUNDLES, self._head.size // TILE_WIDTH)
        stored = await bundles_in(self._connection, self._head.log_id, first, end)
        if (rest := self._head.size % TILE_WIDTH) and self._head.size <= (page + 1) * PAGE_ENTRIES:
            stored[end] = await self._read_tail(end * TILE_WIDTH)
        batch = []
        for index in range(first, end + bool(rest and end in stored)):
            count = TILE_WIDTH if index < self._head.size // TILE_WIDTH else rest
            try:
                batch.append(classify_bundle(stored.get(index, b""), origin=self._head.origin, count=count))
            except BadAnswerError as error:
                self.found.add(
                    "entries", f"bundle {index}: {error}" if index in stored else f"bundle {index} is missing"
                )
                return None
        return batch

    async def _read_tail(self, first: int) -> bytes:
        """Return the unfinished bundle; its pieces have to join."""
        pieces = await tails_of(self._connection, self._head.log_id)
        if pieces and pieces[0][0] != first:
            self.found.add("entries", f"the unfinished bundle begins at leaf {pieces[0][0]}, not {first}")
        return b"".join(data for at, data in pieces if at >= first)

    async def _extend(self, admitted: Admitted) -> None:
        """Extend the tree by a bundle, and compare the tiles that it completes."""
        self._note_root(admitted.leaf_hashes)
        completed = self._edge.extend(admitted.leaf_hashes)
        if not completed:
            return
        self._tiles += len(completed)
        stored = await read_tiles(self._connection, self._head.log_id, [done.tile for done in completed])
        for done in completed:
            if stored.get(done.tile) != done.data:
                what = "is missing" if done.tile not in stored else "does not hold the hashes of the entries"
                self.found.add("tiles", f"{done.tile.path()} {what}")
        self.found.tiles = self._tiles

    def _note_root(self, hashes: Sequence[bytes]) -> None:
        """Keep the root hashes at the released size and at the index's, if they lie among these leaves."""
        size = self._edge.size
        for wanted in (self._head.released_size, self._index.size):
            if wanted is not None and size <= wanted <= size + len(hashes):
                then = self._edge.copy()
                then.extend(list(hashes[: wanted - size]))
                self._roots[wanted] = then.root()

    def _compare(self, step: str, stored: LeafPage, expected: list[tuple[int, bytes]]) -> None:
        """Compare what a table finds with what it has to find."""
        if not stored.in_place:
            self.found.add(step, f"rows from leaf {stored.page * PAGE_ENTRIES} on bear another log's mark")
        leaves = struct.pack(f">{len(expected)}q", *(leaf for leaf, _ in expected))
        if stored.leaves == leaves and stored.values == b"".join([value for _, value in expected]):
            return
        found = set(pairs_of(stored))
        for leaf in sorted({leaf for leaf, _ in set(expected) ^ found})[:MOST_FAULTS]:
            self.found.add(step, f"leaf {leaf} is not found as its entry says")
        if len(found) != len(stored.leaves) // 8:
            self.found.add(step, f"a row from leaf {stored.page * PAGE_ENTRIES} on stands twice")

    async def _compare_clear(self, batch: list[Admitted], first: int) -> None:
        expected = list(expected_clear(batch, first, own=self._head.own))
        self._clear += len(expected)
        stored = await clear_in(self._connection, self._head.log_id, first, self._edge.size)
        if stored != expected:
            for leaf in sorted({row.leaf for row in {*stored} ^ {*expected}}):
                self.found.add("clear", f"the clear entry of leaf {leaf} is not stored as it stands")

    def _check_head(self) -> None:
        """Compare the head with the entries, and its notes with the head."""
        head = self._head
        if self._edge.root() != head.root:
            self.found.add("head", f"its root hash at size {head.size} is not the one of the entries")
        self._check_note("head", head.note, size=head.size, root=head.root)
        if head.released_note is not None and head.released_size is not None:
            root = self._roots.get(head.released_size, b"")
            self._check_note("released", head.released_note, size=head.released_size, root=root)

    def _check_note(self, step: str, note: bytes | None, *, size: int, root: bytes) -> None:
        if note is None:
            return
        try:
            checkpoint = open_target(note, *self._keys).checkpoint
        except BadAnswerError as error:
            self.found.add(step, str(error))
            return
        # The head of a mirror that is growing has the note of the tree that it grows towards.
        if step == "head" and not self._head.own and checkpoint.size > size:
            return
        if (checkpoint.size, checkpoint.root) != (size, root):
            self.found.add(
                step, f"its note is of size {checkpoint.size} and another tree than the stored one at {size}"
            )

    async def _check_counts(self) -> None:
        """Find rows that belong to no part of the tree."""
        counts = await count_rows(self._connection, self._head.log_id)
        for step, found, expected in (
            ("entries", counts.bundles, self._head.size // TILE_WIDTH),
            ("tiles", counts.tiles, self._tiles),
            ("clear", counts.clear, self._clear),
        ):
            if found > expected:
                self.found.add(step, f"{found - expected} rows are of no part of the log")

    async def _check_submissions(self) -> None:
        size = self._head.size
        for leaf in await strange_submissions(self._connection, self._head.log_id, size, MOST_FAULTS):
            self.found.add("submissions", f"a request key names leaves from {leaf} that are not there, or another's")

    async def _check_texts(self) -> None:
        after = b""
        while page := await texts_behind(self._connection, self._head.log_id, after, TEXTS_PAGE):
            for commitment, document in page:
                if document is not None and not _is_committed(document, b64url(commitment)):
                    self.found.add("texts", f"the texts of {b64url(commitment)} are not those committed to")
            after = page[-1][0]


def _is_committed(document: bytes, commitment: str) -> bool:
    try:
        verify_texts(parse_texts(document), commitment)
    except ProtocolError:
        return False
    return True
