"""Checkpoints made and opened; the table of cases is in the golden files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.keys import Signer
from protocol.errors import BadSignatureError, NoTrustedKeyError
from protocol.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from protocol.log.merkle import EMPTY_ROOT
from tests.support.examples import LOG, ORIGIN, seed

roots = st.binary(min_size=32, max_size=32)


@given(st.integers(1, 2**63 - 1), roots)
def test_a_signed_checkpoint_is_opened_as_it_was(size, root):
    """Origin, size and root hash survive signing and opening."""
    checkpoint = Checkpoint(ORIGIN, size, root)

    opened, note = open_checkpoint(sign_checkpoint(checkpoint, LOG), [LOG.verifier])

    assert opened == checkpoint == Checkpoint.parse(note.text)


def test_a_key_signs_for_its_own_origin_alone():
    """The log's key name is its origin, so a program can't sign another log's checkpoint by mistake."""
    with pytest.raises(ValueError, match="does not sign for"):
        sign_checkpoint(Checkpoint("other.example", 0, EMPTY_ROOT), LOG)


def test_the_reader_is_told_whom_it_does_not_know():
    """Without a key for the origin the error names the origin; with one that did not sign, it says so."""
    note = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), LOG)

    with pytest.raises(NoTrustedKeyError, match=rf"^no trusted key for {ORIGIN}$"):
        open_checkpoint(note, [])
    with pytest.raises(NoTrustedKeyError, match=r"^not signed by a trusted key"):
        open_checkpoint(note, [Signer(ORIGIN, seed("next key")).verifier])


def test_every_known_key_of_the_origin_must_be_right():
    """While a key changes both sign; one bad line refuses the note though the other is good."""
    checkpoint = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    next_key = Signer(ORIGIN, seed("next key"))
    both = open_checkpoint(sign_checkpoint(checkpoint, LOG), [LOG.verifier])[1].adding(
        open_checkpoint(sign_checkpoint(checkpoint, next_key), [next_key.verifier])[1].signatures
    )
    keys = [LOG.verifier, next_key.verifier]
    assert open_checkpoint(both.render(), keys)[0] == checkpoint

    bad = both.render().replace(both.signatures[1].render().encode()[-8:], b"AAAAAA=\n")
    with pytest.raises(BadSignatureError):
        open_checkpoint(bad, keys)
