"""What a node says of its cosigners, as it is made; the table of what is read is in the golden files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import MAX_SIGNATURES, Note, NoteSignature
from protocol.errors import MalformedError, ProtocolError
from protocol.gossip.cosigners import MAX_COSIGNERS_BYTES, MAX_KEYS, Cosigners, open_cosigners, sign_cosigners
from tests.support.examples import LOG, ORIGIN, PARTNERS, seed
from tests.vectors.cosigners import MIRROR, MIRROR_6, WITNESS, ml_dsa

COSIGNERS = Cosigners(ORIGIN, (WITNESS,), (MIRROR, MIRROR_6))
SIGNED = sign_cosigners(COSIGNERS, LOG)


def test_lines_of_others_are_ignored():
    """Whoever adds a line to the note changes nothing of what the log says."""
    stranger = NoteSignature("stranger.example", bytes(4), b"anything")

    assert open_cosigners(Note.parse(SIGNED).adding([stranger]).render(), [LOG.verifier]) == COSIGNERS


def test_another_log_says_nothing_of_these():
    """A node signs for its own log alone, and never gives a cosigner the log's key."""
    with pytest.raises(ValueError, match="does not sign for"):
        sign_cosigners(COSIGNERS, Signer("other.example/nostra", seed("other")))
    own = Signer(f"{ORIGIN}/mirror", seed("log"), COSIGNATURE).verifier
    with pytest.raises(MalformedError, match="vouch for itself"):
        sign_cosigners(Cosigners(ORIGIN, (), (own,)), LOG)


def test_the_longest_note_fits():
    """Three cosigners with eight ML-DSA-44 keys each, under the longest origin, and lines beside the log's."""
    origin = "o" * 246
    log = Signer(origin, seed("log"))
    roles = [
        tuple(
            sorted(
                (Signer(f"{origin}/{role}", seed(f"{role}{at}"), 6).verifier for at in range(MAX_KEYS)),
                key=lambda key: key.public_key,
            )
        )
        for role in ("witness", "mirror", "index-co")
    ]
    cosigners = Cosigners(origin, *roles)
    others = [NoteSignature(f"{at}.example", bytes(4), bytes(64)) for at in range(MAX_SIGNATURES - 1)]
    note = Note.parse(sign_cosigners(cosigners, log)).adding(others).render()

    assert len(note) <= MAX_COSIGNERS_BYTES
    assert open_cosigners(note, [log.verifier]) == cosigners


def test_one_kind_of_claim_is_one_key():
    """Built by a program or read from a note: the same rules."""
    for roles in [
        {"witness": (WITNESS,), "mirror": (WITNESS,)}, {"mirror": (MIRROR, MIRROR)}, {"mirror": (LOG.verifier,)}, {},
        {"mirror": (MIRROR_6, MIRROR)}, {"mirror": (MIRROR, PARTNERS[0].verifier)},
    ]:  # fmt: skip
        with pytest.raises(MalformedError):
            Cosigners(ORIGIN, **roles)


@given(st.data())
@settings(max_examples=300)
def test_a_changed_note_is_refused(data):
    """Any byte changed, dropped or doubled gives one of our errors."""
    at = data.draw(st.integers(0, len(SIGNED) - 1))
    new = data.draw(st.binary(max_size=3).filter(lambda new: new != SIGNED[at : at + 1]))

    with pytest.raises(ProtocolError):
        open_cosigners(SIGNED[:at] + new + SIGNED[at + 1 :], [LOG.verifier])


def test_an_index_cosigner_stands_last():
    """It comes with part three of the protocol; its keys are read and written today."""
    index = ml_dsa("index-cosigner")
    cosigners = Cosigners(ORIGIN, (WITNESS,), (MIRROR,), (index,))

    assert cosigners.render()[-1] == f"index {index.render()}"
    assert open_cosigners(sign_cosigners(cosigners, LOG), [LOG.verifier]) == cosigners
