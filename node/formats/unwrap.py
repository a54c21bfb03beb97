"""Find the credential in a file: plain, in an upload wrapper, under a seal, in a token, in a presentation.

Envelopes, from the outside in:

- *jwt*: three base64url parts with dots; the credential is the payload itself (W3C VC-JOSE-COSE) or its ``vc`` member
  (VC-JWT 1.1, Open Badges 3.0 and CLR 2.0 section 8.2.4);
- *jades*: JWS JSON serialisation, ``payload`` with ``signatures`` or ``signature`` (ETSI TS 119 182-1, RFC 7797);
- *uploadable*: ``{"credential": …}``, the form that the EDC tools take in;
- *presentation*: a verifiable presentation, if it holds exactly one credential.

Nothing is verified here: `node.formats.seals` does that over the same bytes.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from node.formats import strict_json
from node.formats.errors import NotACredentialError
from node.formats.seal_report import MOST_SIGNATURES
from node.formats.strict_json import JsonObject
from node.formats.values import listed, objects, text, types
from protocol.errors import MalformedError

PLAIN: Final = "plain"
UPLOADABLE: Final = "uploadable"
JADES: Final = "jades"
JWT: Final = "jwt"
PRESENTATION: Final = "presentation"

_TOKEN: Final = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_MAX_ENVELOPES: Final = 4
_DATA_URL: Final = re.compile(r"data:application/vc(?:-ld)?\+jwt,(?P<token>[A-Za-z0-9_.-]+)")


_MAX_UNIX_TIME: Final = 253_402_300_799
"""The last second of the year 9999."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One envelope and what it was made of: the bytes of a token, the object of a seal, wrapper or presentation."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A credential and the envelopes that it was found in, the outermost first."""

    credential: JsonObject
    envelopes: tuple[Envelope, ...] = ()

    @property
    def envelope(self) -> str:
        """The kind of the outermost envelope; ``plain`` where there is none."""
        return self.envelopes[0].kind if self.envelopes else PLAIN


def is_token(data: bytes) -> bool:
    """Return whether the bytes have the shape of a compact JWS."""
    return _TOKEN.fullmatch(data.strip()) is not None


def unwrap(data: bytes) -> Unwrapped:
    """Return the credential in a file.

    Raises:
        NotACredentialError: The JSON holds no W3C credential, or more than one.
        MalformedError: An envelope is broken.
    """
    strict_json.check_size(data)
    envelopes: list[Envelope] = []
    value: Any = data
    for _ in range(_MAX_ENVELOPES + 1):
        outer = _parsed(value) if isinstance(value, bytes) else value
        kind, value = _open(outer)
        if kind == PLAIN:
            return Unwrapped(value, tuple(envelopes))
        envelopes.append(Envelope(kind, outer))
    raise MalformedError(f"holds more than {_MAX_ENVELOPES} envelopes within each other")


def _parsed(data: bytes) -> Any:
    return data.strip() if is_token(data) else strict_json.parse(data)


def _open(value: Any) -> tuple[str, Any]:
    """Take off one envelope; plain means that the value is the credential."""
    if isinstance(value, bytes):
        return JWT, token_credential(value)
    if not isinstance(value, dict):
        raise NotACredentialError(f"this file is JSON but holds no W3C credential: it is {_describe(value)}")
    if is_sealed(value):
        return JADES, sealed_payload(value)
    if is_credential(value):
        return PLAIN, value
    if isinstance(value.get("credential"), dict):
        return UPLOADABLE, value["credential"]
    if "VerifiablePresentation" in types(value):
        return PRESENTATION, _only_credential(value)
    if "EnvelopedVerifiableCredential" in types(value):
        return JWT, _enveloped(value)
    raise NotACredentialError(f"this file is JSON but holds no W3C credential: {_describe(value)}")


def is_credential(value: JsonObject) -> bool:
    """Return whether an object has a credential's type or, the type being at fault, its members."""
    return "VerifiableCredential" in types(value) or ("credentialSubject" in value and "issuer" in value)


def is_sealed(value: JsonObject) -> bool:
    """Return whether an object is a JWS in JSON serialisation, general or flattened."""
    return "payload" in value and ("signatures" in value or "signature" in value)


def sealed_payload(seal: JsonObject) -> bytes:
    """Return the payload's bytes: as they stand where a signature says ``b64: false``, else decoded.

    Raises:
        MalformedError: It is no string, or the signatures do not agree on how it is encoded.
    """
    payload = strict_json.string(seal, "payload")
    encoded = {part.get("b64", True) is not False for part in protected_parts(seal)}
    if len(encoded) != 1:
        raise MalformedError("the signatures do not agree on whether the payload is base64url", "signatures")
    return base64url(payload, "payload") if encoded.pop() else payload.encode()


def signature_holders(seal: JsonObject) -> list[JsonObject]:
    """Return the objects that hold a signature each: of the general form, or the seal itself in the flattened one.

    Raises:
        MalformedError: It has both forms at once, and could be read in two ways (RFC 7515 section 7.2.2), holds
            something else among its signatures, or more of them than are looked at.
    """
    if "signatures" in seal and "signature" in seal:
        raise MalformedError("has both 'signature' and 'signatures'")
    if "signatures" not in seal:
        return [seal]
    found = listed(seal["signatures"])
    if len(found) > MOST_SIGNATURES:
        raise MalformedError(f"holds more than {MOST_SIGNATURES} signatures", "signatures")
    if len(objects(found)) != len(found):
        raise MalformedError("holds something that is no signature", "signatures")
    return found


def protected_parts(seal: JsonObject) -> list[JsonObject]:
    """Return the decoded protected header of each signature.

    Raises:
        MalformedError: There is no signature, or a header is not a base64url JSON object.
    """
    holders = signature_holders(seal)
    if not holders:
        raise MalformedError("holds no signature", "signatures")
    return [header(strict_json.string(holder, "protected")) for holder in holders]


def header(encoded: str) -> JsonObject:
    """Return a JOSE header.

    Raises:
        MalformedError: It is not a base64url JSON object.
    """
    value = strict_json.parse(base64url(encoded, "protected"))
    if not isinstance(value, dict):
        raise MalformedError("is not an object", "protected")
    return value


def base64url(encoded: str, where: str) -> bytes:
    """Decode base64url without padding, in its only spelling.

    Raises:
        MalformedError: It is spelt in any other way.
    """
    try:
        data = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        raise MalformedError("is not base64url", where) from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != encoded:
        raise MalformedError("is not base64url", where)
    return data


def token_credential(token: bytes) -> JsonObject:
    """Return the credential in a compact JWS, completed by the token's registered claims unless a proof is over it.

    Raises:
        MalformedError: A part is broken.
        NotACredentialError: The token carries something else.
    """
    header(token.split(b".")[0].decode())
    claims = strict_json.parse(base64url(token.split(b".")[1].decode(), "payload"))
    inner = claims.get("vc", claims) if isinstance(claims, dict) else None
    if not isinstance(inner, dict) or not is_credential(inner):
        raise NotACredentialError("this file is a signed token (JWT) but carries no W3C credential")
    return {**_registered(claims), **inner} if "vc" in claims and "proof" not in inner else inner


def _registered(claims: JsonObject) -> JsonObject:
    """Return what VC-JWT 1.1 may move from the credential into the token: issuer, id, and its two instants."""
    moved = {"issuer": claims.get("iss"), "id": claims.get("jti")}
    found = {name: value for name, value in moved.items() if isinstance(value, str)}
    instants = {"issuanceDate": numeric_date(claims.get("nbf")), "expirationDate": numeric_date(claims.get("exp"))}
    return found | {name: value for name, value in instants.items() if value}


def numeric_date(seconds: Any) -> str:
    """Return a NumericDate (RFC 7519 section 2) as an instant, or an empty string if it is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _MAX_UNIX_TIME:
        return ""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _only_credential(presentation: JsonObject) -> Any:
    held = listed(presentation.get("verifiableCredential"))
    if len(held) != 1:
        raise NotACredentialError(f"this file is a presentation of {len(held)} credentials: bring each as its own file")
    return held[0].encode() if isinstance(held[0], str) else held[0]


def _enveloped(value: JsonObject) -> bytes:
    match = _DATA_URL.fullmatch(text(value.get("id")))
    if match is None:
        raise MalformedError("an enveloped credential is a data: URL with a JWT", "id")
    return match["token"].encode()


def _describe(value: Any) -> str:
    """Say what JSON looks like, without repeating its values: they may be somebody's data."""
    if isinstance(value, list):
        return f"a list of {len(value)} items"
    if not isinstance(value, dict):
        return "a single value"
    if "$schema" in value or "$defs" in value:
        return "it is a JSON schema"
    if "@context" in value and isinstance(value["@context"], str) and "openbadges/v2" in value["@context"]:
        return "it is an Open Badge 2.0, which is not read yet"
    names = ", ".join(name[:40] for name in sorted(value)[:5])
    return f"its members are {names}" if names else "it is an empty object"
