"""Cosignatures made and verified; the table of cases is in the golden files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.note import Note, NoteSignature, sign_note
from protocol.errors import BadSignatureError, MalformedError
from protocol.gossip.cosignature import Cosignature, cosign, read_time, verify
from tests.support.examples import COSIGNED, LOG, PARTNERS, a_receipt
from tests.vectors.checkpoint import text

TEXT = text()
ALFA = PARTNERS[0]


@given(st.integers(0, 2**63 - 1))
def test_a_cosignature_says_who_and_when(time):
    """Any time of 63 bits is signed and read back."""
    line = cosign(TEXT, ALFA, time)

    assert verify(Note(TEXT, (line,)), [ALFA.verifier]) == (Cosignature(ALFA.verifier, time),)
    assert read_time(line) == time
    assert NoteSignature.parse(line.render()[:-1]) == line


def test_the_signature_bytes_are_76_with_the_key_id():
    """Key ID, time and Ed25519 signature, as C2SP has them."""
    line = cosign(TEXT, ALFA, 1679315147)

    assert len(line.key_id + line.value) == 76
    ALFA.verifier.verify(b"cosignature/v1\ntime 1679315147\n" + TEXT.encode(), line.value[8:])


def test_every_changed_bit_of_a_line_is_refused():
    """The time is signed like the text."""
    line = cosign(TEXT, ALFA, 1679315147)
    for at in range(len(line.value)):
        changed = bytes(byte ^ (at == place) for place, byte in enumerate(line.value))
        with pytest.raises(BadSignatureError):
            verify(Note(TEXT, (NoteSignature(line.name, line.key_id, changed),)), [ALFA.verifier])


def test_given_keys_of_another_type_are_ignored():
    """A log's key cosigns nothing: its plain signature stands beside the cosignatures."""
    note = Note.parse(a_receipt().log_proof.checkpoint)

    found = verify(note, [LOG.verifier, *(partner.verifier for partner in PARTNERS)])

    assert [time for _, time in found] == list(COSIGNED)


def test_a_key_of_another_type_cosigns_nothing():
    """A program that mixes up its keys is told so, and so is one that reads a wrong clock."""
    with pytest.raises(ValueError, match="not a cosigner's"):
        cosign(TEXT, LOG, 5)
    for time in (-1, 2**63):
        with pytest.raises(ValueError, match="within"):
            cosign(TEXT, ALFA, time)


def test_the_time_of_a_plain_signature_is_no_time():
    """A line that is no cosignature states none."""
    with pytest.raises(MalformedError, match="64 bytes"):
        read_time(sign_note(TEXT, LOG).signatures[0])
