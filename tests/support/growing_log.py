"""A log in memory that grows, and signs and proves whatever a test asks of it: honest or not.

log = GrowingLog("partner.example/1")
log.grow(20)
body = log.request(7, 20)            # add-checkpoint from size 7 to size 20
fork = log.fork(7)                   # the same key and the same first 7 entries, and from there on another history
"""

from collections.abc import Sequence

from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, NoteSignature
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.merkle import EMPTY_ROOT, leaf_hash, node_hash
from protocol.log.proofs import Node, consistency_spans, prove, root_at
from tests.support.examples import seed


class GrowingLog:
    """A log whose entries are made from its history's name and their leaf indexes."""

    def __init__(self, origin: str, size: int = 0) -> None:
        self.signer = Signer(origin, seed(origin))
        self.entries: list[bytes] = []
        self._nodes: dict[Node, bytes] = {}
        self.grow(size)

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.signer.verifier.name

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    def grow(self, count: int, history: str = "first") -> None:
        """Append entries."""
        self.entries += [f"{history} {leaf}".encode() for leaf in range(self.size, self.size + count)]

    def fork(self, at: int) -> "GrowingLog":
        """Return another history of the same log, as large, that shares its first entries."""
        other = GrowingLog(self.origin)
        other.entries = self.entries[:at]
        other.grow(self.size - at, "second")
        return other

    def hash(self, node: Node) -> bytes:
        """Return the hash of a complete subtree."""
        found = self._nodes.get(node)
        if found is None:
            level, position = node
            if level == 0:
                found = leaf_hash(self.entries[position])
            else:
                left = Node(level - 1, 2 * position)
                found = node_hash(self.hash(left), self.hash(Node(level - 1, 2 * position + 1)))
            self._nodes[node] = found
        return found

    def root(self, size: int) -> bytes:
        """Return the root hash of the first entries."""
        return root_at(size, self.hash) if size else EMPTY_ROOT

    def checkpoint(self, size: int) -> Checkpoint:
        """Return the checkpoint of a size."""
        return Checkpoint(self.origin, size, self.root(size))

    def note(self, size: int, lines: Sequence[NoteSignature] = ()) -> bytes:
        """Return the signed checkpoint of a size, with further lines."""
        return Note.parse(sign_checkpoint(self.checkpoint(size), self.signer)).adding(lines).render()

    def proof(self, old_size: int, size: int) -> tuple[bytes, ...]:
        """Return the consistency proof between two sizes."""
        return tuple(prove(consistency_spans(old_size, size), self.hash))

    def asked(self, old_size: int, size: int) -> AddCheckpoint:
        """Return the request that has a witness go from one size to another."""
        return AddCheckpoint(old_size, self.proof(old_size, size), self.note(size))

    def request(self, old_size: int, size: int) -> bytes:
        """Return that request's bytes."""
        return self.asked(old_size, size).render()
