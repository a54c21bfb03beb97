"""ML-DSA-44 (FIPS 204): signatures that a quantum computer does not forge, where the installation can make them.

================  ==========  ==================================================
seed              32 bytes    the private key as it is kept (FIPS 204 calls it ξ)
public key        1312 bytes
signature         2420 bytes  over the message itself, with an empty context
================  ==========  ==================================================

PyNaCl does not have it: `cryptography` from version 50 on does, and that package is optional here. Without it
nothing is signed, and nothing is taken as verified (`docs/adr/0012-ml-dsa-beside-ed25519.md`). Signing is hedged:
the library draws fresh randomness for each signature, so one message has many good signatures.
"""

from functools import cache
from typing import TYPE_CHECKING, Final

from protocol.errors import BadSignatureError, NoTrustedKeyError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:
    _FOUND = False
else:
    _FOUND = True

PUBLIC_KEY_BYTES: Final = 1312
SIGNATURE_BYTES: Final = 2420
SEED_BYTES: Final = 32
MISSING: Final = "this installation has no ML-DSA-44 (`cryptography` 50 or newer has it)"


@cache
def available() -> bool:
    """Return whether this installation signs and verifies ML-DSA-44.

    The package may be there and built over a library that lacks the algorithm: so a key is made, once.
    """
    if not _FOUND:
        return False
    try:
        mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(SEED_BYTES))
    except UnsupportedAlgorithm:
        return False
    return True


class SigningKey:
    """A private key. It is expanded once: that costs a fifth of a signature."""

    __slots__ = ("_key",)

    def __init__(self, seed: bytes) -> None:
        """Make the key of a 32-byte seed.

        Raises:
            ValueError: The seed has another length, or this installation has no ML-DSA-44.
        """
        if not available():
            raise ValueError(MISSING)
        self._key: MLDSA44PrivateKey = mldsa.MLDSA44PrivateKey.from_seed_bytes(seed)

    @property
    def public_key(self) -> bytes:
        """The 1312 bytes of the public key."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return a 2420-byte signature over the message; another one each time."""
        return self._key.sign(message)


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Raise unless the key made the signature over the message.

    Raises:
        BadSignatureError: It did not, or the key is none.
        NoTrustedKeyError: Nothing was checked: this installation has no ML-DSA-44.
    """
    if not available():
        raise NoTrustedKeyError(MISSING)
    try:
        mldsa.MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise BadSignatureError("the ML-DSA-44 signature does not verify") from None
