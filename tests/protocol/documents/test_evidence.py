"""Evidence as a file; the table of cases is in the golden files."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.documents.evidence import MAX_EVIDENCE_BYTES, SplitView, evidence_id, show_split_view
from protocol.encoding.note import MAX_NOTE_BYTES, MAX_SIGNATURES, Note, sign_note
from protocol.errors import BadProofError, MalformedError, NoTrustedKeyError, ProtocolError
from protocol.gossip.cosignature import cosign
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import root_of
from tests.support.examples import COSIGNED, LOG, ORIGIN, PARTNERS, seed
from tests.vectors.evidence import (
    AT_ONE_SIZE,
    DATA,
    FALSE,
    IMPOSTOR,
    SHOWN,
    SUCCESSOR,
    TRUE,
    checkpoint,
    note,
    shown,
)

KEYS = [LOG.verifier, SUCCESSOR.verifier]


@settings(deadline=None)
@given(st.integers(3, 9), st.integers(3, 9), st.booleans())
def test_evidence_is_the_same_whoever_finds_it(one, other, turned):
    """The two notes may be given in any order, with any partners' cosignatures below: the bytes are one."""
    smaller, larger = note(FALSE, min(one, other)), note(TRUE, max(one, other))
    cosigned = Note.parse(larger)
    cosigned = cosigned.adding(cosign(cosigned.text, key, time) for key, time in zip(PARTNERS, COSIGNED, strict=True))
    pair = (cosigned.render(), smaller) if turned else (smaller, cosigned.render())

    view = shown(*pair)

    assert view.render() == shown(smaller, larger).render()
    assert SplitView.parse(view.render()) == view
    assert {each.size for each in view.verify(KEYS)} == {one, other}


@pytest.mark.parametrize("data", [DATA, AT_ONE_SIZE])
def test_evidence_is_json_that_anybody_can_look_at(data):
    """Both notes stand in it as texts."""
    value = json.loads(data)
    assert (value["kind"], value["v"], value["origin"]) == ("split-view", 1, ORIGIN)
    assert all(value[name].startswith(f"{ORIGIN}\n") for name in ("first", "second"))


def test_the_id_is_the_hash_of_the_bytes():
    """As `sha256sum` prints it."""
    assert evidence_id(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert evidence_id(DATA) != evidence_id(AT_ONE_SIZE)


def test_lines_of_the_logs_name_that_nobody_knows_are_not_shown():
    """Nobody can blow evidence up, or make it another file, by lines that no key has signed."""
    padded = Note.parse(note(FALSE, 5)).adding(
        sign_note(f"text {at}\n", IMPOSTOR).signatures[0] for at in range(MAX_SIGNATURES - 1)
    )
    assert shown(padded.render(), note(TRUE, 9)) == SHOWN


def test_lines_turned_or_repeated_make_no_other_evidence():
    """Of a log with two keys, whose note was passed on with its lines in another order, one of them twice."""
    first = Note.parse(note(FALSE, 5))
    both = (*first.signatures, *sign_note(first.text, SUCCESSOR).signatures)
    turned = Note(first.text, (*both[::-1], both[0])).render()
    assert shown(turned, note(TRUE, 9)) == shown(Note(first.text, both).render(), note(TRUE, 9))


def test_honest_notes_give_no_evidence():
    """Whatever hashes are read: an alarm is not evidence."""
    for read in (lambda span: root_of(TRUE[span.start : span.end]), lambda span: seed("made up")):
        with pytest.raises(BadProofError):
            show_split_view(note(TRUE, 5), note(TRUE, 9), KEYS, read=read)


def test_hashes_of_the_wrong_tree_give_no_evidence():
    """A mirror that holds the other history can't show the fork by its own tree: the larger note's is needed."""
    with pytest.raises(BadProofError):
        shown(note(FALSE, 5), note(TRUE, 9), FALSE)


def test_every_tree_extends_the_empty_one():
    """So a note of size zero is in no evidence."""
    with pytest.raises(MalformedError, match="extends the empty one"):
        shown(note(TRUE, 0), note(TRUE, 9))


def test_a_note_of_nobodys_key_gives_no_evidence():
    """An impostor's fork convicts nobody."""
    with pytest.raises(NoTrustedKeyError):
        shown(note(FALSE, 5, signer=IMPOSTOR), note(TRUE, 9))


def test_the_longest_notes_can_be_shown():
    """A log can't hide a fork in notes so long, or of such marks, that no evidence could hold them."""
    texts = []
    for leaves, size in ((FALSE, 5), (TRUE, 9)):
        room = MAX_NOTE_BYTES - len(note(leaves, size, ""))
        texts.append(note(leaves, size, '"' * room))
    assert {len(text) for text in texts} == {MAX_NOTE_BYTES}

    data = shown(*texts).render()

    assert 3.99 * MAX_NOTE_BYTES < len(data) <= MAX_EVIDENCE_BYTES
    assert SplitView.parse(data).verify(KEYS).first.size == 5
    with pytest.raises(MalformedError, match="at most"):
        SplitView.parse(data + b" " * MAX_EVIDENCE_BYTES)


@given(st.text(st.characters(codec="utf-8", categories=None, min_codepoint=0x20), min_size=1, max_size=30))
def test_a_note_is_quoted_as_it_was_signed(extension):
    """Whatever a log writes into an extension line, combining marks and separators too, is shown."""
    view = shown(note(FALSE, 5, extension), note(TRUE, 9))
    assert SplitView.parse(view.render()) == view
    assert view.verify(KEYS).first == checkpoint(FALSE, 5, extension)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([DATA, AT_ONE_SIZE]), st.data())
def test_changed_evidence_shows_nothing_else(whole, data):
    """With bytes replaced, taken out or put in, it is refused or convicts by the very same checkpoints."""
    at = data.draw(st.integers(0, len(whole)))
    changed = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 3)) :]
    try:
        found = SplitView.parse(changed).verify(KEYS)
    except ProtocolError:
        return
    assert found == SplitView.parse(whole).verify(KEYS)


@pytest.mark.parametrize(
    "parts",
    [
        {"root": bytes(31)},
        {"proof": (bytes(33),)},
        {"proof": (bytes(32),) * 64},
        {"root": None},
        {"proof": ()},
        {"origin": "other.example"},
        {"first": note(TRUE, 9), "second": note(FALSE, 5)},
        {"first": b"hello"},
    ],
)
def test_parts_that_do_not_fit_make_no_evidence(parts):
    """What would not be read is not written either."""
    whole = {"origin": ORIGIN, "first": SHOWN.first, "second": SHOWN.second, "root": SHOWN.root, "proof": SHOWN.proof}
    with pytest.raises(MalformedError):
        SplitView(**whole | parts)


def test_a_checkpoint_of_the_name_signed_for_another_log_is_not_the_logs():
    """The log's key on a checkpoint of another origin convicts neither."""
    other = sign_note(Checkpoint("other.example", 5, root_of(FALSE[:5])).render(), LOG).render()
    with pytest.raises(NoTrustedKeyError):
        shown(other, note(TRUE, 9))
