r"""Evidence of a split view: a file that shows a third party, offline, that one log signed two histories.

``*.nostra-evidence.json``, media type ``application/json``: canonical JSON (RFC 8785) of::

    {"first":"ledger.example.org/nostra\n5\n…",          the note of the smaller size, or of the lower root hash
     "kind":"split-view",
     "origin":"ledger.example.org/nostra",                the log; the same as both notes'
     "proof":["CsUYapGGPo4dkMgI…=",…],                    consistency proof from `root` to `second`, leaf to root
     "root":"jrJZDmY8Y7SyJE0M…=",                         root hash of the second note's tree at the first note's size
     "second":"ledger.example.org/nostra\n9\n…",
     "v":1}

Hashes are padded base64, as notes write them. At equal sizes `root` and `proof` are left out; else both are there. The
notes hold lines of the log itself and no others. What makes it a split view is `protocol.gossip.split_view`.

The notes stand as they were signed, so unlike our own documents this one may hold text that is not in Unicode form NFC:
a log could else sign a second history that no evidence can quote.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import msgspec
from msgspec import UNSET, UnsetType

from protocol.documents.quoted_note import check_own_lines, own_lines
from protocol.encoding import jcs
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import MAX_NOTE_BYTES, Note
from protocol.encoding.wire import HASH_BYTES, b64, parse_b64_hash
from protocol.errors import MalformedError
from protocol.gossip.quoting import read_quoting
from protocol.gossip.split_view import Conflict, ReadSpan, check_conflict, conflict_spans, in_order
from protocol.log.checkpoint import Checkpoint, open_checkpoint
from protocol.log.merkle import MAX_PROOF_HASHES

KIND: Final = "split-view"
MAX_EVIDENCE_BYTES: Final = 4 * MAX_NOTE_BYTES + (1 << 14)
"""Two of the longest notes, which JSON may double, and the rest: no split view is too long to be shown."""


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    first: str
    kind: Literal["split-view"]
    origin: str
    second: str
    v: Literal[1]
    proof: list[str] | UnsetType = UNSET
    root: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitView:
    """Two notes of one log and, where their sizes differ, how the second rewrites what the first signed."""

    origin: str
    first: bytes
    second: bytes
    root: bytes | None = None
    """What the second note's tree has at the first note's size; None at equal sizes."""

    proof: tuple[bytes, ...] = ()
    """The consistency proof from there to the second note; empty at equal sizes."""

    def __post_init__(self) -> None:
        """Raise MalformedError unless the parts fit each other."""
        first, second = self.stated()
        one_size = first.size == second.size
        if (self.root is None) != one_size or (not self.proof) != one_size:
            raise MalformedError("root and proof belong to notes of two sizes, and only to those", KIND)
        if not in_order(first, second):
            raise MalformedError("the note of the smaller size comes first, then the one of the lower root hash", KIND)
        _check_proof(self.root, self.proof)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read evidence, without verifying it.

        Raises:
            MalformedError: The bytes are not evidence of a split view.
        """
        written = read_quoting(data, _Written, most=MAX_EVIDENCE_BYTES, where=KIND)
        view = cls(
            origin=written.origin,
            first=written.first.encode(),
            second=written.second.encode(),
            root=None if written.root is UNSET else parse_b64_hash(written.root, "root"),
            proof=() if written.proof is UNSET else tuple(parse_b64_hash(each, "proof") for each in written.proof),
        )
        if view.render() != data:
            raise MalformedError("not in canonical form (RFC 8785): sort the members and write no blanks", KIND)
        return view

    def render(self) -> bytes:
        """Return the evidence's bytes."""
        value: dict[str, Any] = {
            "first": self.first.decode(),
            "kind": KIND,
            "origin": self.origin,
            "second": self.second.decode(),
            "v": 1,
        }
        if self.root is not None:
            value |= {"proof": [b64(each) for each in self.proof], "root": b64(self.root)}
        return jcs.encode(value)

    def stated(self) -> Conflict:
        """Return what the notes state, which no key has vouched for yet.

        Raises:
            MalformedError: They are not checkpoint notes of this origin that bear lines of the log alone.
        """
        return Conflict(_stated(self.first, self.origin, "first"), _stated(self.second, self.origin, "second"))

    def verify(self, log_keys: Iterable[VerifierKey]) -> Conflict:
        """Return the checkpoints that the log has signed and that can't both be true.

        Args:
            log_keys: Keys that the reader trusts to be of logs; those of this origin count.

        Raises:
            NoTrustedKeyError: No such key signed one of the notes.
            BadSignatureError: The line of such a key does not verify.
            BadProofError: It is not shown that the two can't both be true.
        """
        keys = tuple(log_keys)
        first, _ = open_checkpoint(self.first, keys)
        second, _ = open_checkpoint(self.second, keys)
        return check_conflict(first, second, self.root, self.proof)


def evidence_id(data: bytes) -> str:
    """Return the name of evidence: SHA-256 of its bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def show_split_view(one: bytes, other: bytes, log_keys: Collection[VerifierKey], *, read: ReadSpan) -> SplitView:
    """Return the evidence of two notes of one log, verified; lines of others are left out of the notes.

    Args:
        one: A note.
        other: The other note, in any order.
        log_keys: The log's keys.
        read: Returns MTH of some leaves of the larger tree; `conflict_spans` tells of which it is asked.

    Raises:
        MalformedError: One of them is no checkpoint note, or is of size zero.
        NoTrustedKeyError: One of them is not signed by the log.
        BadSignatureError: A line of the log does not verify.
        BadProofError: They may both be true, or the hashes do not show that they can't.
    """
    opened = [open_checkpoint(one, log_keys), open_checkpoint(other, log_keys)]
    opened.sort(key=lambda pair: (pair[0].size, pair[0].root))
    (first, first_note), (second, second_note) = opened
    if first.size == 0:
        raise MalformedError("every tree extends the empty one", KIND)
    hashes = [read(span) for span in conflict_spans(first.size, second.size)]
    own = [key for key in log_keys if key.name == first.origin]
    view = SplitView(
        origin=first.origin,
        first=own_lines(first_note, own),
        second=own_lines(second_note, own),
        root=hashes[0] if hashes else None,
        proof=tuple(hashes[1:]),
    )
    view.verify(log_keys)
    return view


def _stated(data: bytes, origin: str, where: str) -> Checkpoint:
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != origin:
        raise MalformedError(f"is of '{checkpoint.origin[:60]}', not of '{origin[:60]}'", where)
    check_own_lines(note, origin, where)
    return checkpoint


def _check_proof(root: bytes | None, proof: Sequence[bytes]) -> None:
    if len(proof) > MAX_PROOF_HASHES:
        raise MalformedError(f"no consistency proof has more than {MAX_PROOF_HASHES} hashes", "proof")
    if any(len(value) != HASH_BYTES for value in (root or bytes(HASH_BYTES), *proof)):
        raise MalformedError(f"a hash has {HASH_BYTES} bytes", KIND)
