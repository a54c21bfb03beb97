"""Cosignatures made and verified; the table of cases is in the golden files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import ml_dsa
from protocol.encoding.keys import ML_DSA_44, Signer, VerifierKey
from protocol.encoding.note import Note, NoteSignature, sign_note
from protocol.errors import BadSignatureError, MalformedError
from protocol.gossip.cosignature import Cosignature, cosign, read_time, verify
from tests.support.examples import COSIGNED, LOG, PARTNERS, a_receipt, seed
from tests.vectors.checkpoint import text

TEXT = text()
ALFA = PARTNERS[0]
ALFA_6 = Signer(ALFA.verifier.name, seed("alfa, ML-DSA"), ML_DSA_44)
BOTH = {"Ed25519": ALFA, "ML-DSA-44": ALFA_6}


@pytest.mark.parametrize("signer", BOTH.values(), ids=BOTH)
@given(time=st.integers(1, 2**63 - 1))
def test_a_cosignature_says_who_and_when(signer, time):
    """Any time of 63 bits is signed and read back."""
    line = cosign(TEXT, signer, time)

    assert verify(Note(TEXT, (line,)), [signer.verifier]) == (Cosignature(signer.verifier, time),)
    assert read_time(line) == time
    assert NoteSignature.parse(line.render()[:-1]) == line


def test_the_signature_bytes_are_76_with_the_key_id():
    """Key ID, time and Ed25519 signature, as C2SP has them."""
    line = cosign(TEXT, ALFA, 1679315147)

    assert len(line.key_id + line.value) == 76
    ALFA.verifier.verify(b"cosignature/v1\ntime 1679315147\n" + TEXT.encode(), line.value[8:])


@pytest.mark.parametrize("signer", BOTH.values(), ids=BOTH)
def test_every_changed_byte_of_a_line_is_refused(signer):
    """The time is signed like the text."""
    line = cosign(TEXT, signer, 1679315147)
    for at in range(len(line.value)):
        changed = bytes(byte ^ (at == place) for place, byte in enumerate(line.value))
        with pytest.raises(BadSignatureError):
            verify(Note(TEXT, (NoteSignature(line.name, line.key_id, changed),)), [signer.verifier])


def test_given_keys_of_another_type_are_ignored():
    """A log's key cosigns nothing: its plain signature stands beside the cosignatures."""
    note = Note.parse(a_receipt().log_proof.checkpoint)

    found = verify(note, [LOG.verifier, *(partner.verifier for partner in PARTNERS)])

    assert [time for _, time in found] == list(COSIGNED)


def test_a_key_of_another_type_cosigns_nothing():
    """A program that mixes up its keys is told so, and so is one that reads a wrong clock."""
    with pytest.raises(ValueError, match="not a cosigner's"):
        cosign(TEXT, LOG, 5)
    for signer, time in ((ALFA, -1), (ALFA, 2**63), (ALFA_6, 0), (ALFA_6, 2**63)):
        with pytest.raises(ValueError, match="within"):
            cosign(TEXT, signer, time)


def test_the_time_of_a_plain_signature_is_no_time():
    """A line that is no cosignature states none."""
    with pytest.raises(MalformedError, match="64 bytes"):
        read_time(sign_note(TEXT, LOG).signatures[0])


def test_the_lines_of_two_types_differ_in_length_alone():
    """Key ID and time stand before the signature in both."""
    line = cosign(TEXT, ALFA_6, 1679315147)

    assert len(line.key_id + line.value) == 4 + 8 + 2420
    assert read_time(line) == 1679315147


@pytest.mark.parametrize(
    "bad", ["no checkpoint\n", text("0"), text(origin="o" * 256)], ids=["no checkpoint", "empty tree", "long origin"]
)
def test_what_has_no_cosigned_message_is_not_cosigned(bad):
    """ML-DSA-44 signs the parts of a checkpoint, so they must be there."""
    with pytest.raises(MalformedError):
        cosign(bad, ALFA_6, 5)


def test_the_key_of_one_cosigner_does_not_speak_for_another():
    """The message names the cosigner: under a second name the same key and line verify nothing."""
    line = cosign(TEXT, ALFA_6, 5)
    other = VerifierKey("mirror.beta.example", ML_DSA_44, ALFA_6.verifier.public_key)
    moved = NoteSignature(other.name, other.key_id, line.value)

    with pytest.raises(BadSignatureError):
        verify(Note(TEXT, (moved,)), [other])


def test_what_cannot_be_verified_is_not_counted(monkeypatch):
    """Without ML-DSA-44 its lines are as those of strangers, however good or bad they are."""
    lines = (cosign(TEXT, ALFA, 7), cosign(TEXT, ALFA_6, 5), cosign(text("9"), ALFA_6, 5))
    monkeypatch.setattr(ml_dsa, "available", lambda: False)

    found = verify(Note(TEXT, lines), [ALFA.verifier, ALFA_6.verifier])

    assert found == (Cosignature(ALFA.verifier, 7),)
