"""Keys as text and as signers."""

import pytest

from protocol.encoding.keys import COSIGNATURE, Signer, VerifierKey
from protocol.encoding.wire import b64
from protocol.errors import BadSignatureError, MalformedError
from tests.support.examples import LOG, PARTNERS, seed

FOREIGN = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
"""The known answer of C2SP signed-note."""


@pytest.mark.parametrize("text", [FOREIGN, LOG.verifier.render(), PARTNERS[0].verifier.render()])
def test_a_verifier_key_is_read_and_written(text):
    """The key ID in the text is the one that name, type and key give."""
    key = VerifierKey.parse(text)

    assert key.render() == text
    assert text.split("+")[1] == key.key_id.hex()


@pytest.mark.parametrize(
    "text",
    [
        "", "example.com/foo", "example.com/foo+530d903a",
        FOREIGN.replace("530d903a", "530d903b"),
        FOREIGN.replace("530d903a", "530D903A"),
        FOREIGN.replace("example.com/foo", "example.com/fop"),
        FOREIGN.replace("example.com/foo", ""),
        FOREIGN.replace("example.com/foo", "example com"),
        FOREIGN + "=", FOREIGN[:-4], FOREIGN + " ", " " + FOREIGN, FOREIGN + "\n",
        f"a+00000000+{b64(bytes([2]) + bytes(32))}",
        f"a+00000000+{b64(bytes([6]) + bytes(1312))}",
        f"a+00000000+{b64(bytes([1]) + bytes(31))}",
    ],
)  # fmt: skip
def test_what_is_no_verifier_key_is_refused(text):
    """Another name, ID, type, length or spelling."""
    with pytest.raises(MalformedError):
        VerifierKey.parse(text)


def test_a_signature_verifies_over_its_message_alone():
    """Another message, key or length is refused, and never by another error."""
    signature = LOG.sign(b"message")
    LOG.verifier.verify(b"message", signature)

    for message, bad in ((b"massage", signature), (b"message", signature[:-1]), (b"message", b""), (b"", signature)):
        with pytest.raises(BadSignatureError):
            LOG.verifier.verify(message, bad)
    with pytest.raises(BadSignatureError):
        PARTNERS[0].verifier.verify(b"message", signature)


def test_a_public_key_that_is_no_point_verifies_nothing():
    """Such a key can be written down; it refuses every signature."""
    key = VerifierKey("a.example", 1, b"\xff" * 32)

    with pytest.raises(BadSignatureError):
        VerifierKey.parse(key.render()).verify(b"", bytes(64))


def test_a_signer_never_shows_its_seed():
    """Neither name nor key nor seed slips into a log line."""
    assert repr(LOG) == f"Signer({LOG.verifier.name!r})"


def test_the_type_is_part_of_the_key_id():
    """One key under both types has two IDs."""
    both = [Signer("a.example", seed("a")), Signer("a.example", seed("a"), COSIGNATURE)]

    assert both[0].verifier.public_key == both[1].verifier.public_key
    assert both[0].verifier.key_id != both[1].verifier.key_id


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\x00b"])
def test_a_signers_name_fits_a_signature_line(name):
    """Blanks of any script, '+' and control characters are refused."""
    with pytest.raises(MalformedError):
        Signer(name, bytes(32))
