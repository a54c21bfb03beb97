"""Seals that we make: read back good by our own reader, refused where nobody could find them good."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from node.formats.credential import read_credential
from node.formats.demo_seal import make_demo_seal
from node.formats.seal_jades import seal_jades
from node.formats.seals import check_authenticity
from node.formats.write_elm import write_elm
from protocol.errors import MalformedError
from tests.node.formats.documents import an_award, as_bytes
from tests.node.formats.sealing import key, self_signed

SIGNED_AT = "2026-11-24T08:00:00Z"
DEMO = make_demo_seal(
    "Northern Lake University", "NTRFI-1234567-8", country="FI", first="2026-01-01", last="2026-12-31"
)
CREDENTIAL = write_elm(an_award())


def of(private):
    """Return the self-signed certificate of a key."""
    return x509.load_der_x509_certificate(self_signed(private))


def issued(private, issuer_key, issuer):
    """Return a certificate of a key that another one issued, valid in 2026."""
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Northern Lake University")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.subject).serial_number(7)
    builder = builder.public_key(private.public_key()).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    return builder.not_valid_after(datetime(2026, 12, 31, tzinfo=UTC)).sign(issuer_key, SHA256())


def seal(credential=CREDENTIAL, private=DEMO.private_key, chain=DEMO.chain, signed_at=SIGNED_AT):
    """Return the credential under the demonstration's seal, or another."""
    return seal_jades(credential, private, chain=chain, signed_at=signed_at)


RSA, P256 = key("RS256"), key("ES256")
SEALED = {
    "es256": (DEMO.private_key, DEMO.chain, "JAdES ES256"),
    "rs256": (RSA, (of(RSA),), "JAdES RS256"),
    "chain-of-two": (P256, (issued(P256, RSA, of(RSA)), of(RSA)), "JAdES ES256"),
}


@pytest.mark.parametrize(("private", "chain", "method"), SEALED.values(), ids=SEALED)
def test_what_is_sealed_here_is_read_back_good(private, chain, method):
    """Signature and dates are good, whose key it is stays unchecked, and the credential inside is the one sealed."""
    data = as_bytes(seal(private=private, chain=chain))
    (found,) = check_authenticity(data, at="2026-11-24").seals
    results = (found.signature.result, found.validity.result, found.trust.result)
    assert (found.method, *results) == (method, "good", "good", "not checked")
    assert found.claimed_time == SIGNED_AT
    reading = read_credential(data)
    assert (reading.envelope, reading.main) == ("jades", read_credential(as_bytes(CREDENTIAL)).main)


def test_a_change_after_sealing_is_seen():
    """One letter of the payload breaks the seal."""
    sealed = seal()
    altered = sealed | {"payload": sealed["payload"].replace("very good", "excellent")}
    assert altered != sealed
    assert check_authenticity(as_bytes(altered)).result == "bad"


def test_the_demonstrations_seal_shows_its_holder_and_claims_nothing():
    """A reader shows name and identifier, that it proves nothing, and no claim to be qualified."""
    (found,) = check_authenticity(as_bytes(seal())).seals
    assert found.key_owner == "NTRFI-1234567-8"
    assert found.certificate.organisation == "Northern Lake University"
    assert "proves nothing" in found.certificate.subject
    assert (found.certificate.valid_from, found.certificate.valid_until) == ("2026-01-01", "2026-12-31")
    assert not found.certificate.claims_qualified_seal


WEAK = rsa.generate_private_key(65537, 1024)
OTHER_CURVE = ec.generate_private_key(ec.SECP384R1())
REFUSED = {
    "certificate-of-another-key": ({"private": P256}, "chain"),
    "no-certificate": ({"chain": ()}, "chain"),
    "chain-that-does-not-lead-up": ({"chain": (*DEMO.chain, of(RSA))}, "chain"),
    "short-rsa-key": ({"private": WEAK, "chain": (of(WEAK),)}, "private key"),
    "another-curve": ({"private": OTHER_CURVE, "chain": (of(OTHER_CURVE),)}, "private key"),
    "no-instant": ({"signed_at": "2026-11-24"}, "signed_at"),
    "before-the-certificate": ({"signed_at": "2025-12-31T23:59:59Z"}, "signed_at"),
    "after-the-certificate": ({"signed_at": "2027-01-01T00:00:00Z"}, "signed_at"),
    "no-json": ({"credential": CREDENTIAL | {"score": float("inf")}}, ""),
}


@pytest.mark.parametrize(("changed", "where"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_could_find_good_is_not_sealed(changed, where):
    """Key, chain and instant have to fit before anything is signed."""
    with pytest.raises(MalformedError) as refused:
        seal(**changed)
    assert refused.value.where == where


@pytest.mark.parametrize(
    "changed", [{"organisation_id": "12345678"}, {"country": "fi"}, {"first": "2026"}, {"last": "2026-02-30"}]
)
def test_a_demonstration_seal_is_made_of_well_formed_parts(changed):
    """An identifier, a country and dates are written as in a real seal."""
    parts = {"organisation_id": "VATFI-1", "country": "FI", "first": "2026-01-01", "last": "2026-12-31"} | changed
    with pytest.raises(MalformedError):
        make_demo_seal("Northern Lake University", parts.pop("organisation_id"), **parts)
