"""What a log sends to a partner's index cosigner: an index note, and the trie root that it binds.

The body of ``POST …/index/cosign`` (`docs/formats/cosign-index.md`)::

    trie CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=      the trie root, padded base64
                                                           one empty line
    ledger.example.org/nostra/index                        the index note (`protocol.log.index_note`), verbatim
    20852163
    …
                                                           one empty line, and
    ledger.example.org/nostra/index                        the index note that the log shows now, with all its lines;
    …                                                      both absent while it shows none

The partner knows the log's root at that size from its mirror, computes the trie from the entries, and cosigns if both
make what the note states. The answer is that of a witness: one or more signature lines (`protocol.gossip.witness`).
The note that is shown tells the partner what it may show itself.

Refused: any other spelling of the root, notes of two logs, one that is no index note, more than 256 KiB.
"""

from dataclasses import dataclass
from typing import Final, Self

from protocol.encoding.note import Note
from protocol.encoding.wire import HASH_BYTES, b64, parse_b64_hash
from protocol.errors import MalformedError
from protocol.log.checkpoint import Checkpoint
from protocol.log.index_note import parse_index

MAX_REQUEST_BYTES: Final = 1 << 18
"""Two notes; one that 32 operators cosigned, by the longest keys, has half of it."""

_TRIE: Final = "trie "
_WHERE: Final = "cosign-index"
_HEAD: Final = len(_TRIE) + len(b64(bytes(HASH_BYTES)))
_BETWEEN: Final = b"\n\n"


@dataclass(frozen=True, slots=True)
class CosignIndex:
    """The trie root, the note that is to be cosigned, and the one that is shown; none of them verified."""

    trie_root: bytes
    note: bytes
    shown: bytes | None = None

    def __post_init__(self) -> None:
        """Raise MalformedError unless both are index notes, of one log."""
        origin, _ = self.stated()
        if self.shown is not None and parse_index(Note.parse(self.shown).text)[0] != origin:
            raise MalformedError("the note that is shown is of another log", _WHERE)

    def stated(self) -> tuple[str, Checkpoint]:
        """Return the log's origin and what the note states, which no key has vouched for yet."""
        return parse_index(Note.parse(self.note).text)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a request.

        Raises:
            MalformedError: It is not as above.
        """
        if len(data) > MAX_REQUEST_BYTES:
            raise MalformedError(f"has at most {MAX_REQUEST_BYTES} bytes", _WHERE)
        head, *parts = data.split(_BETWEEN)
        if len(parts) not in (2, 4) or len(head) != _HEAD or not head.startswith(_TRIE.encode()):
            raise MalformedError("expected 'trie ', a root, an empty line, and one or two index notes", _WHERE)
        root = parse_b64_hash(head.decode("ascii", "replace").removeprefix(_TRIE), f"{_WHERE}, trie root")
        if len(parts) == 2:
            return cls(root, _BETWEEN.join(parts))
        return cls(root, _BETWEEN.join(parts[:2]) + b"\n", _BETWEEN.join(parts[2:]))

    def render(self) -> bytes:
        """Return the request's bytes."""
        shown = b"" if self.shown is None else b"\n" + self.shown
        return f"{_TRIE}{b64(self.trie_root)}\n\n".encode() + self.note + shown
