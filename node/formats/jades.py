"""Verify the seal of a European Digital Credential: JAdES in JWS JSON serialisation.

In order, for each signature:

1. the protected header is a JSON object, and shares no member with the unprotected one (RFC 7515 section 7.2.1),
   which has neither ``crit`` nor ``b64``: those count only where they are signed;
2. ``crit`` is not empty, and every member that it names, each once, is understood here and stands in the header
   (RFC 7515, 4.1.11);
3. ``b64: false`` only if ``crit`` names it (RFC 7797 section 6);
4. the algorithm is RS256 or ES256;
5. the key is that of the first certificate of ``x5c``, whose hash is ``x5t#S256`` (ETSI TS 119 182-1, 5.1.7);
6. the signature verifies over ``protected ‖ "." ‖ payload``, the payload as it stands where ``b64`` is false.

The chain to the EU trusted lists, revocation and time stamps (``adoTst``, ``etsiU``) are not checked, and the report
says so.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from node.formats.certificates import certificate_facts, certificate_key, parse_certificate, validity_line
from node.formats.dates import instant
from node.formats.public_keys import key_id, verifies
from node.formats.seal_report import CertificateFacts, Line, SealFinding, spoilt, trust_line, unchecked
from node.formats.strict_json import JsonObject, string
from node.formats.unwrap import base64url, header, signature_holders
from node.formats.values import text
from protocol.encoding.wire import b64url, parse_b64
from protocol.errors import MalformedError

_UNDERSTOOD: Final = frozenset({"b64", "sigT", "adoTst", "x5t#S256", "x5c", "cty", "kid"})
"""Members that ``crit`` may name. A time stamp (``adoTst``) is understood as one that is not checked."""

_ALGORITHMS: Final = frozenset({"RS256", "ES256"})
_SOURCE: Final = "certificate in the seal"


def check_seal(seal: JsonObject, at: str, trusted_keys: Mapping[str, str]) -> tuple[SealFinding, ...]:
    """Return the finding for each signature of a seal.

    Args:
        seal: The JWS object.
        at: The date on which the certificate should have been valid, or an empty string.
        trusted_keys: Holder by key id, from the relying party.

    Raises:
        MalformedError: The seal has two forms at once, no payload, or more signatures than are looked at.
    """
    payload = string(seal, "payload")
    return tuple(_check_signature(holder, payload, at, trusted_keys) for holder in signature_holders(seal))


def _check_signature(holder: JsonObject, payload: str, at: str, trusted_keys: Mapping[str, str]) -> SealFinding:
    try:
        protected = header(string(holder, "protected"))
        algorithm = string(protected, "alg")
        method = f"JAdES {algorithm[:20]}"
        _check_header(protected, _unprotected(holder))
        if reason := _cannot_check(protected, algorithm):
            return unchecked(method, reason, instant(text(protected.get("sigT"))))
        return _verify(holder, protected, payload=payload, at=at, trusted_keys=trusted_keys)
    except MalformedError as error:
        return spoilt("JAdES", str(error))


def _unprotected(holder: JsonObject) -> JsonObject:
    unprotected = holder.get("header", {})
    if not isinstance(unprotected, dict):
        raise MalformedError("is not an object", "header")
    return unprotected


def _check_header(protected: JsonObject, unprotected: JsonObject) -> None:
    if shared := sorted(set(protected) & set(unprotected)):
        raise MalformedError(f"'{shared[0][:40]}' stands in the protected and the unprotected header", "header")
    if unsigned := sorted({"crit", "b64"} & set(unprotected)):
        raise MalformedError("counts only in the protected header", unsigned[0])
    critical = protected.get("crit", [])
    if not isinstance(critical, list) or not all(isinstance(name, str) for name in critical):
        raise MalformedError("is not a list of names", "crit")
    if "crit" in protected and len(set(critical)) != (len(critical) or 1):
        raise MalformedError("is empty or names a member twice", "crit")
    if absent := [name for name in critical if name not in protected]:
        raise MalformedError(f"names '{absent[0][:40]}', which is not in the header", "crit")
    if "b64" in protected and (protected["b64"] is not False or "b64" not in critical):
        raise MalformedError("counts only as false, and only where crit names it (RFC 7797)", "b64")


def _cannot_check(protected: JsonObject, algorithm: str) -> str:
    """Return why this signature is beyond what is checked here, or an empty string."""
    if foreign := [name for name in protected.get("crit", []) if name not in _UNDERSTOOD]:
        return f"the seal demands that '{foreign[0][:40]}' be understood, and it is not"
    if algorithm not in _ALGORITHMS:
        return f"algorithm '{algorithm[:20]}' is not checked here; RS256 and ES256 are"
    return "" if protected.get("x5c") else "the seal holds no certificate (x5c)"


def _verify(
    holder: JsonObject, protected: JsonObject, *, payload: str, at: str, trusted_keys: Mapping[str, str]
) -> SealFinding:
    certificate = parse_certificate(_leaf(protected))
    key, facts = certificate_key(certificate), certificate_facts(certificate)
    algorithm = string(protected, "alg")
    message = f"{string(holder, 'protected')}.{payload}".encode()
    signed = verifies(key, algorithm, message=message, signature=base64url(string(holder, "signature"), "signature"))
    finding = SealFinding(
        method=f"JAdES {algorithm}",
        signature=Line("good", f"the key of {_holder_name(facts)} signed these bytes"),
        validity=validity_line(facts, at),
        trust=trust_line(key_id(key), trusted_keys, _SOURCE),
        key_source=_SOURCE,
        key_id=key_id(key),
        key_owner=facts.organisation_id,
        certificate=facts,
        claimed_time=instant(text(protected.get("sigT"))),
    )
    if signed:
        return finding
    altered = Line("bad", "the document or the seal was changed after sealing")
    return replace(finding, signature=altered, trust=Line("not checked", "the signature is bad"))


def _holder_name(facts: CertificateFacts) -> str:
    return " ".join(part for part in (facts.organisation or facts.subject, facts.organisation_id) if part)


def _leaf(protected: JsonObject) -> bytes:
    """Return the first certificate, which has to be the one that the header's hash names."""
    chain = protected["x5c"]
    if not isinstance(chain, list) or not isinstance(chain[0], str):
        raise MalformedError("is not a list of certificates", "x5c")
    der = parse_b64(chain[0], "x5c")
    named = protected.get("x5t#S256")
    if named is not None and named != b64url(hashlib.sha256(der).digest()):
        raise MalformedError("names another certificate than x5c holds", "x5t#S256")
    return der
