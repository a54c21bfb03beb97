"""Find the credential in a file: plain, in an upload wrapper, under a seal, in a token, in a presentation.

Envelopes, from the outside in:

- *jwt*: three base64url parts with dots; the credential is the payload itself (W3C VC-JOSE-COSE) or its ``vc`` member
  (VC-JWT 1.1, Open Badges 3.0 and CLR 2.0 section 8.2.4);
- *jades*: JWS JSON serialisation, ``payload`` with ``signatures`` or ``signature`` (ETSI TS 119 182-1, RFC 7797);
- *uploadable*: ``{"credential": …}``, the form that the EDC tools take in;
- *presentation*: a verifiable presentation, if it holds exactly one credential.

Nothing is verified here: `node.formats.authenticity` does that over the same bytes.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Final

from node.formats import strict_json
from node.formats.errors import NotACredentialError
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
_DATA_URL: Final = re.compile(r"data:application/(?:vc|vp)(?:\+[a-z-]+)?(?:\+jwt)?;?,?(?P<token>[A-Za-z0-9_.-]+)")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A credential and the outermost envelope that it was found in."""

    envelope: str
    credential: JsonObject


def is_token(data: bytes) -> bool:
    """Return whether the bytes have the shape of a compact JWS."""
    return _TOKEN.fullmatch(data.strip()) is not None


def unwrap(data: bytes) -> Unwrapped:
    """Return the credential in a file.

    Raises:
        NotACredentialError: The JSON holds no W3C credential, or more than one.
        MalformedError: An envelope is broken.
    """
    envelopes: list[str] = []
    value: Any = data
    for _ in range(_MAX_ENVELOPES):
        envelope, value = _open(value)
        if envelope == PLAIN:
            return Unwrapped(envelopes[0] if envelopes else PLAIN, value)
        envelopes.append(envelope)
    raise MalformedError(f"holds more than {_MAX_ENVELOPES} envelopes within each other")


def _open(value: Any) -> tuple[str, Any]:
    """Take off one envelope; plain means that the value is the credential."""
    if isinstance(value, bytes):
        return _open_bytes(value)
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


def _open_bytes(data: bytes) -> tuple[str, Any]:
    if is_token(data):
        return JWT, token_credential(data.strip())
    return _open(strict_json.parse(data))


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
    payload = seal["payload"]
    if not isinstance(payload, str):
        raise MalformedError("is not a string", "payload")
    encoded = {part.get("b64", True) is not False for part in protected_parts(seal)}
    if len(encoded) != 1:
        raise MalformedError("the signatures do not agree on whether the payload is base64url", "signatures")
    return base64url(payload, "payload") if encoded.pop() else payload.encode()


def protected_parts(seal: JsonObject) -> list[JsonObject]:
    """Return the decoded protected header of each signature.

    Raises:
        MalformedError: There is no signature, or a header is not a base64url JSON object.
    """
    holders = objects(seal.get("signatures")) if "signatures" in seal else [seal]
    if not holders:
        raise MalformedError("holds no signature", "signatures")
    return [header(text(holder.get("protected"))) for holder in holders]


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
    """Return the credential in a compact JWS, completed by the token's registered claims.

    Raises:
        MalformedError: A part is broken.
        NotACredentialError: The token carries something else.
    """
    header(token.split(b".")[0].decode())
    claims = strict_json.parse(base64url(token.split(b".")[1].decode(), "payload"))
    inner = claims.get("vc", claims) if isinstance(claims, dict) else None
    if not isinstance(inner, dict) or not is_credential(inner):
        raise NotACredentialError("this file is a signed token (JWT) but carries no W3C credential")
    return {**_registered(claims), **inner}


def _registered(claims: JsonObject) -> JsonObject:
    """Return what VC-JWT 1.1 moved from the credential into the token: issuer and id."""
    moved = {"issuer": claims.get("iss"), "id": claims.get("jti")}
    return {name: value for name, value in moved.items() if isinstance(value, str)}


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
