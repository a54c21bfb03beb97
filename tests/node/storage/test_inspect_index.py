"""What an operator is told of the index of a log."""

import pytest

from node.storage import inspect
from node.storage.heads import Head
from node.storage.index_pages import IndexRow
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from protocol.log.index_note import IndexHead, sign_index
from protocol.log.merkle import EMPTY_ROOT
from protocol.log.trie import EMPTY
from tests.support.examples import LOG, ORIGIN, seed

PARTNER = Signer("partner.example/index", seed("partner"), COSIGNATURE)


def a_row(size: int, *, shown: bool = True) -> IndexRow:
    """Return where an index stands, under a note with one cosignature."""
    note = Note.parse(sign_index(IndexHead(ORIGIN, size, EMPTY_ROOT, EMPTY), LOG))
    whole = note.adding([cosign(note.text, PARTNER, 1)]).render()
    return IndexRow(1, size, EMPTY_ROOT, EMPTY, whole if shown else None)


@pytest.mark.parametrize(
    ("row", "says", "fine"),
    [
        (None, "none yet", True),
        (a_row(7), "over 7 of 7 entries, with 1 cosignatures", True),
        (a_row(5), "over 5 of 7 entries", False),
        (a_row(7, shown=False), "proves nothing yet", False),
    ],
    ids=["never run", "whole", "behind", "catching up"],
)
def test_an_index_that_lacks_something_is_doubtful(row, says, fine):
    """How far it reaches of what is shown, and who has cosigned."""
    head = Head(log_id=1, origin=ORIGIN, own=True, verifier_key="", size=9, root=EMPTY_ROOT, epoch=0, note=None,
                released_size=7, released_note=None)  # fmt: skip
    what, value, well = inspect._look_at_index(head, row)
    assert (what, says in value, well) == (f"index {ORIGIN}", True, fine)
