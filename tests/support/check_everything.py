"""What must hold of a log after whatever happened to it: the one list of invariants, asked for everywhere.

1.  Bundles and tails join to as many entries as the head says.
2.  The head's root hash is the one that RFC 6962's own recursion gives for these entries.
3.  Full tiles are there, all of them and no others, and hold the hashes of that tree.
4.  The head's note is signed by the log's key and says the head's size and root hash.
5.  What is released is not beyond what is durable, and is a checkpoint of this very tree.
6.  Each sealed entry's tag leads to its leaf; no tag stands twice; each clear entry is found with its own bytes.
7.  A request key names leaves that exist, and no two of them the same leaves.
8.  Each acknowledged entry stands at its leaf, under its request key; none stands at two.
9.  Each checkpoint that ever left the log is one of this tree: the later extends every earlier.
"""

import itertools
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from hashlib import sha256

import asyncpg

from protocol.encoding.keys import VerifierKey
from protocol.log.checkpoint import Checkpoint, open_checkpoint
from protocol.log.merkle import leaf_hash, verify_consistency
from protocol.recognition.entry import Sealed, parse_entry
from tests.support.reference import mth, proof
from tests.support.stored_log import StoredLog, read_stored_log

PROVED_BY_REFERENCE = 300
"""Up to this size consistency proofs are made by the slow recursion too."""


@dataclass
class Promises:
    """What a log has said to anybody: which entry stands where, and every checkpoint."""

    verifier: VerifierKey
    former: list[VerifierKey] = field(default_factory=list)
    """Keys by which it has signed before."""
    entries: dict[int, bytes] = field(default_factory=dict)
    submissions: dict[str, tuple[int, int]] = field(default_factory=dict)
    checkpoints: dict[int, bytes] = field(default_factory=dict)
    """Root hash by size; a second root hash for a size would be a split view."""

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.verifier.name

    @property
    def keys(self) -> list[VerifierKey]:
        """All its keys."""
        return [self.verifier, *self.former]

    def acknowledge(self, first: int, entries: list[bytes], request_key: str | None = None) -> None:
        """Keep an answer to a submitter."""
        for leaf, entry in enumerate(entries, first):
            assert self.entries.setdefault(leaf, entry) == entry, f"leaf {leaf} was given twice"
        if request_key is not None:
            place = (first, len(entries))
            assert self.submissions.setdefault(request_key, place) == place, f"'{request_key}' was answered differently"

    def observe(self, note: bytes) -> Checkpoint:
        """Verify and keep a checkpoint that the log has shown."""
        checkpoint, _ = open_checkpoint(note, self.keys)
        assert checkpoint.origin == self.origin
        known = self.checkpoints.setdefault(checkpoint.size, checkpoint.root)
        assert known == checkpoint.root, f"a split view at size {checkpoint.size}"
        return checkpoint


async def check_everything(connection: asyncpg.Connection, promises: Promises) -> StoredLog:
    """Re-read a log from its database, check every invariant, and return what was read."""
    log = await read_stored_log(connection, promises.origin)
    size = log.head["size"]
    assert len(log.entries) == size, f"the head says {size}, {len(log.entries)} entries are stored"
    assert log.bundles == size // 256, "the tail holds what should be a full bundle"
    assert mth(log.entries) == log.head["root"], f"the root hash of size {size} is not that of the entries"
    _check_tiles(log)
    _check_notes(log, promises)
    _check_found(log)
    _check_submissions(log)
    _check_promises(log, promises)
    return log


def _check_tiles(log: StoredLog) -> None:
    hashes, level, expected = [leaf_hash(entry) for entry in log.entries], 0, {}
    while len(hashes) >= 256:
        full = [hashes[at : at + 256] for at in range(0, len(hashes) - 255, 256)]
        expected |= {(level, index): b"".join(tile) for index, tile in enumerate(full)}
        hashes, level = [_root(tile) for tile in full], level + 1
    assert log.tiles == expected, "the stored tiles are not those of the tree"


def _root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [node(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _check_notes(log: StoredLog, promises: Promises) -> None:
    head = log.head
    if head["note"] is not None:
        durable, _ = open_checkpoint(head["note"], promises.keys)
        assert (durable.origin, durable.size, durable.root) == (promises.origin, head["size"], head["root"])
    if head["released_note"] is not None:
        assert head["released_size"] <= head["size"], "released before it was durable"
        assert promises.observe(head["released_note"]).size == head["released_size"]


def _check_found(log: StoredLog) -> None:
    tags, clear = {}, {}
    for leaf, data in enumerate(log.entries):
        entry = parse_entry(data, strict=True)
        if isinstance(entry, Sealed):
            tags[leaf] = entry.tag
        else:
            clear[leaf] = (entry.kind, getattr(entry, "id", None), getattr(entry, "version", None), data)
    assert len(set(tags.values())) == len(tags), "a tag stands twice"
    assert sorted(log.tags) == sorted((_bytes(tag), leaf) for leaf, tag in tags.items()), "tags lead elsewhere"
    assert log.clear == clear, "clear entries are found otherwise than they stand"


def _bytes(tag: str) -> bytes:
    return urlsafe_b64decode(tag + "=")


def _check_submissions(log: StoredLog) -> None:
    ranges = sorted((first, count) for _, first, count in log.submissions.values())
    for (first, count), (following, _) in itertools.pairwise([*ranges, (log.head["size"], 0)]):
        assert first + count <= following, f"two request keys name leaf {following}, or one a leaf that isn't there"


def _check_promises(log: StoredLog, promises: Promises) -> None:
    for leaf, entry in promises.entries.items():
        assert log.entries[leaf : leaf + 1] == [entry], f"the acknowledged entry of leaf {leaf} is not there"
    assert len(set(promises.entries.values())) == len(promises.entries), "an acknowledged entry stands twice"
    for key, place in promises.submissions.items():
        assert log.submissions.get(key, (b"", None, None))[1:] == place, f"request key '{key}' is not with its leaves"
    roots = roots_at(log.entries, set(promises.checkpoints))
    for size, root in promises.checkpoints.items():
        assert roots.get(size) == root, f"the checkpoint shown at size {size} is not one of this log"
        if 0 < size <= log.head["size"] <= PROVED_BY_REFERENCE:
            verify_consistency(size, log.head["size"], proof(size, log.entries), root, log.head["root"])


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees together."""
    return sha256(b"\x01" + left + right).digest()


def roots_at(entries: list[bytes], sizes: set[int]) -> dict[int, bytes]:
    """Return the root hash at each of these sizes, by the definition: fold the roots of full subtrees."""
    roots, stack = ({0: sha256(b"").digest()} if 0 in sizes else {}), []
    for size, entry in enumerate(entries, 1):
        stack.append(leaf_hash(entry))
        for _ in range((size & -size).bit_length() - 1):
            right = stack.pop()
            stack.append(node(stack.pop(), right))
        if size in sizes:
            root = stack[-1]
            for left in reversed(stack[:-1]):
                root = node(left, root)
            roots[size] = root
    return roots
