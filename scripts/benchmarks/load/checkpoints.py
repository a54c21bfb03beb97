"""What logs send to a witness: each checkpoint with the proof that it extends the one before.

The logs are the same in every run of the generator, entry by entry, so that a run goes on from the size at which the
run before it ended, and the same requests go to whoever is measured.
"""

import hashlib
from collections.abc import Iterator

from protocol.encoding.keys import Signer
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.merkle import node_hash
from protocol.log.proofs import Node, consistency_spans, prove, root_at

STEP = 7
"""Entries that a log grows by from checkpoint to checkpoint: odd, so that proofs are of all lengths."""


def log_signer(number: int) -> Signer:
    """Return the key of a log."""
    return Signer(f"log{number}.bench.example/nostra", hashlib.sha256(b"nostra bench log %d" % number).digest())


def add_checkpoints(logs: int, count: int, size: int) -> Iterator[bytes]:
    """Yield so many requests of each log, the logs taking turns, the first from the size given."""
    trees = [_Tree(number) for number in range(logs)]
    for at in range(count):
        for tree in trees:
            yield tree.request(size + at * STEP, size + (at + 1) * STEP)


class _Tree:
    """One log, whose leaf hashes are made from its number and their indexes."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._signer = log_signer(number)
        self._nodes: dict[Node, bytes] = {}

    def request(self, old_size: int, size: int) -> bytes:
        checkpoint = Checkpoint(self._signer.verifier.name, size, root_at(size, self._hash))
        proof = prove(consistency_spans(old_size, size), self._hash)
        return AddCheckpoint(old_size, tuple(proof), sign_checkpoint(checkpoint, self._signer)).render()

    def _hash(self, node: Node) -> bytes:
        found = self._nodes.get(node)
        if found is None:
            level, place = node
            if level == 0:
                found = hashlib.sha256(b"%d %d" % (self._number, place)).digest()
            else:
                found = node_hash(self._hash(Node(level - 1, 2 * place)), self._hash(Node(level - 1, 2 * place + 1)))
            self._nodes[node] = found
        return found
