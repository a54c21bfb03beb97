"""Keys as text and as signers."""

import pytest

from protocol.encoding.keys import COSIGNATURE, ML_DSA_44, Signer, VerifierKey
from protocol.encoding.wire import b64
from protocol.errors import BadSignatureError, MalformedError
from tests.support.examples import LOG, PARTNERS, seed
from tests.support.ml_dsa import DeterministicSigner

FOREIGN = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
"""The known answer of C2SP signed-note."""

CREATED = DeterministicSigner("a.example", seed("a"))
"""An ML-DSA-44 key that another implementation derived."""


@pytest.mark.parametrize(
    "text", [FOREIGN, LOG.verifier.render(), PARTNERS[0].verifier.render(), CREATED.verifier.render()]
)
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
        f"a+00000000+{b64(bytes([6]) + bytes(32))}",
        f"a+00000000+{b64(bytes([4]) + bytes(1312))}",
        "a+00000000+",
        VerifierKey("n" * 256, ML_DSA_44, bytes(1312)).render(),
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


def test_a_signer_under_another_name_signs_as_the_same_key():
    """The public key is the same, the key ID another; the first signer stays as it was."""
    twin = LOG.under("other.example")
    assert (twin.verifier.name, twin.verifier.public_key) == ("other.example", LOG.verifier.public_key)
    assert twin.verifier.key_id != LOG.verifier.key_id
    twin.verifier.verify(b"text", LOG.sign(b"text"))
    with pytest.raises(MalformedError):
        LOG.under("a name with blanks")


def test_a_signer_never_shows_its_seed():
    """Neither name nor key nor seed slips into a log line."""
    assert repr(LOG) == f"Signer({LOG.verifier.name!r})"


def test_the_type_is_part_of_the_key_id():
    """One key under both types has two IDs."""
    both = [Signer("a.example", seed("a")), Signer("a.example", seed("a"), COSIGNATURE)]

    assert both[0].verifier.public_key == both[1].verifier.public_key
    assert both[0].verifier.key_id != both[1].verifier.key_id


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\x00b", "a\udcffb"])
def test_a_signers_name_fits_a_signature_line(name):
    """Blanks of any script, '+', control characters and what is no UTF-8 (as from a command line) are refused."""
    with pytest.raises(MalformedError):
        Signer(name, bytes(32))


def test_an_ml_dsa_key_is_the_one_that_others_derive_from_its_seed():
    """And it verifies what they sign, as they name it."""
    signer = Signer("a.example", seed("a"), ML_DSA_44)

    assert signer.verifier == CREATED.verifier
    signer.verifier.verify(b"message", CREATED.sign(b"message"))


def test_a_signature_of_another_type_is_refused():
    """Under an ML-DSA-44 key an Ed25519 signature verifies nothing, nor the other way round."""
    signer = Signer("a.example", seed("a"), ML_DSA_44)

    with pytest.raises(BadSignatureError, match=r"of 'a\.example'"):
        signer.verifier.verify(b"message", LOG.sign(b"message"))
    with pytest.raises(BadSignatureError):
        LOG.verifier.verify(b"message", signer.sign(b"message"))


def test_the_longest_name_of_an_ml_dsa_key_has_255_bytes():
    """Its signed message has one byte for the length; Ed25519 keys have no such bound."""
    Signer("é" * 127 + "e", seed("a"), ML_DSA_44)
    Signer("é" * 128, seed("a"), COSIGNATURE)

    with pytest.raises(MalformedError, match="255 bytes"):
        Signer("é" * 128, seed("a"), ML_DSA_44)


@pytest.mark.parametrize("algorithm", [1, COSIGNATURE, ML_DSA_44])
@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(algorithm, length):
    """Any other is the program's own mistake."""
    with pytest.raises(ValueError, match="32"):
        Signer("a.example", bytes(length), algorithm)
