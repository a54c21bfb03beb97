r"""Excerpts: entries of one log with answers of its index, all under one index note and the checkpoint of its size.

The common proof part of presentations and verdicts; canonical JSON of::

    {"checkpoint":"ledger.example.org/nostra\n7\n…",     the log's checkpoint note, verbatim
     "entries":[{"entry":"{\"document\":…}",              verbatim
                 "leaf":3,
                 "proof":BASE64},…],                      the inclusion proof's hashes, leaf to root, 32 bytes each
     "index":{"answers":[ANSWER,…],                       `protocol.log.index_answer`
              "note":"ledger.example.org/nostra/index\n7\n…",
              "trie_root":HASH}}                          32 bytes as base64url

The log's root hash is the checkpoint's. Entries ascend by leaf, answers by key, each once; every leaf that an answer
lists is among the entries, so that a list is seen to be complete. ``index`` is absent where the log shows no index yet:
then the entries are shown to be there, and nothing is shown to be absent. BASE64 is standard and padded.

Unknown members, another order and blanks are refused. Verified by `protocol.documents.proved_excerpt`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self

import msgspec

from protocol.documents.form import check_hashes, read_document
from protocol.encoding import canonical
from protocol.encoding.note import Note
from protocol.encoding.wire import HASH_BYTES, MAX_SIZE, b64, b64url, parse_b64, parse_b64url32
from protocol.errors import MalformedError
from protocol.log.checkpoint import Checkpoint
from protocol.log.index_answer import IndexAnswer, WrittenAnswer
from protocol.log.index_note import index_origin, parse_index
from protocol.log.merkle import MAX_PROOF_HASHES

_WHERE: Final = "excerpt"


class WrittenEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON form of an entry with its proof."""

    entry: str
    leaf: int
    proof: str


class WrittenIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON form of what the index answers."""

    answers: list[WrittenAnswer]
    note: str
    trie_root: str


class WrittenExcerpt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON form, for documents that hold excerpts."""

    checkpoint: str
    entries: list[WrittenEntry]
    index: WrittenIndex | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptEntry:
    """An entry, and the hashes that lead from it to the log's root."""

    leaf: int
    entry: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptIndex:
    """What the log's index answers under its note."""

    note: bytes
    trie_root: bytes
    answers: tuple[IndexAnswer, ...]
    """Ascending by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Entries of one log and answers of its index, of one moment."""

    checkpoint: bytes
    entries: tuple[ExcerptEntry, ...] = ()
    """Ascending by leaf."""
    index: ExcerptIndex | None = None

    def __post_init__(self) -> None:
        """Raise MalformedError unless the parts fit each other."""
        stated = self.unverified()
        _check_ascending([entry.leaf for entry in self.entries], "entries", "leaf")
        if self.entries and not 0 <= self.entries[0].leaf <= self.entries[-1].leaf < min(stated.size, MAX_SIZE):
            raise MalformedError(f"a leaf lies outside the tree of size {stated.size}", f"{_WHERE}.entries")
        if self.index is not None:
            self._check_index(self.index, stated)

    def _check_index(self, index: ExcerptIndex, stated: Checkpoint) -> None:
        where = f"{_WHERE}.index"
        check_hashes(trie_root=index.trie_root)
        _, note = parse_index(Note.parse(index.note).text)
        if (note.origin, note.size) != (index_origin(stated.origin), stated.size):
            raise MalformedError("is not of the log and the size of the checkpoint", f"{where}.note")
        _check_ascending([answer.key for answer in index.answers], "index.answers", "key")
        missing = {leaf for answer in index.answers for leaf in answer.leaves} - {entry.leaf for entry in self.entries}
        if missing:
            raise MalformedError(f"lists leaf {min(missing)}, which is not among the entries", f"{where}.answers")

    def unverified(self) -> Checkpoint:
        """Return what the checkpoint states of the log, which no key has vouched for yet."""
        return Checkpoint.parse(Note.parse(self.checkpoint).text)

    def listed(self, key: bytes) -> tuple[ExcerptEntry, ...] | None:
        """Return the entries that the index is said to list under a key, unverified; None where it doesn't say."""
        answers = () if self.index is None else self.index.answers
        leaves = next((set(answer.leaves) for answer in answers if answer.key == key), None)
        return None if leaves is None else tuple(entry for entry in self.entries if entry.leaf in leaves)

    @classmethod
    def read(cls, written: WrittenExcerpt) -> Self:
        """Return the excerpt that the JSON form holds, without verifying it.

        Raises:
            MalformedError: It is not an excerpt.
        """
        return cls(
            checkpoint=written.checkpoint.encode(),
            entries=tuple(_read_entry(entry) for entry in written.entries),
            index=None if isinstance(written.index, msgspec.UnsetType) else _read_index(written.index),
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read an excerpt's canonical JSON, without verifying it.

        Raises:
            MalformedError: The bytes are not an excerpt.
        """
        return cls.read(read_document(data, WrittenExcerpt))

    def plain(self) -> dict[str, Any]:
        """Return the excerpt as a JSON value."""
        value: dict[str, Any] = {"checkpoint": self.checkpoint.decode(), "entries": [*map(_plain_entry, self.entries)]}
        if self.index is not None:
            value["index"] = {
                "answers": [answer.plain() for answer in self.index.answers],
                "note": self.index.note.decode(),
                "trie_root": b64url(self.index.trie_root),
            }
        return value

    def render(self) -> bytes:
        """Return the excerpt's canonical JSON."""
        return canonical.encode(self.plain())


def _check_ascending(values: Sequence[Any], where: str, what: str) -> None:
    if any(later <= value for value, later in pairwise(values)):
        raise MalformedError(f"ascend by {what}, each once", f"{_WHERE}.{where}")


def _read_entry(written: WrittenEntry) -> ExcerptEntry:
    where = f"{_WHERE}.entries.proof"
    data = parse_b64(written.proof, where)
    if len(data) % HASH_BYTES or len(data) > MAX_PROOF_HASHES * HASH_BYTES:
        raise MalformedError(f"hashes have {HASH_BYTES} bytes, at most {MAX_PROOF_HASHES} of them", where)
    hashes = tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))
    return ExcerptEntry(leaf=written.leaf, entry=written.entry.encode(), hashes=hashes)


def _read_index(written: WrittenIndex) -> ExcerptIndex:
    return ExcerptIndex(
        note=written.note.encode(),
        trie_root=parse_b64url32(written.trie_root, f"{_WHERE}.index.trie_root"),
        answers=tuple(IndexAnswer.read(answer) for answer in written.answers),
    )


def _plain_entry(entry: ExcerptEntry) -> dict[str, Any]:
    return {"entry": entry.entry.decode(), "leaf": entry.leaf, "proof": b64(b"".join(entry.hashes))}
