"""ML-DSA-44 against another implementation of FIPS 204, and where there is none."""

import subprocess
import sys

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import mldsa
from dilithium_py.ml_dsa import ML_DSA_44 as OTHER

from protocol.encoding import ml_dsa
from protocol.errors import BadSignatureError, NoTrustedKeyError
from tests.conftest import ROOT
from tests.support.examples import seed

SEED = seed("ml-dsa")
PUBLIC_KEY, SECRET = OTHER.key_derive(SEED)
MESSAGES = {"empty": b"", "one byte": b"a", "16 KiB": bytes(range(256)) * 64}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_each_verifies_what_the_other_signs(message):
    """Two implementations without a common author agree on keys and signatures."""
    key = ml_dsa.SigningKey(SEED)

    assert key.public_key == PUBLIC_KEY
    assert OTHER.verify(PUBLIC_KEY, message, key.sign(message))
    ml_dsa.verify(PUBLIC_KEY, message, OTHER.sign(SECRET, message, deterministic=True))


def test_signing_is_hedged():
    """Two signatures over one message differ, and both are good."""
    key = ml_dsa.SigningKey(SEED)
    one, other = key.sign(b"message"), key.sign(b"message")

    assert one != other
    for signature in (one, other):
        assert len(signature) == ml_dsa.SIGNATURE_BYTES
        ml_dsa.verify(PUBLIC_KEY, b"message", signature)


def test_whatever_is_not_the_signature_is_refused():
    """Another message, key, length or context; never by another error."""
    good = ml_dsa.SigningKey(SEED).sign(b"message")
    other_key, _ = OTHER.key_derive(seed("another"))
    with_context = OTHER.sign(SECRET, b"message", ctx=b"c", deterministic=True)

    for public_key, message, signature in [
        (PUBLIC_KEY, b"massage", good), (other_key, b"message", good), (PUBLIC_KEY, b"message", with_context),
        (PUBLIC_KEY, b"message", b""), (PUBLIC_KEY, b"message", good[:-1]), (PUBLIC_KEY, b"message", good + b"\x00"),
        (PUBLIC_KEY, b"message", bytes(2420)), (PUBLIC_KEY, b"message", b"\xff" * 2420),
        (b"", b"message", good), (PUBLIC_KEY[:-1], b"message", good), (b"\xff" * 1312, b"message", good),
    ]:  # fmt: skip
        with pytest.raises(BadSignatureError):
            ml_dsa.verify(public_key, message, signature)


def test_nothing_is_verified_or_signed_without_it(monkeypatch):
    """A good signature that can't be checked is told apart from a bad one, and neither passes."""
    good = ml_dsa.SigningKey(SEED).sign(b"message")
    monkeypatch.setattr(ml_dsa, "available", lambda: False)

    for signature in (good, bytes(2420)):
        with pytest.raises(NoTrustedKeyError, match="cryptography"):
            ml_dsa.verify(PUBLIC_KEY, b"message", signature)
    with pytest.raises(ValueError, match="cryptography"):
        ml_dsa.SigningKey(SEED)


def test_a_library_without_the_algorithm_is_as_none(monkeypatch):
    """`cryptography` can be built over a library that has no ML-DSA."""

    class Lacking:
        @staticmethod
        def from_seed_bytes(data):
            raise UnsupportedAlgorithm("ML-DSA-44")

    monkeypatch.setattr(mldsa, "MLDSA44PrivateKey", Lacking)
    ml_dsa.available.cache_clear()
    try:
        assert not ml_dsa.available()
    finally:
        monkeypatch.undo()
        ml_dsa.available.cache_clear()
    assert ml_dsa.available()


WITHOUT = """
import sys
sys.modules["cryptography"] = None  # as if it were not installed
from protocol import Policy, Signer, VerifierKey
from protocol.encoding import ml_dsa
from protocol.errors import NoTrustedKeyError
assert not ml_dsa.available()
key = VerifierKey("a.example", 6, bytes(1312))
assert VerifierKey.parse(key.render()) == key
try:
    key.verify(b"", bytes(2420))
except NoTrustedKeyError as error:
    print(error)
"""


def test_protocol_runs_without_the_package():
    """A relying party with PyNaCl and msgspec alone reads such keys, and is told why it can't verify by them."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "`cryptography` 50 or newer" in done.stdout
