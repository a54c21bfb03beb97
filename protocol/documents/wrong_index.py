r"""Evidence of a wrong index: a file that shows a third party, offline, that a log signed an index that isn't its own.

``*.nostra-evidence.json``, media type ``application/json``: canonical JSON (RFC 8785) of one of::

    {"checkpoint":"ledger.example.org/nostra\n9\n…",      the log's checkpoint of the index note's size
     "index_note":"ledger.example.org/nostra/index\n9\n…",
     "kind":"wrong-index",
     "log_root":"jrJZDmY8Y7SyJE0M…=",                     the root hash that the index note binds: not the checkpoint's
     "origin":"ledger.example.org/nostra",
     "trie_root":"CsUYapGGPo4dkMgI…=","v":1}

    {"answer":{"key":…,"leaves":[…],"path":…},            what the index lists under a key (`protocol.log.index_answer`)
     "entry":"{\"document\":…}",                          an entry of the log, verbatim
     "index_note":"…","kind":"wrong-index",
     "log_proof":"c2sp.org/tlog-proof@v1\nindex 7\n…",    that it is, under the checkpoint of the index note's size
     "origin":"…","trie_root":"…","v":1}

Roots are padded base64. The notes hold lines of the log itself and no others, the proof no extra line. They stand as
they were signed, so like evidence of a split view this may hold text that is not in Unicode form NFC.

Both were signed at one size, and can't be of the same entries: either the index note binds another root hash of the log
than its checkpoint of that size has (*another tree*), or the index doesn't list an entry as it has to (*omitted*,
*misplaced*: `protocol.recognition.index_fault`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Self

import msgspec
from msgspec import UNSET, UnsetType

from protocol.documents.evidence import MAX_EVIDENCE_BYTES
from protocol.documents.quoted_note import check_own_lines, own_lines
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding import jcs
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note
from protocol.encoding.wire import HASH_BYTES, b64, parse_b64_hash
from protocol.errors import BadProofError, MalformedError
from protocol.gossip.quoting import read_quoting
from protocol.log.checkpoint import Checkpoint, open_checkpoint
from protocol.log.index_answer import IndexAnswer, WrittenAnswer
from protocol.log.index_note import IndexHead, index_keys, open_index_head, parse_index
from protocol.recognition.index_fault import Fault, check_listing

KIND: Final = "wrong-index"

Wrong = Literal["another tree"] | Fault


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    index_note: str
    kind: Literal["wrong-index"]
    origin: str
    trie_root: str
    v: Literal[1]
    answer: WrittenAnswer | UnsetType = UNSET
    checkpoint: str | UnsetType = UNSET
    entry: str | UnsetType = UNSET
    log_proof: str | UnsetType = UNSET
    log_root: str | UnsetType = UNSET


class WrongIndex(NamedTuple):
    """What is wrong with an index that a log has signed."""

    head: IndexHead
    """What its note binds."""
    checkpoint: Checkpoint
    """What the log signed of its tree at that size."""
    fault: Wrong


@dataclass(frozen=True, slots=True)
class OtherTree:
    """A checkpoint, and another root hash of the log that the index note binds at its size."""

    checkpoint: bytes
    log_root: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """What the index lists under a key, and an entry that doesn't fit to it."""

    answer: IndexAnswer
    entry: bytes
    log_proof: TlogProof


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEvidence:
    """An index note of a log with the trie's root, and what shows that the index isn't that of the log's entries."""

    origin: str
    index_note: bytes
    trie_root: bytes
    shown: OtherTree | Listing

    def __post_init__(self) -> None:
        """Raise MalformedError unless the parts fit each other."""
        note, checkpoint = Note.parse(self.index_note), Note.parse(self.checkpoint())
        origin, stated = parse_index(note.text)
        tree = Checkpoint.parse(checkpoint.text)
        if {origin, tree.origin} != {self.origin}:
            raise MalformedError("both notes are of the log that is named", "origin")
        if stated.size != tree.size:
            raise MalformedError("the checkpoint is of the index note's size", KIND)
        check_own_lines(note, stated.origin, "index_note")
        check_own_lines(checkpoint, tree.origin, "checkpoint")
        _check_parts(self.shown, tree, self.trie_root)

    def checkpoint(self) -> bytes:
        """Return the checkpoint note."""
        return self.shown.checkpoint if isinstance(self.shown, OtherTree) else self.shown.log_proof.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read evidence, without verifying it.

        Raises:
            MalformedError: The bytes are not evidence of a wrong index.
        """
        written = read_quoting(data, _Written, most=MAX_EVIDENCE_BYTES, where=KIND)
        evidence = cls(
            origin=written.origin,
            index_note=written.index_note.encode(),
            trie_root=parse_b64_hash(written.trie_root, "trie_root"),
            shown=_read_shown(written),
        )
        if evidence.render() != data:
            raise MalformedError("not in canonical form (RFC 8785), or with members of both forms", KIND)
        return evidence

    def render(self) -> bytes:
        """Return the evidence's bytes."""
        value = {
            "index_note": self.index_note.decode(),
            "kind": KIND,
            "origin": self.origin,
            "trie_root": b64(self.trie_root),
            "v": 1,
        }
        return jcs.encode(value | _plain_shown(self.shown))

    def verify(self, log_keys: Iterable[VerifierKey]) -> WrongIndex:
        """Return what is wrong with the index, which the log has signed.

        Args:
            log_keys: Keys that the reader trusts to be of logs; those of this origin count.

        Raises:
            NoTrustedKeyError: No such key signed one of the notes.
            BadSignatureError: The line of such a key does not verify.
            BadProofError: It is not shown that the index is wrong.
        """
        keys = tuple(log_keys)
        # 1. The log signed its tree, and an index that binds these roots.
        checkpoint = self.open_checkpoint(keys)
        head = self.open_head(keys)
        # 2. The two can't both be of the same entries.
        return WrongIndex(head, checkpoint, self.check_fault(head, checkpoint))

    def open_checkpoint(self, log_keys: Iterable[VerifierKey]) -> Checkpoint:
        """Return the checkpoint, once a key of the log is seen to have signed it (errors as `verify`)."""
        return open_checkpoint(self.checkpoint(), log_keys)[0]

    def open_head(self, log_keys: Iterable[VerifierKey]) -> IndexHead:
        """Return the index's head, once a key of the log is seen to have signed it (errors as `verify`)."""
        return self.open_index(log_keys)[0]

    def open_index(self, log_keys: Iterable[VerifierKey]) -> tuple[IndexHead, Note]:
        """Return the index's head and note, once a key of the log is seen to have signed it (errors as `verify`)."""
        stated = Checkpoint.parse(Note.parse(self.checkpoint()).text).root
        log_root = self.shown.log_root if isinstance(self.shown, OtherTree) else stated
        return open_index_head(self.index_note, log_keys, log_root=log_root, trie_root=self.trie_root)

    def check_fault(self, head: IndexHead, checkpoint: Checkpoint) -> Wrong:
        """Return what is wrong, given what the log has signed.

        Raises:
            BadProofError: It is not shown that anything is.
        """
        if isinstance(self.shown, OtherTree):
            if head.log_root == checkpoint.root:
                raise BadProofError("the index note binds the root hash of the checkpoint")
            return "another tree"
        answer, entry, proof = self.shown.answer, self.shown.entry, self.shown.log_proof
        verify_entry(entry, proof, checkpoint)
        answer.verify(head)
        return check_listing(entry, answer, leaf=proof.index, origin=head.origin)


def show_wrong_index(
    index_note: bytes, log_keys: Collection[VerifierKey], *, trie_root: bytes, shown: OtherTree | Listing
) -> IndexEvidence:
    """Return the evidence that an index is wrong, verified; lines of others are left out of the notes.

    Args:
        index_note: The log's note.
        log_keys: The log's keys.
        trie_root: The root of the trie that the note binds.
        shown: What doesn't fit; its checkpoint is of the note's size.

    Raises:
        MalformedError: A note isn't one, or the two are not of one log and size.
        NoTrustedKeyError: One of them is not signed by the log.
        BadSignatureError: A line of the log does not verify.
        BadProofError: The index may be right, or nothing shown here shows that it isn't.
    """
    note = Note.parse(index_note)
    origin, _ = parse_index(note.text)
    evidence = IndexEvidence(
        origin=origin,
        index_note=own_lines(note, index_keys(log_keys, origin)),
        trie_root=trie_root,
        shown=_own(shown, [key for key in log_keys if key.name == origin]),
    )
    evidence.verify(log_keys)
    return evidence


def _own(shown: OtherTree | Listing, keys: Collection[VerifierKey]) -> OtherTree | Listing:
    if isinstance(shown, OtherTree):
        return OtherTree(own_lines(Note.parse(shown.checkpoint), keys), shown.log_root)
    proof = shown.log_proof
    checkpoint = own_lines(Note.parse(proof.checkpoint), keys)
    return Listing(shown.answer, shown.entry, TlogProof(proof.index, proof.hashes, checkpoint))


def _check_parts(shown: OtherTree | Listing, tree: Checkpoint, trie_root: bytes) -> None:
    if len(trie_root) != HASH_BYTES:
        raise MalformedError(f"a root has {HASH_BYTES} bytes", "trie_root")
    if isinstance(shown, Listing):
        if shown.log_proof.extra is not None:
            raise MalformedError("has no extra line", "log_proof")
        if not _is_text(shown.entry):
            raise MalformedError("is not UTF-8 text, so no key can be its own", "entry")
        return
    if len(shown.log_root) != HASH_BYTES or shown.log_root == tree.root:
        raise MalformedError(f"has {HASH_BYTES} bytes, and is not the root hash of the checkpoint", "log_root")


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_shown(written: _Written) -> OtherTree | Listing:
    match written:
        case _Written(checkpoint=str(checkpoint), log_root=str(log_root)):
            return OtherTree(checkpoint.encode(), parse_b64_hash(log_root, "log_root"))
        case _Written(answer=WrittenAnswer() as answer, entry=str(entry), log_proof=str(log_proof)):
            return Listing(IndexAnswer.read(answer), entry.encode(), TlogProof.parse(log_proof.encode()))
        case _:
            raise MalformedError("shows a checkpoint and another root, or an answer with an entry and its proof", KIND)


def _plain_shown(shown: OtherTree | Listing) -> dict[str, Any]:
    if isinstance(shown, OtherTree):
        return {"checkpoint": shown.checkpoint.decode(), "log_root": b64(shown.log_root)}
    return {
        "answer": shown.answer.plain(),
        "entry": shown.entry.decode(),
        "log_proof": shown.log_proof.render().decode(),
    }
