"""The index note: what a log says of the index over its first entries, as the text of a signed note.

::

    ledger.example.org/nostra/index    the log's origin and "/index": also the name of the key that signs
    20852163                           N, the tree size that it covers, decimal
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
                                       SHA-256("nostra/index/v1" ‖ 0x00 ‖ u64be(N) ‖ log root at N ‖ trie root)

    — ledger.example.org/nostra/index Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+Z…MTOAYQ8=

It has the form of a checkpoint, so everything that cosigns checkpoints can cosign it; nobody takes it for one, since no
origin ends in ``/index``. It is signed with the log's key, whose name is then ``<origin>/index``. Further lines of text
are refused. The note holds neither root: whoever proves something under it brings both (`IndexHead`).

A key of the log that ended (`protocol.log.ended_key`) counts for index notes as for checkpoints of the same size and
log root. Where the log root is not known, it doesn't count at the very size at which one of the log's keys ended.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from protocol.encoding.keys import ED25519, Signer, VerifierKey
from protocol.encoding.note import Note, open_note, sign_note
from protocol.encoding.wire import HASH_BYTES, MAX_SIZE, check_origin
from protocol.errors import BadProofError, MalformedError, NoTrustedKeyError
from protocol.log.checkpoint import Checkpoint
from protocol.log.ended_key import counting

DOMAIN: Final = b"nostra/index/v1\x00"
SUFFIX: Final = "/index"
_WHERE: Final = "index note"


def index_origin(origin: str) -> str:
    """Return the origin of a log's index notes, which is also the name of the key that signs them."""
    return origin + SUFFIX


def index_key(key: VerifierKey) -> VerifierKey:
    """Return a log's key under the name by which it signs index notes; where it ended, with the same end."""
    if key.algorithm != ED25519:
        raise ValueError(f"'{key.name}' is a cosigner's key: it signs for no log")
    return replace(key, name=index_origin(key.name))


def index_keys(log_keys: Iterable[VerifierKey], origin: str) -> list[VerifierKey]:
    """Return the keys of one log among some of several, each under the name by which it signs index notes."""
    return [index_key(key) for key in log_keys if key.name == origin]


def index_signer(signer: Signer) -> Signer:
    """Return a log's signer under the name by which it signs index notes."""
    return signer.under(index_key(signer.verifier).name)


def index_hash(size: int, log_root: bytes, trie_root: bytes) -> bytes:
    """Return what the note states in a root hash's place: it binds the size and both roots."""
    return hashlib.sha256(DOMAIN + size.to_bytes(8, "big") + log_root + trie_root).digest()


@dataclass(frozen=True, slots=True)
class IndexHead:
    """The index of a log at a size: the roots of the log's tree and of the trie over its entries."""

    origin: str
    """The log's own."""
    size: int
    log_root: bytes
    trie_root: bytes

    def __post_init__(self) -> None:
        """Raise MalformedError unless the values can stand in a note."""
        if not 0 <= self.size <= MAX_SIZE:
            raise MalformedError("a tree size lies between 0 and 2^63-1", _WHERE)
        if len(self.log_root) != HASH_BYTES or len(self.trie_root) != HASH_BYTES:
            raise MalformedError(f"each root has {HASH_BYTES} bytes", _WHERE)

    def stated(self) -> Checkpoint:
        """Return what the log's note states of it, in the form of a checkpoint."""
        return Checkpoint(index_origin(self.origin), self.size, index_hash(self.size, self.log_root, self.trie_root))


def sign_index(head: IndexHead, signer: Signer) -> bytes:
    """Return the index note, signed by the log's own signer, whose name is the log's origin."""
    if signer.verifier.name != head.origin:
        raise ValueError(f"the key '{signer.verifier.name}' does not sign for '{head.origin}'")
    return sign_note(head.stated().render(), index_signer(signer)).render()


def parse_index(text: str) -> tuple[str, Checkpoint]:
    """Read the text of an index note, and return the log's origin and what is stated.

    Raises:
        MalformedError: It is not an index note's.
    """
    stated = Checkpoint.parse_stated(text)
    origin = stated.origin.removesuffix(SUFFIX)
    if origin == stated.origin:
        raise MalformedError(f"its origin '{stated.origin[:60]}' does not end in {SUFFIX}", _WHERE)
    check_origin(origin, _WHERE)
    if stated.extensions:
        raise MalformedError("has origin, tree size and hash, and no further line", _WHERE)
    return origin, stated


def open_index(
    data: bytes, log_keys: Iterable[VerifierKey], *, log_root: bytes | None = None
) -> tuple[Checkpoint, Note]:
    """Read an index note, verify that a key of its log signed it, and return what it states: size, and hash as root.

    Args:
        data: The note.
        log_keys: Keys of logs under their origins; those of the log that it is of count.
        log_root: The log's root hash at the note's size, where it is known.

    Raises:
        MalformedError: It is not an index note.
        BadSignatureError: A known key's signature does not verify.
        NoTrustedKeyError: No known key of that log signed it, or it lies beyond the end of each that did.
    """
    note = Note.parse(data)
    origin, stated = parse_index(note.text)
    keys = index_keys(log_keys, origin)
    if not keys:
        raise NoTrustedKeyError(f"no trusted key for {origin}")
    counting(open_note(note, keys), keys, size=stated.size, root=log_root or b"")
    return stated, note


def open_index_head(
    data: bytes, log_keys: Iterable[VerifierKey], *, log_root: bytes, trie_root: bytes
) -> tuple[IndexHead, Note]:
    """Read an index note with the two roots that it is said to bind, and return the head that the log has signed.

    Raises:
        BadProofError: The note binds other roots.
        MalformedError, BadSignatureError, NoTrustedKeyError: As `open_index`.
    """
    stated, note = open_index(data, log_keys, log_root=log_root)
    head = IndexHead(stated.origin.removesuffix(SUFFIX), stated.size, log_root, trie_root)
    if head.stated() != stated:
        raise BadProofError("the index note does not bind these two roots")
    return head, note
