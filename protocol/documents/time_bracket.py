r"""Time brackets: what shows, offline and later, between which moments an entry was logged.

Canonical JSON of::

    {"consistency":BASE64,                            from `earlier` to `later`, absent with it
     "earlier":"ledger.example.org/nostra\n5\n…",     a checkpoint note of a size ≤ the leaf index, or absent
     "inclusion":BASE64,                              of the entry in the tree of `later`, leaf to root
     "later":"ledger.example.org/nostra\n9\n…"}       a checkpoint note of a size > the leaf index

BASE64 is standard and padded, of hashes of 32 bytes each. Unknown members, another order and blanks are refused.
A bracket belongs to an entry and its leaf index, which it doesn't repeat. It is verified with both:

1. A trusted key of the log signed `later`, and the entry stands in its tree at the leaf index.
2. A trusted key of the same log signed `earlier`, and its tree is the beginning of that of `later`.
3. The quorum time of `later` is the moment by which the entry was logged, that of `earlier` the one after which it was.

A note without the quorum that the reader's policy asks for gives no moment. Where two quorums of that policy need not
have a cosigner in common, the moments are told with that: others may have seen more, earlier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import msgspec
from msgspec import UNSET, UnsetType

from protocol.documents.form import read_document
from protocol.encoding import canonical
from protocol.encoding.note import Note
from protocol.encoding.wire import HASH_BYTES, b64, parse_b64
from protocol.errors import BadProofError, MalformedError, NoQuorumError
from protocol.gossip.overlap import overlapping
from protocol.gossip.policy import Policy
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import EMPTY_ROOT, MAX_PROOF_HASHES, leaf_hash, verify_consistency, verify_inclusion
from protocol.recognition.logged import Logged

_WHERE: Final = "time bracket"


class WrittenBracket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON form, for documents that hold brackets."""

    inclusion: str
    later: str
    consistency: str | UnsetType = UNSET
    earlier: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Earlier:
    """A checkpoint without the leaf, and the hashes that show its tree to be the beginning of the later one."""

    note: bytes
    consistency: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bracketed:
    """When an entry was logged, by the cosigners' clocks."""

    origin: str
    """The log of both checkpoints: whoever asks of an entry makes sure that it is that entry's."""
    logged: Logged
    overlapping: bool
    """Whether any two quorums of the policy have a cosigner in common; where not, the reader is to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBracket:
    """Two checkpoints of one log around a leaf, or only the later one."""

    later: bytes
    inclusion: tuple[bytes, ...]
    earlier: Earlier | None = None

    @classmethod
    def read(cls, written: WrittenBracket) -> Self:
        """Return the bracket that the JSON form holds, without verifying it.

        Raises:
            MalformedError: It is not one.
        """
        if isinstance(written.earlier, UnsetType) or isinstance(written.consistency, UnsetType):
            if written.earlier is not written.consistency:
                raise MalformedError("earlier and consistency belong together", _WHERE)
            earlier = None
        else:
            earlier = Earlier(written.earlier.encode(), _read_hashes(written.consistency, "consistency"))
        return cls(
            later=written.later.encode(), inclusion=_read_hashes(written.inclusion, "inclusion"), earlier=earlier
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a bracket's canonical JSON, without verifying it.

        Raises:
            MalformedError: The bytes are not a bracket.
        """
        return cls.read(read_document(data, WrittenBracket))

    def plain(self) -> dict[str, Any]:
        """Return the bracket as a JSON value."""
        value: dict[str, Any] = {"inclusion": b64(b"".join(self.inclusion)), "later": self.later.decode()}
        if self.earlier is not None:
            value["consistency"] = b64(b"".join(self.earlier.consistency))
            value["earlier"] = self.earlier.note.decode()
        return value

    def render(self) -> bytes:
        """Return the bracket's canonical JSON."""
        return canonical.encode(self.plain())

    def verify(self, leaf: int, entry: bytes, policy: Policy, *, without: Sequence[str] = ()) -> Bracketed:
        """Return when the entry at a leaf index was logged, by the numbered list above.

        Args:
            leaf: The entry's leaf index.
            entry: Its bytes.
            policy: Whom the reader trusts.
            without: Names of the policy's witnesses that the log's own operator runs.

        Raises:
            MalformedError: A note can't be read.
            NoTrustedKeyError: The policy knows no key of the log that counts and signed.
            BadSignatureError: A known key's line does not verify.
            BadProofError: The two are not checkpoints of one log around this entry.
        """
        later, later_note = policy.open(self.later)
        verify_inclusion(leaf, later.size, leaf_hash(entry), self.inclusion, later.root)
        after = None
        if self.earlier is not None:
            earlier, earlier_note = policy.open(self.earlier.note)
            if earlier.origin != later.origin:
                raise BadProofError("the two checkpoints are not of one log")
            if earlier.size > leaf:
                raise BadProofError(f"the earlier checkpoint, of size {earlier.size}, may hold leaf {leaf}")
            _verify_beginning(earlier, later, self.earlier.consistency)
            after = _quorum_time(policy, earlier, earlier_note)
        logged = Logged(after, _quorum_time(policy, later, later_note))
        return Bracketed(later.origin, logged, overlapping(policy, without=without))


def _verify_beginning(earlier: Checkpoint, later: Checkpoint, proof: Sequence[bytes]) -> None:
    if earlier.size:
        verify_consistency(earlier.size, later.size, proof, earlier.root, later.root)
    elif proof or earlier.root != EMPTY_ROOT:
        raise BadProofError("an empty tree has the empty root hash, and needs no proof")


def _quorum_time(policy: Policy, checkpoint: Checkpoint, note: Note) -> int | None:
    try:
        return policy.check_witnessed(checkpoint, note).time
    except NoQuorumError:
        return None


def _read_hashes(text: str, where: str) -> tuple[bytes, ...]:
    data = parse_b64(text, f"{_WHERE}.{where}")
    if len(data) % HASH_BYTES or len(data) > MAX_PROOF_HASHES * HASH_BYTES:
        raise MalformedError(f"hashes have {HASH_BYTES} bytes, at most {MAX_PROOF_HASHES} of them", f"{_WHERE}.{where}")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))
