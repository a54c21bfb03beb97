"""Signed notes: round trips and what a changed byte does; the table of cases is in the golden files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.note import MAX_NOTE_BYTES, Note, NoteSignature, open_note, sign_note
from protocol.errors import MalformedError, ProtocolError
from tests.support.examples import LOG, PARTNERS, a_receipt

lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
note_texts = st.lists(lines, min_size=1, max_size=5).filter(any).map(lambda parts: "\n".join(parts) + "\n")
NOTE = a_receipt().log_proof.checkpoint


@given(note_texts)
def test_a_signed_text_is_read_back(text):
    """Any lines survive writing and reading, empty ones too."""
    note = sign_note(text, LOG)

    assert Note.parse(note.render()) == note
    assert open_note(note, [LOG.verifier]) == (LOG.verifier,)


def test_every_changed_byte_is_refused_or_leaves_the_text():
    """Each byte of a note, replaced, gives a refusal or the same signed text."""
    text = Note.parse(NOTE).text
    for at in range(len(NOTE)):
        for byte in (NOTE[at] ^ 1, 0x0A, 0x20, 0x41):
            changed = NOTE[:at] + bytes([byte]) + NOTE[at + 1 :]
            try:
                note = Note.parse(changed)
                open_note(note, [LOG.verifier])
            except ProtocolError:
                continue
            assert (at, note.text) == (at, text)


@pytest.mark.parametrize("at", range(len(NOTE)))
def test_a_cut_note_is_refused_or_lacks_whole_lines(at):
    """A note that ends early is malformed unless it ends after a signature line."""
    cut = NOTE[:at]
    try:
        note = Note.parse(cut)
    except MalformedError:
        return
    assert cut.endswith(b"\n")
    assert 1 <= len(note.signatures) < len(Note.parse(NOTE).signatures)


def test_a_note_has_a_largest_size():
    """What is larger is refused before it is read."""
    line = sign_note("x\n", LOG).signatures[0]
    fits = MAX_NOTE_BYTES - len(Note("\n", (line,)).render())

    assert Note.parse(Note("a" * fits + "\n", (line,)).render()).signatures == (line,)
    with pytest.raises(MalformedError, match="at most"):
        Note.parse(Note("a" * fits + "a\n", (line,)).render())


def test_a_line_that_stands_is_not_added_again():
    """Adding keeps the order and repeats nothing."""
    note = sign_note("x\n", LOG)
    line = NoteSignature("a.example", b"1234", b"5")

    assert note.adding([line, line]).adding([line, *note.signatures]).signatures == (*note.signatures, line)


def test_a_cosigners_key_signs_no_text():
    """A key of type 04 in the list of verifiers opens nothing, even if its line holds a signature of the text."""
    note = sign_note("x\n", PARTNERS[0]).adding(sign_note("x\n", LOG).signatures)

    assert open_note(note, [LOG.verifier, PARTNERS[0].verifier]) == (LOG.verifier,)
