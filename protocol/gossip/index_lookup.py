r"""What a node answers to a lookup in the index of a log: the answer, with the note and the two roots that it binds.

Media type ``application/json``, JSON that is canonical by RFC 8785 (`docs/formats/cosign-index.md`)::

    {"answer":ANSWER,                       `protocol.log.index_answer`
     "log_root":HASH,                       the log's root hash at the note's size, 32 bytes as base64url
     "note":"ledger.example.org/nostra/index\n7\n…",
     "trie_root":HASH}

All of it is of one moment. That the entries listed are in the log, and have this key, is for the reader to verify.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import msgspec

from protocol.encoding import jcs
from protocol.encoding.keys import VerifierKey
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.errors import BadProofError, MalformedError
from protocol.gossip.quoting import read_quoting
from protocol.log.index_answer import IndexAnswer, WrittenAnswer
from protocol.log.index_note import IndexHead, open_index_head

MAX_LOOKUP_BYTES: Final = 1 << 24
"""Some 800,000 leaves under one key."""

_WHERE: Final = "index lookup"


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answer: WrittenAnswer
    log_root: str
    note: str
    trie_root: str


@dataclass(frozen=True, slots=True)
class IndexLookup:
    """An answer of an index, and what it is to be verified by."""

    answer: IndexAnswer
    log_root: bytes
    trie_root: bytes
    note: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read an answer, without verifying it.

        Raises:
            MalformedError: The bytes are not one.
        """
        written = read_quoting(data, _Written, most=MAX_LOOKUP_BYTES, where=_WHERE)
        lookup = cls(
            IndexAnswer.read(written.answer),
            parse_b64url32(written.log_root, "log_root"),
            parse_b64url32(written.trie_root, "trie_root"),
            written.note.encode(),
        )
        if lookup.render() != data:
            raise MalformedError("not in canonical form (RFC 8785): sort the members and write no blanks", _WHERE)
        return lookup

    def render(self) -> bytes:
        """Return its bytes."""
        return jcs.encode(
            {
                "answer": self.answer.plain(),
                "log_root": b64url(self.log_root),
                "note": self.note.decode(),
                "trie_root": b64url(self.trie_root),
            }
        )

    def verify(self, key: bytes, log_keys: Iterable[VerifierKey]) -> IndexHead:
        """Return the head that the log has signed, under which exactly these leaves stand under the key.

        Raises:
            BadProofError: The answer is of another key, or not what the note binds.
            MalformedError, BadSignatureError, NoTrustedKeyError: The note is not the log's.
        """
        if self.answer.key != key:
            raise BadProofError("the answer is of another key")
        head, _ = open_index_head(self.note, log_keys, log_root=self.log_root, trie_root=self.trie_root)
        self.answer.verify(head)
        return head
