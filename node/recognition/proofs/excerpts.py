"""Making excerpts: entries of a log that this node reads, with what its index answers, all of one moment.

The index is shown at a size whose checkpoint the log has shown too: that checkpoint, the entries' inclusion and the
answers are given under the one size. Each excerpt shows besides whether the log has said its own end, behind which
nothing counts. Tags are looked up here and nowhere else; no tag stands in a log line.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from node.errors import NotFoundError, PushBackError
from node.log.index.tree import IndexProofs, IndexTree
from node.log.prove import LogReader
from node.recognition.known_logs import KnownLog
from node.recognition.logs.chains import STEP
from node.storage.database import Database
from node.storage.quorum_times import recorded_at
from protocol.documents.excerpt import Excerpt, ExcerptEntry, ExcerptIndex
from protocol.documents.proved_excerpt import END_KEY
from protocol.encoding.wire import b64url
from protocol.gossip.policy import Policy
from protocol.gossip.short_note import short_note
from protocol.log.index_answer import IndexAnswer
from protocol.recognition.follow import MAX_LINKS
from protocol.recognition.sealed import chain_tag
from protocol.recognition.terms import term_key

Indexes = Callable[[str], IndexTree | None]
"""Gives the index of a log by its origin; None where this node keeps none of it."""

_NOT_READY: Final = "not-ready"


@dataclass(frozen=True, slots=True)
class Excerpts:
    """Makes excerpts of the logs that this node reads."""

    database: Database
    indexes: Indexes
    policy: Policy
    """Says how many cosignatures are enough to carry."""

    async def under(self, log: KnownLog, keys: Iterable[bytes]) -> Excerpt:
        """Return all that stands under these keys of the log's index.

        Raises:
            PushBackError: The index is catching up, or its checkpoint isn't at hand yet.
        """
        return await self._excerpt(log, await self._index(log).prove({*keys, END_KEY}))

    async def following(
        self, log: KnownLog, *, award_tag: bytes | None = None, chains: Sequence[bytes] = ()
    ) -> Excerpt:
        """Return what the log shows of an award's tag and of chains: each link, and the first that is absent.

        Where a later one is found behind a gap, all up to the one behind it are shown.

        Args:
            log: The log that the chains belong to.
            award_tag: The award's tag, whose entries are shown besides.
            chains: Keys of chains: k_status, k_i.

        Raises:
            PushBackError: As `under`.
        """
        award = [] if award_tag is None else [tag_key(award_tag)]
        index = self._index(log)
        asked = dict.fromkeys(chains, STEP)
        while True:
            links = {key: [tag_key(chain_tag(key, log.origin, at)) for at in range(1, asked[key] + 1)] for key in asked}
            proofs = await index.prove([END_KEY, *award, *(key for keys in links.values() for key in keys)])
            longer = {key for key, keys in links.items() if proofs.answers[keys[-1]].leaves and asked[key] < MAX_LINKS}
            if not longer:
                break
            asked |= {key: min(asked[key] + STEP, MAX_LINKS) for key in longer}
        shown = {END_KEY, *award, *(key for keys in links.values() for key in _to_the_end(keys, proofs.answers))}
        return await self._excerpt(log, _only(proofs, shown))

    def _index(self, log: KnownLog) -> IndexTree:
        index = self.indexes(log.origin)
        if index is None or not log.readable:
            raise NotFoundError(f"this node keeps no index of {log.origin}")
        return index

    async def _excerpt(self, log: KnownLog, proofs: IndexProofs) -> Excerpt:
        size = proofs.head.size
        reader = _reader(log)
        if reader.published.size < size:
            # Another process of this node has moved the index on, and this one hears of the checkpoint in a moment.
            raise PushBackError(f"the index of {log.origin} is ahead of what is read of it here", code=_NOT_READY)
        note = await self._checkpoint(log, reader, size)
        leaves = sorted({leaf for answer in proofs.answers.values() for leaf in answer.leaves})
        return Excerpt(
            checkpoint=short_note(note, self.policy),
            entries=tuple([await _entry(reader, leaf, size) for leaf in leaves]),
            index=ExcerptIndex(
                note=short_note(proofs.note, self.policy),
                trie_root=proofs.head.trie_root,
                answers=tuple(proofs.answers[key] for key in sorted(proofs.answers)),
            ),
        )

    async def _checkpoint(self, log: KnownLog, reader: LogReader, size: int) -> bytes:
        """Return the checkpoint that the log has shown at the index's size."""
        if reader.published.size == size:
            return reader.published.note
        async with self.database.pool.acquire() as connection:
            recorded = await recorded_at(connection, log.log_id, size)
        if recorded is None:
            raise PushBackError(f"the checkpoint of {log.origin} at size {size} is not at hand", code=_NOT_READY)
        return recorded.note


def tag_key(tag: bytes) -> bytes:
    """Return a tag's key in the index."""
    return term_key(("tag", b64url(tag)))


def _to_the_end(keys: Sequence[bytes], answers: Mapping[bytes, IndexAnswer]) -> Sequence[bytes]:
    """Return the keys of a chain up to the first absent one behind its last link."""
    last = max((at for at, key in enumerate(keys) if answers[key].leaves), default=-1)
    return keys[: last + 2]


def _only(proofs: IndexProofs, keys: Iterable[bytes]) -> IndexProofs:
    return IndexProofs(proofs.head, proofs.note, {key: proofs.answers[key] for key in keys})


def _reader(log: KnownLog) -> LogReader:
    assert log.reader is not None  # noqa: S101 - a readable log has one
    return log.reader


async def _entry(reader: LogReader, leaf: int, size: int) -> ExcerptEntry:
    hashes = await reader.inclusion(leaf, size)
    return ExcerptEntry(leaf=leaf, entry=await reader.entry(leaf), hashes=tuple(hashes))
