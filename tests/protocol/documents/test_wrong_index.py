"""Evidence of a wrong index as a file; the table of cases is in the golden files."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.documents.evidence import MAX_EVIDENCE_BYTES
from protocol.documents.wrong_index import IndexEvidence, Listing, OtherTree, show_wrong_index
from protocol.encoding.note import Note
from protocol.errors import BadProofError, BadSignatureError, MalformedError, NoTrustedKeyError, ProtocolError
from protocol.gossip.cosignature import cosign
from protocol.log.ended_key import EndedKey
from protocol.recognition.terms import keys_of
from tests.support.examples import COSIGNED, LOG, ORIGIN, PARTNERS, seed
from tests.vectors.wrong_index import (
    ADDED,
    ENTRIES,
    HIDDEN,
    IMPOSTOR,
    MISPLACED,
    OMITTED,
    OTHER_ROOT,
    RIGHT,
    ROOT,
    SIZE,
    SUCCESSOR,
    TAG,
    TREE,
    checkpoint,
    index_note,
    listing,
    trie_of,
)

KEYS = [LOG.verifier, SUCCESSOR.verifier]
EVIDENCE = {"omitted": OMITTED, "misplaced": MISPLACED, "another tree": TREE}


def with_others(data: bytes) -> bytes:
    """Return a note as it may be passed on: with a cosigner's line, and the log's twice."""
    note = Note.parse(data)
    return Note(note.text, (cosign(note.text, PARTNERS[0], COSIGNED[0]), *note.signatures, *note.signatures)).render()


@pytest.mark.parametrize("fault", EVIDENCE)
def test_evidence_says_what_is_wrong(fault):
    """Read again, it holds by the log's key alone, and names what was signed."""
    found = IndexEvidence.parse(EVIDENCE[fault].render()).verify([LOG.verifier])
    assert (found.fault, found.head.origin, found.head.size) == (fault, ORIGIN, SIZE)
    assert (found.checkpoint.origin, found.checkpoint.size, found.checkpoint.root) == (ORIGIN, SIZE, ROOT)
    assert (found.head.log_root == ROOT) == (fault != "another tree")


def test_evidence_is_the_same_whoever_finds_it():
    """Lines that others added or repeated on the way are left out."""
    shown = listing(HIDDEN, TAG, 3, with_others(checkpoint()))
    note, trie_root = with_others(index_note(HIDDEN)), trie_of(HIDDEN).root
    assert show_wrong_index(note, KEYS, trie_root=trie_root, shown=shown) == OMITTED

    tree = OtherTree(with_others(checkpoint()), OTHER_ROOT)
    note, trie_root = with_others(index_note(RIGHT, log_root=OTHER_ROOT)), trie_of(RIGHT).root
    assert show_wrong_index(note, KEYS, trie_root=trie_root, shown=tree) == TREE


def test_an_honest_index_is_accused_by_nothing():
    """Of every entry beside every key: an index that was rightly made gives no evidence."""
    note, trie_root = index_note(RIGHT), trie_of(RIGHT).root
    for leaf in range(SIZE):
        for key in [*RIGHT, seed("any key")]:
            with pytest.raises(BadProofError):
                show_wrong_index(note, KEYS, trie_root=trie_root, shown=listing(RIGHT, key, leaf))
    with pytest.raises(MalformedError, match="not the root hash of the checkpoint"):
        show_wrong_index(note, KEYS, trie_root=trie_root, shown=OtherTree(checkpoint(), ROOT))


def test_evidence_of_another_tree_rests_on_what_was_signed():
    """Whatever the file names: once note and checkpoint are opened, their roots are what is compared."""
    head, tree = TREE.open_head(KEYS), TREE.open_checkpoint(KEYS)
    assert TREE.check_fault(head, tree) == "another tree"
    with pytest.raises(BadProofError):
        TREE.check_fault(dataclasses.replace(head, log_root=tree.root), tree)


@pytest.mark.parametrize("leaf", range(SIZE))
def test_every_hidden_entry_can_be_shown(leaf):
    """Whichever entry an index leaves out under one of its keys, there is evidence of it."""
    for key in keys_of(ENTRIES[leaf], origin=ORIGIN):
        rest = tuple(other for other in RIGHT[key] if other != leaf)
        index = {other: leaves for other, leaves in RIGHT.items() if other != key} | ({key: rest} if rest else {})
        evidence = show_wrong_index(
            index_note(index), KEYS, trie_root=trie_of(index).root, shown=listing(index, key, leaf)
        )
        assert evidence.verify(KEYS).fault == "omitted"


@pytest.mark.parametrize(
    ("note", "proof_note"),
    [
        (index_note(HIDDEN, signer=IMPOSTOR), checkpoint()),
        (index_note(HIDDEN), checkpoint(signer=IMPOSTOR)),
    ],
    ids=["index", "checkpoint"],
)
def test_a_note_of_nobodys_key_gives_no_evidence(note, proof_note):
    """An impostor's index convicts nobody."""
    with pytest.raises((NoTrustedKeyError, MalformedError)):
        show_wrong_index(note, KEYS, trie_root=trie_of(HIDDEN).root, shown=listing(HIDDEN, TAG, 3, proof_note))


@pytest.mark.parametrize("name", ["index_note", "checkpoint"])
def test_a_line_of_the_log_that_fails_refuses_the_evidence(name):
    """Beside a good line of another key too."""
    evidence = dataclasses.replace(TREE, index_note=index_note(RIGHT, log_root=OTHER_ROOT, signer=SUCCESSOR))
    good = Note.parse(evidence.index_note if name == "index_note" else checkpoint(signer=SUCCESSOR))
    line = Note.parse(TREE.index_note if name == "index_note" else checkpoint()).signatures[0]
    both = good.adding([dataclasses.replace(line, value=bytes(64))]).render()
    changed = {"index_note": both} if name == "index_note" else {"shown": OtherTree(both, OTHER_ROOT)}
    with pytest.raises(BadSignatureError):
        dataclasses.replace(evidence, **changed).verify(KEYS)


def test_what_a_key_signed_beyond_its_end_convicts_nobody():
    """A key in wrong hands can sign any index: above its last good tree, none of them counts."""
    ended = EndedKey.of(LOG.verifier, size=SIZE - 1, root=seed("last"), why="compromised")
    with pytest.raises(NoTrustedKeyError):
        OMITTED.verify([ended, SUCCESSOR.verifier])
    at_its_end = EndedKey.of(LOG.verifier, size=SIZE, root=ROOT, why="retired")
    assert OMITTED.verify([at_its_end]).fault == "omitted"
    with pytest.raises(NoTrustedKeyError):
        TREE.verify([at_its_end])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([evidence.render() for evidence in EVIDENCE.values()]), st.data())
def test_changed_evidence_shows_nothing_else(whole, data):
    """With bytes replaced, taken out or put in, it is refused or convicts of the very same."""
    at = data.draw(st.integers(0, len(whole)))
    changed = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 3)) :]
    try:
        found = IndexEvidence.parse(changed).verify(KEYS)
    except ProtocolError:
        return
    assert found == IndexEvidence.parse(whole).verify(KEYS)


@pytest.mark.parametrize(
    "parts",
    [
        {"trie_root": bytes(31)},
        {"index_note": b"hello"},
        {"index_note": checkpoint()},
        {"origin": "other.example"},
        {"shown": OtherTree(checkpoint(), ROOT)},
        {"shown": OtherTree(checkpoint(), bytes(31))},
        {"shown": OtherTree(checkpoint(size=SIZE - 1), OTHER_ROOT)},
        {"shown": OtherTree(with_others(checkpoint()), OTHER_ROOT)},
    ],
)
def test_parts_that_do_not_fit_make_no_evidence(parts):
    """What would not be read is not written either."""
    whole = {name: getattr(TREE, name) for name in ("origin", "index_note", "trie_root", "shown")}
    with pytest.raises(MalformedError):
        IndexEvidence(**whole | parts)


def test_bytes_that_are_no_text_have_no_key():
    """An entry that isn't UTF-8 can't be written into the file, and nobody would know its keys."""
    shown = listing(ADDED, TAG, 4)
    with pytest.raises(MalformedError, match="not UTF-8"):
        dataclasses.replace(MISPLACED, shown=Listing(shown.answer, b"\xff\xfe", shown.log_proof))


def test_what_is_too_long_is_not_read():
    """As with any evidence."""
    with pytest.raises(MalformedError, match="at most"):
        IndexEvidence.parse(OMITTED.render() + b" " * MAX_EVIDENCE_BYTES)
