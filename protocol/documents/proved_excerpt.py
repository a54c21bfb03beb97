"""What an excerpt proves to a relying party, and who besides the log vouches for it.

1. A trusted key of the log signed the checkpoint.
2. Every entry stands under the checkpoint's root hash at its leaf index.
3. A key of the same log signed the index note, which binds the checkpoint's size and root hash to the trie root.
4. Every answer leads to the trie root.
5. Every entry that an answer lists is one that we understand, keeps the rules of its kind, and derives that very key.

Any failure refuses the excerpt. What is then true is true by the log's word, and by its partners' as far as the quorum
of the relying party's policy has cosigned (`Backing`)::

    proved     the quorum vouches, and not longer ago than the limit
    stale      the quorum vouched, but longer ago than that, or at a time that lies ahead
    claimed    by the log alone: the quorum has not cosigned, or nobody is asked to

An entry is there if the log's checkpoint is backed; that *no other* entry is under a key only if the index note is.
Where the excerpt shows the log's own end (key `succession`), what stands behind that counts for nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from protocol.documents.excerpt import Excerpt, ExcerptEntry, ExcerptIndex
from protocol.encoding.note import Note
from protocol.encoding.wire import b64url
from protocol.errors import BadProofError, NoQuorumError
from protocol.gossip.policy import Policy
from protocol.gossip.policy_text import Witness
from protocol.log.checkpoint import Checkpoint
from protocol.log.index_note import open_index_head
from protocol.log.merkle import leaf_hash, verify_inclusion
from protocol.recognition.entry import Entry, NotUnderstood, parse_entry
from protocol.recognition.sealed_entry import Sealed
from protocol.recognition.succession import Succession
from protocol.recognition.terms import Term, keys_of_entry, term_key

Backed = Literal["proved", "stale", "claimed"]

MAX_AHEAD: Final = 300
"""Seconds by which a quorum's clocks may be ahead of the reader's."""

END_KEY: Final = term_key((Succession.kind,))
"""The index key under which a log's own end stands."""

FRESHNESS: Final = 86_400
"""Seconds for which a quorum's word counts unless the relying party sets another limit."""


@dataclass(frozen=True, slots=True)
class Backing:
    """Which of the policy's witnesses cosigned a note, and since when they are the quorum."""

    cosigned: tuple[tuple[Witness, int], ...] = ()
    """Each with the POSIX seconds of its first cosignature; earliest first."""
    time: int | None = None
    """The quorum time; None where there is no quorum."""
    why: str = ""
    """Why there is none."""

    def at(self, moment: int, *, limit: int = FRESHNESS) -> Backed:
        """Return what the quorum's word is worth at a moment, both in POSIX seconds."""
        if self.time is None:
            return "claimed"
        return "proved" if -MAX_AHEAD <= moment - self.time <= limit else "stale"


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """An entry that stands in the log."""

    leaf: int
    data: bytes
    entry: Entry | NotUnderstood


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedExcerpt:
    """What was verified of an excerpt."""

    checkpoint: Checkpoint
    log: Backing
    """Who vouches for the checkpoint, and so for the entries."""
    index: Backing | None
    """Who vouches for the index note, and so for what is absent; None where there is no index."""
    entries: Mapping[int, LoggedEntry]
    """Those that count, by leaf index."""
    leaves: Mapping[bytes, tuple[int, ...]]
    """By index key: exactly the leaves under it that count."""

    @property
    def origin(self) -> str:
        """The log's."""
        return self.checkpoint.origin

    @property
    def size(self) -> int:
        """Tree size at which the log speaks."""
        return self.checkpoint.size

    @property
    def is_confirmed(self) -> bool:
        """Whether a quorum vouches for the entries: it cosigned the checkpoint, or an index recomputed from them."""
        return self.log.time is not None or (self.index is not None and self.index.time is not None)

    def under(self, term: Term) -> tuple[LoggedEntry, ...] | None:
        """Return all entries under a term, ascending; None where the excerpt doesn't say."""
        leaves = self.leaves.get(term_key(term))
        return None if leaves is None else tuple(self.entries[leaf] for leaf in leaves)

    def under_tag(self, tag: bytes) -> tuple[tuple[int, Sealed], ...] | None:
        """Return all sealed entries under a tag, each with its leaf index; None where the excerpt doesn't say."""
        found = self.under(("tag", b64url(tag)))
        return None if found is None else tuple((one.leaf, one.entry) for one in found if isinstance(one.entry, Sealed))

    def sealed_at(self, leaf: int) -> Sealed | None:
        """Return the sealed entry at a leaf index; None where none is shown there."""
        logged = self.entries.get(leaf)
        return logged.entry if logged is not None and isinstance(logged.entry, Sealed) else None


def verify_excerpt(excerpt: Excerpt, policy: Policy) -> ProvedExcerpt:
    """Verify an excerpt by the numbered list above.

    Raises:
        MalformedError: A note can't be read.
        NoTrustedKeyError: The policy knows no key of the log, or none that counts signed.
        BadSignatureError: A known key's line does not verify.
        BadProofError: A proof does not lead where it should, or a listed entry is not what its key says.
    """
    checkpoint, note = policy.open(excerpt.checkpoint)
    entries = {entry.leaf: _included(entry, checkpoint) for entry in excerpt.entries}
    index = None if excerpt.index is None else _verify_index(excerpt.index, checkpoint, policy)
    leaves = {} if excerpt.index is None else {answer.key: answer.leaves for answer in excerpt.index.answers}
    keys: dict[int, list[bytes]] = {}
    for key, listed in leaves.items():
        for leaf in listed:
            keys.setdefault(leaf, []).append(key)
    for leaf, listing in keys.items():
        _check_keys(entries[leaf], listing, checkpoint.origin)
    end = _end([entries[leaf] for leaf in leaves.get(END_KEY, ())], checkpoint.size)
    return ProvedExcerpt(
        checkpoint=checkpoint,
        log=_backing(policy, checkpoint, note),
        index=index,
        entries={leaf: entry for leaf, entry in entries.items() if leaf < end},
        leaves={key: tuple(leaf for leaf in listed if leaf < end) for key, listed in leaves.items()},
    )


def _end(found: Sequence[LoggedEntry], size: int) -> int:
    """Return the size up to which a log counts: to the first entry that closes it, or all of it."""
    ends = [one.leaf + 1 for one in found if isinstance(one.entry, Succession) and one.entry.closes_at(one.leaf)]
    return min(ends, default=size)


def _included(entry: ExcerptEntry, checkpoint: Checkpoint) -> LoggedEntry:
    verify_inclusion(entry.leaf, checkpoint.size, leaf_hash(entry.entry), entry.hashes, checkpoint.root)
    return LoggedEntry(entry.leaf, entry.entry, parse_entry(entry.entry))


def _verify_index(index: ExcerptIndex, checkpoint: Checkpoint, policy: Policy) -> Backing:
    head, note = open_index_head(
        index.note, [log.key for log in policy.logs], log_root=checkpoint.root, trie_root=index.trie_root
    )
    # An excerpt holds no note of another log or size than the checkpoint's: it couldn't have been made.
    for answer in index.answers:
        answer.verify(head)
    return _backing(policy.for_index(), head.stated(), note)


def _check_keys(logged: LoggedEntry, keys: Sequence[bytes], origin: str) -> None:
    """Raise BadProofError unless the entry stands rightly under these keys of the index."""
    if isinstance(logged.entry, NotUnderstood):
        raise BadProofError(f"the index lists leaf {logged.leaf}, which is not understood: {logged.entry.reason}")
    if not keys_of_entry(logged.entry, origin=origin).issuperset(keys):
        raise BadProofError(f"the index lists leaf {logged.leaf} under a key that is not that entry's")


def _backing(policy: Policy, checkpoint: Checkpoint, note: Note) -> Backing:
    try:
        witnessed = policy.check_witnessed(checkpoint, note)
    except NoQuorumError as error:
        return Backing(why=str(error))
    why = "" if witnessed.time is not None else "no cosignature is asked for by what you trust"
    return Backing(witnessed.cosigned, witnessed.time, why)
