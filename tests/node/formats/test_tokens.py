"""Credentials in compact tokens: signature, where the key came from, and what the token must not say."""

import base64

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from node.formats.credential import read_credential
from node.formats.errors import NotACredentialError
from node.formats.seals import check_authenticity
from node.formats.write_openbadge import write_openbadge
from protocol.errors import MalformedError
from tests.node.formats.documents import an_award
from tests.node.formats.sealing import (
    b64url,
    certificate,
    did_jwk,
    did_key,
    jwk,
    key,
    multibase,
    part,
    proved,
    sign,
    token,
)

BADGE = write_openbadge(an_award())
OWN_BADGE = BADGE | {"issuer": did_key()}
UNCOMPRESSED = key("ES256").public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
X5C = [base64.b64encode(certificate("ES256")).decode()]

GOOD = {
    "rs256": (token(BADGE, "RS256"), "key embedded"),
    "es256": (token(BADGE, "ES256"), "key embedded"),
    "eddsa": (token(BADGE, "EdDSA"), "key embedded"),
    "vc-member": (token({"vc": BADGE}), "key embedded"),
    "did-key-ed25519": (token(BADGE, "EdDSA", header={"kid": did_key("EdDSA")}), "did:key in kid"),
    "did-key-p256": (token(BADGE, "ES256", header={"kid": did_key("ES256")}), "did:key in kid"),
    "did-jwk": (token(BADGE, "RS256", header={"kid": did_jwk("RS256") + "#0"}), "did:jwk in kid"),
    "did-as-issuer": (
        token({"vc": OWN_BADGE, "iss": did_key()}, "EdDSA", header={}),
        "did:key in iss",
    ),
    "certificate": (token(BADGE, header={"x5c": X5C}), "certificate in the token"),
    "blanks-around-it": (b"\n" + token(BADGE) + b"\n", "key embedded"),
}


@pytest.mark.parametrize(("data", "source"), GOOD.values(), ids=GOOD)
def test_a_whole_token_is_good_by_a_key_that_proves_nothing_about_who(data, source):
    """The signature is good; that the key came inside the file is said."""
    (found,) = check_authenticity(data).seals
    assert found.signature.result == "good"
    assert found.key_source.startswith(source)
    assert found.trust.result == "not checked"
    assert read_credential(data).main.title["en"] == "Urban water quality"


def forged(**header):
    """Return a token signed by the tests' key under any header."""
    members = {name: value for name, value in ({"alg": "ES256", "jwk": jwk("ES256")} | header).items() if value}
    signed = f"{part(members)}.{part(BADGE)}".encode()
    return signed + b"." + b64url(sign("ES256", signed)).encode()


WHOLE = token(BADGE)
HEAD, BODY, SIGNATURE = WHOLE.split(b".")
BAD = {
    "payload-altered": HEAD + b"." + part(BADGE | {"name": "Physics"}).encode() + b"." + SIGNATURE,
    "no-signature": HEAD + b"." + BODY + b".",
    "alg-none": part({"alg": "none"}).encode() + b"." + BODY + b".",
    "alg-none-in-capitals": part({"alg": "NONE", "jwk": jwk("ES256")}).encode() + b"." + BODY + b"." + SIGNATURE,
    "key-of-another-algorithm": forged(jwk=jwk("EdDSA")),
    "key-no-object": forged(jwk="key"),
    "key-no-point": forged(jwk=jwk("ES256") | {"x": "AQ"}),
    "key-not-base64url": forged(jwk=jwk("ES256") | {"x": jwk("ES256")["x"] + "="}),
    "did-jwk-with-another-fragment": forged(jwk=None, kid=did_jwk("ES256") + "#1"),
    "did-key-of-unknown-kind": forged(jwk=None, kid="did:key:" + multibase(b"\xe7\x01" + b"\x02" * 33)),
    "did-key-no-point": forged(jwk=None, kid="did:key:" + multibase(b"\x80\x24" + b"\x09" * 33)),
    "did-key-too-long": forged(jwk=None, kid="did:key:z" + "2" * 200),
    "key-without-number": forged(jwk={"kty": "RSA", "e": "AQAB"}),
    "key-of-unknown-kind": forged(jwk={"kty": "oct", "k": "AAAA"}),
    "certificate-broken": forged(x5c=["AAAA"]),
    "two-issuers": token({"vc": BADGE, "iss": "https://another.example"}),
    "two-issuers-without-vc": token(BADGE | {"iss": "https://another.example"}),
    "two-ids": token({"vc": BADGE, "jti": "urn:another"}),
    "two-ends": token({"vc": BADGE | {"validUntil": "2030-01-01T00:00:00Z"}, "exp": 1_800_000_000}),
    "two-beginnings": token({"vc": BADGE | {"validFrom": "2020-01-01T00:00:00Z"}, "nbf": 1_800_000_000}),
    "end-no-date": token({"vc": BADGE, "exp": "2027-01-15"}),
    "did-key-of-an-uncompressed-point": forged(jwk=None, kid="did:key:" + multibase(b"\x80\x24" + UNCOMPRESSED)),
    "no-algorithm": forged(alg=None),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_broken_token_is_bad(data):
    """Every way to break a token is seen."""
    report = check_authenticity(data)
    assert report.result == "bad"
    assert report.seals[0].trust.result == "not checked"


BEYOND = {
    "key-behind-an-address": token(BADGE, header={"kid": "https://uni.example/keys/1"}),
    "did-web": token(BADGE, header={"kid": "did:web:uni.example#key-1"}),
    "another-algorithm": forged(alg="HS256"),
    "demands": forged(crit=["exp"], exp=1),
}


@pytest.mark.parametrize("data", BEYOND.values(), ids=BEYOND)
def test_a_token_beyond_what_is_checked_is_not_checked(data):
    """Keys are never fetched, and unknown algorithms never tried."""
    report = check_authenticity(data)
    assert report.result == "not checked"
    assert report.seals[0].signature.why


def test_registered_claims_complete_the_credential():
    """VC-JWT 1.1 may move issuer, id and instants out of the credential."""
    inner = {name: value for name, value in BADGE.items() if name not in ("issuer", "id", "validFrom")}
    claims = {
        "vc": inner,
        "iss": "https://uni.example",
        "jti": "urn:uuid:1",
        "nbf": 1_780_000_000,
        "exp": 1_790_000_000,
    }
    reading = read_credential(token(claims))
    assert (reading.issuer.id, reading.id) == ("https://uni.example", "urn:uuid:1")
    assert (reading.valid_from, reading.valid_until) == ("2026-05-28T20:26:40Z", "2026-09-21T14:13:20Z")


def test_a_token_without_credential_is_another_file():
    """A session token is not taken for a credential."""
    with pytest.raises(NotACredentialError, match="signed token"):
        read_credential(token({"sub": "somebody", "scope": "read"}))


@pytest.mark.parametrize("header", ["!!", b64url(b"[]"), b64url(b"{")])
def test_a_token_with_a_broken_header_is_malformed_or_another_file(header):
    """Three parts with dots alone make no credential."""
    with pytest.raises((MalformedError, NotACredentialError)):
        check_authenticity(header.encode() + b"." + BODY + b"." + SIGNATURE)


DATED = BADGE | {"validUntil": "2027-01-15T08:00:00Z"}
BOUNDED = {
    "within": ({"vc": DATED, "exp": 1_800_000_000}, {}, "2027-01-15", "good"),
    "after": ({"vc": DATED, "exp": 1_800_000_000}, {}, "2027-01-16", "bad"),
    "before": ({"vc": BADGE, "nbf": 1_800_000_000}, {}, "2027-01-14", "bad"),
    "without-vc": (BADGE | {"exp": 1_800_000_000}, {}, "2027-01-16", "bad"),
    "no-date-given": ({"vc": DATED, "exp": 1_800_000_000}, {}, "", "not checked"),
    "certificate-out-of-its-dates": ({"vc": BADGE, "exp": 1_900_000_000}, {"x5c": X5C}, "2027-01-16", "bad"),
    "token-out-of-its-certificates": ({"vc": BADGE, "exp": 1_780_000_000}, {"x5c": X5C}, "2026-11-24", "bad"),
    "both-within": ({"vc": BADGE, "exp": 1_800_000_000}, {"x5c": X5C}, "2026-11-24", "good"),
    "nothing-dated": ({"vc": BADGE}, {}, "2026-11-24", "not checked"),
}


@pytest.mark.parametrize(("claims", "header", "at", "result"), BOUNDED.values(), ids=BOUNDED)
def test_a_tokens_own_dates_bound_it(claims, header, at, result):
    """A token that has expired, or whose certificate has, was whole once: the line on dates says so."""
    if "validFrom" in claims.get("vc", {}) and "nbf" in claims:
        claims = claims | {"vc": {name: value for name, value in claims["vc"].items() if name != "validFrom"}}
    (found,) = check_authenticity(token(claims, header=header or None), at=at).seals
    assert (found.signature.result, found.validity.result) == ("good", result)


def test_a_credential_with_a_proof_of_its_own_is_not_completed_by_its_token():
    """What the token adds nobody's proof is over: the proof is good as it stands."""
    bare = {name: value for name, value in BADGE.items() if name != "id"}
    report = check_authenticity(token({"vc": proved(bare), "jti": "urn:uuid:1"}))
    assert [seal.signature.result for seal in report.seals] == ["good", "good"]
