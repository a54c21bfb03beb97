"""Ed25519 keys and the texts that name them (C2SP signed-note v1.0.0, "Signatures" and "Verifier keys").

A key has a name (for a log: its origin) and a four-byte ID, so that a note's signature lines can be matched to keys::

    key ID        first 4 bytes of SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key)
    verifier key  <name>+<hex8 of key ID>+<base64 of (algorithm ‖ public key)>

    example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k

Algorithms: 0x01 Ed25519 over the note's text, 0x04 Ed25519 cosignature (`protocol.gossip.cosignature`). The text is
split at its first two ``+``, since base64 may hold more. Refused: an empty name, a blank or ``+`` in it, a key ID
that is not the key's, unknown algorithms, any other spelling.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Self

from nacl.exceptions import BadSignatureError as NaClBadSignatureError
from nacl.signing import SigningKey, VerifyKey

from protocol.encoding.wire import b64, parse_b64
from protocol.errors import BadSignatureError, MalformedError

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


def check_name(name: str) -> None:
    """Raise MalformedError unless the name can stand in a signature line."""
    if not name or "+" in name or any(mark.isspace() or mark < " " for mark in name):
        raise MalformedError(f"'{name[:60]}' is not a key name: it has no blanks and no '+'")


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
        if len(data) != 1 + PUBLIC_KEY_BYTES or data[0] not in (ED25519, COSIGNATURE):
            raise MalformedError(f"the verifier key of '{name}' is not an Ed25519 key (type 01 or 04)")
        key = cls(name, data[0], data[1:])
        if key.render() != text:
            raise MalformedError(f"the key ID in the verifier key of '{name}' is not this key's")
        return key

    def render(self) -> str:
        """Return the verifier key as text."""
        encoded = b64(bytes([self.algorithm]) + self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise BadSignatureError unless this key made the signature over the message (RFC 8032)."""
        try:
            VerifyKey(self.public_key).verify(message, signature)
        except (NaClBadSignatureError, ValueError):
            raise BadSignatureError(f"the signature of '{self.name}' does not verify") from None


class Signer:
    """A private key under its name. It holds the seed in memory and never shows it."""

    __slots__ = ("_key", "verifier")

    def __init__(self, name: str, seed: bytes, algorithm: int = ED25519) -> None:
        """Make the key of a 32-byte seed."""
        check_name(name)
        self._key = SigningKey(seed)
        self.verifier = VerifierKey(name, algorithm, bytes(self._key.verify_key))

    def __repr__(self) -> str:
        """Name the key without its secret."""
        return f"Signer({self.verifier.name!r})"

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature over the message."""
        return self._key.sign(message).signature
