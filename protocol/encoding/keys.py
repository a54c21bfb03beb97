"""Keys and the texts that name them (C2SP signed-note v1.0.0, "Signatures" and "Verifier keys").

A key has a name (for a log: its origin) and a four-byte ID, so that a note's signature lines can be matched to keys::

    key ID        first 4 bytes of SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key)
    verifier key  <name>+<hex8 of key ID>+<base64 of (algorithm ‖ public key)>

    example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k

Algorithms: 0x01 Ed25519 over the note's text, 0x04 Ed25519 cosignature, 0x06 ML-DSA-44 cosignature (both:
`protocol.gossip.cosignature`). The text is split at its first two ``+``, since base64 may hold more. Refused: an empty
name, a blank or ``+`` in it, one of more than 255 bytes for 0x06 (its signed message has no room for it), a key ID that
is not the key's, unknown algorithms, any other spelling.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Self

from nacl.exceptions import BadSignatureError as NaClBadSignatureError
from nacl.signing import SigningKey, VerifyKey

from protocol.encoding import ml_dsa
from protocol.encoding.wire import MAX_ORIGIN_BYTES, b64, parse_b64
from protocol.errors import BadSignatureError, MalformedError

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
ML_DSA_44: Final = 0x06
COSIGNING: Final = (COSIGNATURE, ML_DSA_44)
"""The algorithms of cosigners."""

PUBLIC_KEY_BYTES: Final = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: ml_dsa.PUBLIC_KEY_BYTES}
SIGNATURE_BYTES: Final = {ED25519: 64, COSIGNATURE: 64, ML_DSA_44: ml_dsa.SIGNATURE_BYTES}
SEED_BYTES: Final = 32
"""Of every algorithm."""

_UNNAMEABLE: Final = re.compile(r"[\s+\x00-\x1f\ud800-\udfff]")


def check_name(name: str, algorithm: int = ED25519) -> None:
    """Raise MalformedError unless the name can stand in a signature line of this algorithm."""
    if not name or _UNNAMEABLE.search(name):
        raise MalformedError(f"{name[:60]!a} is not a key name: it is UTF-8 without blanks and '+'")
    if algorithm == ML_DSA_44 and len(name.encode()) > MAX_ORIGIN_BYTES:
        raise MalformedError(f"{name[:60]!a}… names no ML-DSA-44 key: it has more than {MAX_ORIGIN_BYTES} bytes")


@lru_cache(maxsize=1024)
def key_id(name: str, algorithm: int, public_key: bytes) -> bytes:
    """Return the four bytes that tell this key from others of the same name."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under its name."""

    name: str
    algorithm: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The four-byte key ID."""
        return key_id(self.name, self.algorithm, self.public_key)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key.

        Raises:
            MalformedError: It is not in the form above, or its key ID is another key's.
        """
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise MalformedError(f"'{text[:60]}' is not a verifier key: expected NAME+HASH+KEY")
        name, _, encoded = parts
        check_name(name)
        data = parse_b64(encoded, "verifier key")
        if not data or len(data) - 1 != PUBLIC_KEY_BYTES.get(data[0]):
            raise MalformedError(f"the verifier key of '{name}' is neither Ed25519 (type 01 or 04) nor ML-DSA-44 (06)")
        check_name(name, data[0])
        key = cls(name, data[0], data[1:])
        if key.render() != text:
            raise MalformedError(f"the key ID in the verifier key of '{name}' is not this key's")
        return key

    def render(self) -> str:
        """Return the verifier key as text."""
        encoded = b64(bytes([self.algorithm]) + self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise unless this key made the signature over the message (RFC 8032, FIPS 204).

        Raises:
            BadSignatureError: It did not.
            NoTrustedKeyError: Nothing was checked: it is an ML-DSA-44 key, which this installation can't verify.
        """
        verify = ml_dsa.verify if self.algorithm == ML_DSA_44 else _verify_ed25519
        try:
            verify(self.public_key, message, signature)
        except BadSignatureError:
            raise BadSignatureError(f"the signature of '{self.name}' does not verify") from None


def _verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> None:
    try:
        VerifyKey(public_key).verify(message, signature)
    except (NaClBadSignatureError, ValueError):
        raise BadSignatureError("the Ed25519 signature does not verify") from None


class Signer:
    """A private key under its name. It holds the seed in memory and never shows it."""

    __slots__ = ("_sign", "verifier")

    def __init__(self, name: str, seed: bytes, algorithm: int = ED25519) -> None:
        """Make the key of a 32-byte seed.

        Raises:
            MalformedError: The name can't stand in a signature line.
            ValueError: The seed has another length, or this installation has no ML-DSA-44.
        """
        check_name(name, algorithm)
        self._sign: Callable[[bytes], bytes]
        public_key, self._sign = (_ml_dsa_44 if algorithm == ML_DSA_44 else _ed25519)(seed)
        self.verifier = VerifierKey(name, algorithm, public_key)

    def __repr__(self) -> str:
        """Name the key without its secret."""
        return f"Signer({self.verifier.name!r})"

    def under(self, name: str) -> "Signer":
        """Return the same private key under another name.

        Raises:
            MalformedError: The name can't stand in a signature line.
        """
        check_name(name, self.verifier.algorithm)
        twin = Signer.__new__(Signer)
        twin._sign, twin.verifier = self._sign, replace(self.verifier, name=name)
        return twin

    def sign(self, message: bytes) -> bytes:
        """Return the signature over the message: 64 bytes of Ed25519, or 2420 of ML-DSA-44."""
        return self._sign(message)


def _ed25519(seed: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    key = SigningKey(seed)
    return bytes(key.verify_key), lambda message: key.sign(message).signature


def _ml_dsa_44(seed: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    key = ml_dsa.SigningKey(seed)
    return key.public_key, key.sign
