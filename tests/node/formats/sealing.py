"""Seals, tokens and proofs made by the tests' own keys, and the ways in which each can be wrong."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from protocol.encoding import jcs

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ORGANISATION_ID = "VATFI-12345678"
FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)


def b64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value) -> str:
    """Return a JSON value as a part of a JWS."""
    return b64url(json.dumps(value).encode())


def key(algorithm: str, bits: int = 2048):
    """Return the tests' private key for an algorithm, the same one each time."""
    return _key(algorithm, bits)


@cache
def _key(algorithm: str, bits: int):
    if algorithm == "RS256":
        return rsa.generate_private_key(65537, bits)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"formats tests").digest())


def sign(algorithm: str, message: bytes, private=None) -> bytes:
    """Return a JWS signature."""
    private = private or key(algorithm)
    if algorithm == "RS256":
        return private.sign(message, padding.PKCS1v15(), SHA256())
    if algorithm == "ES256":
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)
    return private.sign(message)


@cache
def certificate(algorithm: str, bits: int = 2048) -> bytes:
    """Return a self-signed certificate of a university's seal, valid through 2025 and 2026."""
    return self_signed(key(algorithm, bits))


def self_signed(private, statements: bytes = b"", first=FIRST, last=LAST) -> bytes:
    """Return a certificate for any key, with the statements of a qualified one if there are any."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FI"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Northern Lake University"),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, ORGANISATION_ID),
        ]
    )
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(0xABC123).not_valid_before(first)
    builder = builder.not_valid_after(last)
    if statements:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), statements)
        builder = builder.add_extension(extension, critical=False)
    digest = None if isinstance(private, ed448.Ed448PrivateKey) else SHA256()
    return builder.sign(private, digest).public_bytes(Encoding.DER)


def header_for(algorithm: str, **changed) -> dict:
    """Return the protected header of a European Digital Credential's seal; None takes a member away."""
    der = certificate(algorithm)
    members = {
        "alg": algorithm,
        "b64": False,
        "crit": ["b64", "sigT"],
        "sigT": "2026-06-12T09:00:00Z",
        "x5c": [base64.b64encode(der).decode()],
        "x5t#S256": b64url(hashlib.sha256(der).digest()),
    }
    return {name: value for name, value in (members | changed).items() if value is not None}


def seal(document: bytes, algorithm: str = "ES256", *, header=None, private=None, flat=False, unprotected=None) -> dict:
    """Return the document under a JAdES seal."""
    members = header or header_for(algorithm)
    protected = part(members)
    payload = document.decode() if members.get("b64") is False else b64url(document)
    signature = b64url(sign(algorithm, f"{protected}.{payload}".encode(), private))
    one = {"protected": protected, "signature": signature}
    if unprotected is not None:
        one["header"] = unprotected
    return {"payload": payload} | (one if flat else {"signatures": [one]})


def jwk(algorithm: str) -> dict:
    """Return the public key of an algorithm as a JSON Web Key."""
    public = key(algorithm).public_key()
    if algorithm == "RS256":
        n = public.public_numbers().n
        return {"kty": "RSA", "e": "AQAB", "n": b64url(n.to_bytes((n.bit_length() + 7) // 8))}
    if algorithm == "ES256":
        numbers = public.public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": b64url(numbers.x.to_bytes(32)), "y": b64url(numbers.y.to_bytes(32))}
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(public.public_bytes_raw())}


def multibase(data: bytes) -> str:
    """Return base58btc multibase."""
    number, digits = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        digits = BASE58[rest] + digits
    return "z" + "1" * (len(data) - len(data.lstrip(b"\x00"))) + digits


def did_key(algorithm: str = "EdDSA") -> str:
    """Return the public key as a did:key."""
    public = key(algorithm).public_key()
    if algorithm == "EdDSA":
        return "did:key:" + multibase(b"\xed\x01" + public.public_bytes_raw())
    x962 = public.public_numbers()
    compressed = bytes([2 + x962.y % 2]) + x962.x.to_bytes(32)
    return "did:key:" + multibase(b"\x80\x24" + compressed)


def did_jwk(algorithm: str) -> str:
    """Return the public key as a did:jwk."""
    return "did:jwk:" + part(jwk(algorithm))


def token(claims: dict, algorithm: str = "ES256", *, header=None) -> bytes:
    """Return the claims as a compact JWS, with the key embedded unless another header is given."""
    members = {"alg": algorithm} | ({"jwk": jwk(algorithm)} if header is None else header)
    signed = f"{part(members)}.{part(claims)}".encode()
    return signed + b"." + b64url(sign(algorithm, signed)).encode()


def proved(document: dict, **changed) -> dict:
    """Return the document with an eddsa-jcs-2022 proof by the tests' did:key; changes are signed too."""
    did = did_key()
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-06-12T09:00:00Z",
        "verificationMethod": f"{did}#{did.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
    } | changed
    hashes = hashlib.sha256(jcs.encode(options)).digest() + hashlib.sha256(jcs.encode(document)).digest()
    return document | {"proof": options | {"proofValue": multibase(key("EdDSA").sign(hashes))}}
