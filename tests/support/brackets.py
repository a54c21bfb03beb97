"""Time brackets of the example log, by checkpoints of any sizes, cosigned at any times."""

from collections.abc import Sequence

from protocol.documents.time_bracket import Earlier, TimeBracket
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.proofs import Span, consistency_spans, inclusion_spans, prove
from tests.support.examples import LOG, PARTNERS, other_entries

ENTRIES = other_entries(9)
OTHERS = [*ENTRIES[:2], b"another", *ENTRIES[3:]]
"""Another history of the same log."""
LEAF, ENTRY = 5, ENTRIES[5]
BEFORE, AFTER = (1_790_000_000, 1_790_000_007), (1_790_000_067, 1_790_000_061)
"""When two partners cosigned the earlier checkpoint, and the later."""


def a_note(
    size: int,
    *times: int,
    entries: Sequence[bytes] = ENTRIES,
    signer: Signer = LOG,
    cosigners: Sequence[Signer] = PARTNERS,
) -> bytes:
    """Return the checkpoint of the first entries, cosigned at these times by as many partners."""
    checkpoint = Checkpoint(signer.verifier.name, size, root_of([leaf_hash(one) for one in entries[:size]]))
    note = Note.parse(sign_checkpoint(checkpoint, signer))
    lines = (cosign(note.text, cosigner, time) for cosigner, time in zip(cosigners, times, strict=False))
    return note.adding(lines).render()


def hashes(spans: list[Span]) -> tuple[bytes, ...]:
    """Return the hashes of a proof."""
    leaves = [leaf_hash(one) for one in ENTRIES]
    width = len(leaves)
    return tuple(
        prove(
            spans,
            lambda node: root_of(leaves[node.position << node.level : min(node.position + 1 << node.level, width)]),
        )
    )


def a_bracket(
    earlier: int | None = 4, later: int = 8, *, before: Sequence[int] = BEFORE, after: Sequence[int] = AFTER
) -> TimeBracket:
    """Return a bracket of LEAF by checkpoints of these sizes, cosigned at these times."""
    first = None
    if earlier is not None:
        consistency = hashes(consistency_spans(earlier, later)) if earlier else ()
        first = Earlier(a_note(earlier, *before), consistency)
    return TimeBracket(later=a_note(later, *after), inclusion=hashes(inclusion_spans(LEAF, later)), earlier=first)
