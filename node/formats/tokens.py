"""Verify a credential in a compact JWS (JWT): RS256, ES256 or EdDSA, with the key that the token itself gives.

The key is taken from, in this order: ``x5c`` (first certificate), ``jwk``, ``kid`` or ``iss`` where they are a
``did:key`` or ``did:jwk``. All of these come inside the file: they show that the token is whole, not who made it. A key
behind an address (``jku``, ``kid`` as a URL, ``did:web``) would have to be fetched, and is not.

A token whose claims contradict the credential in it is bad, for two readers would read two credentials (VC-JWT 1.1,
6.3.1): ``iss`` and the issuer, ``jti`` and the id, ``nbf`` and the beginning of validity, ``exp`` and its end. The last
two also bound the token's own validity, and have to be readable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from node.formats import strict_json
from node.formats.certificates import certificate_facts, certificate_key, parse_certificate, validity_line
from node.formats.dates import instant
from node.formats.public_keys import ALGORITHMS, PublicKey, from_did, from_jwk, key_id, verifies
from node.formats.seal_report import (
    NO_CERTIFICATE,
    CertificateFacts,
    Line,
    SealFinding,
    spoilt,
    trust_line,
    unchecked,
)
from node.formats.strict_json import JsonObject, string
from node.formats.unwrap import base64url, header, numeric_date
from node.formats.values import identity, text
from protocol.encoding.wire import parse_b64
from protocol.errors import MalformedError

_KEY_DIDS: Final = ("did:key:", "did:jwk:")


@dataclass(frozen=True, slots=True)
class _InnerKey:
    """A key that came inside the token, and where."""

    key: PublicKey
    source: str
    owner: str = ""
    facts: CertificateFacts | None = None


def check_token(token: bytes, at: str, trusted_keys: Mapping[str, str]) -> SealFinding:
    """Return the finding for a token's signature.

    Args:
        token: Three parts of base64url with dots.
        at: The date on which a certificate should have been valid, or an empty string.
        trusted_keys: Holder by key id, from the relying party.
    """
    try:
        protected = header(token.split(b".")[0].decode())
        claims = strict_json.parse(base64url(token.split(b".")[1].decode(), "payload"))
        if not isinstance(claims, dict):
            return spoilt("JWT", "the payload is no JSON object")
        if reason := _contradiction(claims):
            return spoilt("JWT", reason)
        return _check_signature(token, protected, claims=claims, at=at, trusted_keys=trusted_keys)
    except MalformedError as error:
        return spoilt("JWT", str(error))


def _contradiction(claims: JsonObject) -> str:
    """Return which registered claim says something else than the credential, or an empty string."""
    inner = claims.get("vc")
    credential = inner if isinstance(inner, dict) else claims
    for claim, member, what in (("iss", "issuer", "issuer"), ("jti", "id", "id")):
        if claim in claims and member in credential and identity(credential[member]) != claims[claim]:
            return f"the token's {claim} is not the credential's {what}"
    if unreadable := [claim for claim in ("nbf", "exp") if claim in claims and not numeric_date(claims[claim])]:
        return f"the token's {unreadable[0]} is no date"
    if credential is claims:
        return ""  # VC-JOSE-COSE: the token's dates are the signature's, not the credential's
    for claim, members in (("nbf", ("issuanceDate", "validFrom")), ("exp", ("expirationDate", "validUntil"))):
        stated = [instant(text(credential[member])) for member in members if member in credential]
        if claim in claims and stated and numeric_date(claims[claim]) not in stated:
            return f"the token's {claim} is not the credential's"
    return ""


def _validity(facts: CertificateFacts | None, claims: JsonObject, at: str) -> Line:
    """Return whether certificate and token include the date: bad if one doesn't, good if all that have dates do."""
    lines = [validity_line(facts, at)] if facts else []
    first, last = numeric_date(claims.get("nbf")), numeric_date(claims.get("exp"))
    if first or last:
        dates = f"the token is valid from {first or 'ever'} to {last or 'ever'}"
        inside = (not first or first[:10] <= at) and (not last or at <= last[:10])
        lines.append(
            Line("good" if inside else "bad", dates) if at else Line("not checked", f"no date was given; {dates}")
        )
    return next((line for line in lines if line.result == "bad"), lines[0] if lines else NO_CERTIFICATE)


def _check_signature(
    token: bytes, protected: JsonObject, *, claims: JsonObject, at: str, trusted_keys: Mapping[str, str]
) -> SealFinding:
    algorithm = string(protected, "alg")
    method = f"JWT {algorithm[:20]}"
    if algorithm.casefold() == "none":
        return spoilt(method, "the token says itself that nobody signed it")
    if "crit" in protected or "b64" in protected:
        return unchecked(method, "the token demands extensions that are not understood here")
    if algorithm not in ALGORITHMS:
        return unchecked(method, f"algorithm '{algorithm[:20]}' is not checked here; RS256, ES256 and EdDSA are")
    found = _key(protected, claims)
    if isinstance(found, str):
        return unchecked(method, found)
    message, _, encoded = token.rpartition(b".")
    signature = base64url(encoded.decode(), "signature")
    signed = verifies(found.key, algorithm, message=message, signature=signature)
    trust = trust_line(key_id(found.key), trusted_keys, found.source)
    return SealFinding(
        method=method,
        signature=Line("good", f"signed by the {found.source}") if signed else Line("bad", "the token was changed"),
        validity=_validity(found.facts, claims, at),
        trust=trust if signed else Line("not checked", "the signature is bad"),
        key_source=found.source,
        key_id=key_id(found.key),
        key_owner=found.owner,
        certificate=found.facts,
    )


def _key(protected: JsonObject, claims: JsonObject) -> _InnerKey | str:
    """Return the key inside the token, or why there is none."""
    chain = protected.get("x5c")
    if isinstance(chain, list) and chain and isinstance(chain[0], str):
        certificate = parse_certificate(parse_b64(chain[0], "x5c"))
        facts = certificate_facts(certificate)
        return _InnerKey(certificate_key(certificate), "certificate in the token", facts.organisation_id, facts)
    if "jwk" in protected:
        return _InnerKey(from_jwk(protected["jwk"]), "key embedded in the token")
    for name, place in ((text(protected.get("kid")), "kid"), (text(claims.get("iss")), "iss")):
        if name.startswith(_KEY_DIDS):
            return _InnerKey(from_did(name), f"{name[:7]} in {place}", name.partition("#")[0])
    return "the token holds no key; its key would have to be fetched from its issuer"
