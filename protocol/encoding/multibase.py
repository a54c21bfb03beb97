"""Multibase, Multikey and ``did:key``: how the world of Verifiable Credentials writes bytes and Ed25519 keys.

::

    multibase     "z" ‖ base58btc of the bytes; each zero byte in front is a "1"
    Multikey      multibase of 0xED 0x01 ‖ the 32 bytes of an Ed25519 public key: 48 characters, z6Mk…
    did:key       "did:key:" ‖ Multikey
    method        did:key:z6Mk… # z6Mk…        a key, and its name within the document that it is the whole of

(W3C Controlled Identifiers 1.0, sections 2.2.2 "Multikey" and 2.4 "Multibase"; did:key v0.9.) Base58 has one spelling
for any bytes, so what reads back is what was written. Refused: other bases, other kinds of key, a fragment that names
another key.
"""

from typing import Final

from protocol.encoding.keys import ED25519, PUBLIC_KEY_BYTES
from protocol.errors import MalformedError

MOST_CHARACTERS: Final = 128
"""A signature of 64 bytes has 89; reading is quadratic in the length."""

MULTIKEY_CHARACTERS: Final = 48
DID_KEY: Final = "did:key:"

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUE_OF: Final = {digit: value for value, digit in enumerate(_ALPHABET)}
_PREFIX: Final = b"\xed\x01"


def multibase(data: bytes) -> str:
    """Return bytes as base58btc multibase text; `multibase_bytes` reads it back."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, position = divmod(number, 58)
        digits = _ALPHABET[position] + digits
    return "z" + "1" * (len(data) - len(data.lstrip(b"\x00"))) + digits


def multibase_bytes(text: str, where: str = "multibase") -> bytes:
    """Return the bytes of a base58btc multibase text.

    Raises:
        MalformedError: It does not begin with ``z``, or has a character outside the alphabet.
    """
    if not text.startswith("z") or not 2 <= len(text) <= MOST_CHARACTERS:
        raise MalformedError("is not base58btc multibase: write z and the digits", where)
    digits = text[1:]
    number = 0
    for digit in digits:
        if digit not in _VALUE_OF:
            raise MalformedError("is not base58btc multibase", where)
        number = number * 58 + _VALUE_OF[digit]
    zeros = len(digits) - len(digits.lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multikey(public_key: bytes) -> str:
    """Return an Ed25519 public key as Multikey text."""
    return multibase(_PREFIX + public_key)


def parse_multikey(text: str) -> bytes:
    """Return the 32 bytes of an Ed25519 public key in Multikey text.

    Raises:
        MalformedError: It is anything else.
    """
    try:
        data = multibase_bytes(text) if len(text) == MULTIKEY_CHARACTERS else b""
    except MalformedError:
        data = b""
    if len(data) != len(_PREFIX) + PUBLIC_KEY_BYTES[ED25519] or not data.startswith(_PREFIX):
        raise MalformedError(f"'{text[:60]}' is not an Ed25519 Multikey: write its 48 characters, z6Mk…")
    return data.removeprefix(_PREFIX)


def did_key(public_key: bytes) -> str:
    """Return the ``did:key`` that an Ed25519 public key is the whole of."""
    return f"{DID_KEY}{multikey(public_key)}"


def method_of(public_key: bytes) -> str:
    """Return the verification method of a key's own ``did:key``."""
    return f"{did_key(public_key)}#{multikey(public_key)}"


def parse_method(text: str) -> bytes:
    """Return the Ed25519 public key that a verification method of ``did:key`` names, its fragment left out or its own.

    Raises:
        MalformedError: It is another method, another kind of key, or its fragment names another key.
    """
    address, _, fragment = text.partition("#")
    if not address.startswith(DID_KEY):
        raise MalformedError("only did:key holds its key", "verificationMethod")
    key = address.removeprefix(DID_KEY)
    if fragment not in ("", key):
        raise MalformedError("a did:key has one key, and its fragment names another", "verificationMethod")
    return parse_multikey(key)
