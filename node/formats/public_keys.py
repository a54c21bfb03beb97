"""Public keys as documents carry them, and the three signature algorithms that are checked.

===========  ==================================================  =====================================
algorithm    key                                                 signature
===========  ==================================================  =====================================
``RS256``    RSA, 2048 bits or more                              PKCS #1 v1.5, SHA-256 (RFC 7518, 3.3)
``ES256``    EC P-256                                            r ‖ s, 64 bytes (RFC 7518, 3.4)
``EdDSA``    Ed25519                                             64 bytes (RFC 8037)
===========  ==================================================  =====================================

Keys come as JWK (RFC 7517), as ``did:key`` (Ed25519 and P-256, base58btc multibase), as ``did:jwk``, or in a
certificate.
"""

import hashlib
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from node.formats import strict_json
from node.formats.strict_json import JsonObject
from node.formats.unwrap import base64url
from protocol.encoding.multibase import multibase_bytes
from protocol.errors import MalformedError

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

LEAST_RSA_BITS: Final = 2048
MOST_RSA_BITS: Final = 16384
ALGORITHMS: Final = frozenset({"RS256", "ES256", "EdDSA"})

_ED25519_CODE: Final = b"\xed\x01"
_P256_CODE: Final = b"\x80\x24"
_COORDINATE_BYTES: Final = 32
_COMPRESSED_BYTES: Final = 1 + _COORDINATE_BYTES
"""A did:key holds the compressed point only, so that a key has one name."""


def key_id(key: PublicKey) -> str:
    """Return the SHA-256 of the key's SubjectPublicKeyInfo in hex."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def verifies(key: PublicKey, algorithm: str, *, message: bytes, signature: bytes) -> bool:
    """Return whether the signature over the message is the key's, under this algorithm and no other.

    Raises:
        MalformedError: The key is not of the algorithm, or too weak for it.
    """
    try:
        if algorithm == "RS256" and isinstance(key, rsa.RSAPublicKey):
            _check_strength(key)
            key.verify(signature, message, padding.PKCS1v15(), SHA256())
        elif algorithm == "ES256" and isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
            if len(signature) != 2 * _COORDINATE_BYTES:
                return False
            r, s = (int.from_bytes(part) for part in (signature[:_COORDINATE_BYTES], signature[_COORDINATE_BYTES:]))
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        elif algorithm == "EdDSA" and isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            raise MalformedError(f"the key is not one for {algorithm}")
    except InvalidSignature:
        return False
    return True


def _check_strength(key: rsa.RSAPublicKey) -> None:
    if not LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS:
        raise MalformedError(f"an RSA key of {key.key_size} bits is not accepted; {LEAST_RSA_BITS} are the least")


def from_jwk(jwk: Any) -> PublicKey:
    """Return the key of a JSON Web Key.

    Raises:
        MalformedError: It is none of the three kinds, or broken.
    """
    if not isinstance(jwk, dict):
        raise MalformedError("a JSON Web Key is an object", "jwk")
    kind = (jwk.get("kty"), jwk.get("crv"))
    try:
        if kind[0] == "RSA":
            return rsa.RSAPublicNumbers(e=_number(jwk, "e"), n=_number(jwk, "n")).public_key()
        if kind == ("EC", "P-256"):
            return ec.EllipticCurvePublicNumbers(_number(jwk, "x"), _number(jwk, "y"), ec.SECP256R1()).public_key()
        if kind == ("OKP", "Ed25519"):
            return ed25519.Ed25519PublicKey.from_public_bytes(_octets(jwk, "x"))
    except (ValueError, UnsupportedAlgorithm) as error:
        if isinstance(error, MalformedError):
            raise
        raise MalformedError("the numbers are no key", "jwk") from None
    raise MalformedError("only RSA, P-256 and Ed25519 keys are known", "jwk")


def _number(jwk: JsonObject, name: str) -> int:
    return int.from_bytes(_octets(jwk, name))


def _octets(jwk: JsonObject, name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str) or not value or len(value) > MOST_RSA_BITS // 4:
        raise MalformedError(f"member '{name}' is missing or too long", "jwk")
    return base64url(value, f"jwk.{name}")


def from_did(did: str) -> PublicKey:
    """Return the key that a ``did:key`` or ``did:jwk`` is made of; a fragment has to name the same key.

    Raises:
        MalformedError: It is another DID method, or broken.
    """
    address, _, fragment = did.partition("#")
    if address.startswith("did:key:"):
        multibase = address.removeprefix("did:key:")
        if fragment not in ("", multibase):
            raise MalformedError("a did:key has one key, and its fragment names another", "verificationMethod")
        return from_multibase(multibase)
    if address.startswith("did:jwk:"):
        if fragment not in ("", "0"):
            raise MalformedError("a did:jwk has one key, named #0", "verificationMethod")
        return from_jwk(strict_json.parse(base64url(address.removeprefix("did:jwk:"), "did:jwk")))
    raise MalformedError("only did:key and did:jwk hold their key", "verificationMethod")


def from_multibase(multibase: str) -> PublicKey:
    """Return the key of a multibase text (base58btc, ``z``), Ed25519 or P-256.

    Raises:
        MalformedError: It is another kind of key, or broken.
    """
    data = multibase_bytes(multibase)
    try:
        if data.startswith(_ED25519_CODE):
            return ed25519.Ed25519PublicKey.from_public_bytes(data.removeprefix(_ED25519_CODE))
        if data.startswith(_P256_CODE) and len(data) == len(_P256_CODE) + _COMPRESSED_BYTES:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data.removeprefix(_P256_CODE))
    except ValueError:
        raise MalformedError("the bytes are no key", "multibase") from None
    raise MalformedError("only Ed25519 and P-256 keys are known", "multibase")
