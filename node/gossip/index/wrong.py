"""A log that signs an index which its entries don't give: an alarm at once, and evidence where it serves the proof.

What we computed convinces nobody else. But a log that shows an index answers lookups in it, each with a proof under its
own note: where such an answer lists an entry wrongly, note, answer and entry together convince anybody
(`protocol.documents.wrong_index`). So both indexes are looked up, until they are seen to differ under a key.

A log that serves no such proofs, or others at each lookup, is not convicted; it gets no cosignature either.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from node.client.index import IndexClient
from node.errors import BadAnswerError, NodeError, NotFoundError
from node.gossip.alarm.alarms import Alarms
from node.gossip.evidence.convictions import Convictions
from node.gossip.index.followed import FollowedIndex, WrongIndexError
from node.gossip.index.walk import Difference, find_difference
from node.log.index.look_up import OverlayLookup
from node.log.index.reading import NotThisPageError, Reading
from node.log.index.tree import Overlay
from node.log.prove import LogReader
from node.storage.database import Database
from node.telemetry import event, warn
from protocol.documents.tlog_proof import TlogProof
from protocol.documents.wrong_index import Listing, OtherTree, show_wrong_index
from protocol.errors import ProtocolError
from protocol.gossip.index_lookup import IndexLookup
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead
from protocol.log.proofs import Span, inclusion_spans
from protocol.log.tile import parse_bundle

KIND: Final = "wrong-index"
WALK_SECONDS: Final = 120.0
"""How long one walk may take: some hundred lookups at the most."""

CheckpointAt = Callable[[FollowedIndex, int], Awaitable[bytes | None]]
"""Gives a checkpoint note of this size that the log has signed; None if none is here."""


class WrongIndexes:
    """What is known of partners' wrong indexes."""

    def __init__(
        self,
        alarms: Alarms,
        convictions: Convictions,
        *,
        database: Database,
        reading: Reading,
        checkpoint_at: CheckpointAt,
    ) -> None:
        """Raise these alarms, and bring evidence to these convictions."""
        self._alarms = alarms
        self._convictions = convictions
        self._database = database
        self._reading = reading
        self._checkpoint_at = checkpoint_at
        self._sizes: dict[str, int] = {}
        """By origin, the size of the wrong index that its alarm is about."""

    def tell(self, index: FollowedIndex, error: WrongIndexError) -> None:
        """Take that a log has signed a wrong index."""
        evidence = self._convictions.wrong_index_of(index.origin)
        self._sizes[index.origin] = max(error.overlay.head.size, self._sizes.get(index.origin, 0))
        about = f"; the evidence is {evidence}" if evidence else ""
        self._alarms.tell(KIND, index.origin, f"{error}{about}")

    def is_shown(self, index: FollowedIndex) -> bool:
        """Whether there is evidence of a wrong index of this log."""
        return bool(self._convictions.wrong_index_of(index.origin))

    def right(self, index: FollowedIndex, size: int) -> None:
        """Take that an index of a log is right; the alarm of one that is no larger is over, its evidence stays."""
        if size >= self._sizes.get(index.origin, 0):
            self._alarms.clear(KIND, index.origin)

    async def convict(self, index: FollowedIndex, error: WrongIndexError, client: IndexClient) -> None:
        """Make evidence of what the log serves, if it can be made; whoever calls holds the index's turn."""
        try:
            async with asyncio.timeout(WALK_SECONDS):
                document = await self._shown(index, error.overlay, client)
            await self._convictions.take(document)
        except (NodeError, ProtocolError, NotThisPageError, TimeoutError) as failure:
            warn("wrong_index_not_shown", log=index.origin, failure=str(failure) or type(failure).__name__)
            return
        event("wrong_index_shown", log=index.origin, tree_size=error.overlay.head.size)
        self.tell(index, error)

    async def _shown(self, index: FollowedIndex, ours: Overlay, client: IndexClient) -> bytes:
        """Return the evidence.

        Raises:
            NodeError, ProtocolError: It can't be made.
        """
        theirs = _Theirs(index, client)
        first = await theirs.served(bytes(32))
        head = theirs.head
        if head is None or head.size != ours.head.size:
            raise BadAnswerError("it serves proofs of another size")
        checkpoint = await self._checkpoint_at(index, head.size)
        if checkpoint is None:
            raise NotFoundError(f"no checkpoint of {index.origin} at size {head.size} is here")
        if head.log_root != ours.head.log_root:
            shown: OtherTree | Listing = OtherTree(checkpoint, head.log_root)
        else:
            lookup = OverlayLookup(ours, self._reading, self._database)
            found = await find_difference(lookup.look_up, theirs.look_up)
            if found is None:
                raise BadAnswerError("what it serves is no other index than ours")
            shown = await _listing(index.reader(), found, checkpoint, head.size)
        return show_wrong_index(first.note, index.keys, trie_root=head.trie_root, shown=shown).render()


class _Theirs:
    """Lookups in the index that a log serves, all under one head."""

    def __init__(self, index: FollowedIndex, client: IndexClient) -> None:
        self._index = index
        self._client = client
        self.head: IndexHead | None = None

    async def served(self, key: bytes) -> IndexLookup:
        """Return a verified lookup.

        Raises:
            BadAnswerError: It is of another index than those before.
        """
        lookup = await self._client.look_up(key)
        head = lookup.verify(key, self._index.keys)
        if self.head not in (None, head):
            raise BadAnswerError("it serves another index meanwhile")
        self.head = head
        return lookup

    async def look_up(self, key: bytes) -> IndexAnswer:
        """Return what it lists under a key."""
        return (await self.served(key)).answer


async def _listing(reader: LogReader, found: Difference, checkpoint: bytes, size: int) -> Listing:
    """Return the answer with an entry that it lists, or leaves out, wrongly."""
    leaf = min(set(found.ours.leaves) ^ set(found.theirs.leaves))
    (bundle,) = await reader.bundle_parts([Span(leaf, leaf + 1)])
    hashes = await reader.hashes(inclusion_spans(leaf, size))
    return Listing(found.theirs, parse_bundle(bundle)[0], TlogProof(leaf, tuple(hashes), checkpoint))
