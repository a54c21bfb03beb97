r"""Seal a European Digital Credential: JAdES in JWS JSON serialisation; `node.formats.jades` verifies it.

The form is the one that the EDC tools write: the payload stands as it is (``b64: false``, RFC 7797), beside one
signature::

    {"payload":"{\"@context\":…}","signatures":[{"protected":"eyJ…","signature":"…"}]}

    protected   {"alg":"ES256","b64":false,"crit":["b64","sigT"],"cty":"ld+json","sigT":"2026-11-24T08:00:00Z",
                 "typ":"jose+json","x5c":["MII…"],"x5t#S256":"…"}
    signature   over  protected ‖ "." ‖ payload:  RS256 (RSA from 2,048 bits) or ES256 (P-256)

Source: ETSI TS 119 182-1, baseline level B-B. There is no time stamp: ``sigT`` is the signer's own word. What makes
a seal qualified is its certificate and the device that holds its key, neither of which is made here.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from node.formats.public_keys import LEAST_RSA_BITS
from node.formats.strict_json import JsonObject
from protocol.encoding import jcs
from protocol.encoding.wire import b64, b64url, check_instant
from protocol.errors import MalformedError

SealingKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_COORDINATE_BYTES: Final = 32


def seal_jades(
    credential: JsonObject, private_key: SealingKey, *, chain: Sequence[x509.Certificate], signed_at: str
) -> JsonObject:
    """Return the sealed credential.

    Args:
        credential: The credential, as `node.formats.write_elm` makes it.
        private_key: The key of the chain's first certificate.
        chain: The sealing certificate, then each one's issuer, as far up as it should go into the file.
        signed_at: The instant of sealing (``YYYY-MM-DDTHH:MM:SSZ``).

    Raises:
        MalformedError: Key, chain or instant don't fit together, or the credential is no JSON that can be sealed.
    """
    algorithm = _algorithm(private_key)
    _check_chain(chain, private_key, signed_at)
    payload = jcs.encode(credential).decode()
    protected = b64url(jcs.encode(_header(algorithm, chain, signed_at)))
    signature = _sign(private_key, f"{protected}.{payload}".encode())
    return {"payload": payload, "signatures": [{"protected": protected, "signature": b64url(signature)}]}


def _header(algorithm: str, chain: Sequence[x509.Certificate], signed_at: str) -> dict[str, Any]:
    ders = [certificate.public_bytes(Encoding.DER) for certificate in chain]
    return {
        "alg": algorithm,
        "b64": False,
        "crit": ["b64", "sigT"],
        "cty": "ld+json",
        "sigT": signed_at,
        "typ": "jose+json",
        "x5c": [b64(der) for der in ders],
        "x5t#S256": b64url(hashlib.sha256(ders[0]).digest()),
    }


def _algorithm(private_key: SealingKey) -> str:
    if isinstance(private_key, rsa.RSAPrivateKey) and private_key.key_size >= LEAST_RSA_BITS:
        return "RS256"
    if isinstance(private_key, ec.EllipticCurvePrivateKey) and isinstance(private_key.curve, ec.SECP256R1):
        return "ES256"
    raise MalformedError(f"seal with an RSA key from {LEAST_RSA_BITS} bits or a P-256 key", "private key")


def _check_chain(chain: Sequence[x509.Certificate], private_key: SealingKey, signed_at: str) -> None:
    check_instant(signed_at, "signed_at")
    if not chain or chain[0].public_key() != private_key.public_key():
        raise MalformedError("the first certificate is of another key", "chain")
    for certificate, issuer in pairwise(chain):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            raise MalformedError("a certificate was not issued by the one after it", "chain") from None
    first, last = chain[0].not_valid_before_utc, chain[0].not_valid_after_utc
    if not first <= datetime.fromisoformat(signed_at) <= last:
        raise MalformedError(f"lies outside the certificate's dates, {first} to {last}", "signed_at")


def _sign(private_key: SealingKey, message: bytes) -> bytes:
    if isinstance(private_key, rsa.RSAPrivateKey):
        return private_key.sign(message, padding.PKCS1v15(), SHA256())
    r, s = decode_dss_signature(private_key.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(_COORDINATE_BYTES) + s.to_bytes(_COORDINATE_BYTES)
