"""The seal of a European Digital Credential: what makes it good, bad, or beyond what is checked."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448

from node.formats.seals import check_authenticity
from node.formats.write_elm import write_elm
from protocol.errors import MalformedError
from tests.node.formats.documents import an_award, as_bytes
from tests.node.formats.sealing import (
    ORGANISATION_ID,
    b64url,
    certificate,
    header_for,
    key,
    seal,
    self_signed,
)

DOCUMENT = as_bytes(write_elm(an_award()))


def header_without_hash(header):
    """Return a protected header that does not say which certificate is meant."""
    return {name: value for name, value in header.items() if name != "x5t#S256"}


def finding(sealed, **asked):
    """Return the report's one finding."""
    report = check_authenticity(as_bytes(sealed), **asked)
    assert len(report.seals) == 1
    return report.seals[0]


GOOD = {
    "rs256": seal(DOCUMENT, "RS256"),
    "es256": seal(DOCUMENT, "ES256"),
    "flattened": seal(DOCUMENT, flat=True),
    "payload-as-base64url": seal(DOCUMENT, header=header_for("ES256", b64=None, crit=["sigT"])),
    "no-hash-of-the-certificate": seal(DOCUMENT, header=header_for("ES256", **{"x5t#S256": None})),
    "time-stamped": seal(
        DOCUMENT, header=header_for("ES256", adoTst={"tstTokens": []}, crit=["b64", "sigT", "adoTst"])
    ),
    "unprotected-time-stamps": seal(DOCUMENT, unprotected={"etsiU": ["e30"]}),
}


@pytest.mark.parametrize("sealed", GOOD.values(), ids=GOOD)
def test_a_whole_seal_is_good_and_says_whose_certificate_it_is(sealed):
    """The certificate's own words are reported; trust in them is another line."""
    found = finding(sealed)
    assert found.signature.result == "good"
    assert found.trust.result == "not checked"
    assert found.certificate.organisation == "Northern Lake University"
    assert found.certificate.organisation_id == ORGANISATION_ID
    assert found.certificate.serial == "abc123"
    assert found.claimed_time == "2026-06-12T09:00:00Z"


def without(sealed, **changed):
    """Return the seal with members of its one signature changed after signing."""
    return sealed | {"signatures": [sealed["signatures"][0] | changed]}


ORIGINAL = seal(DOCUMENT)
OTHER_CHAIN = [base64.b64encode(certificate("RS256")).decode()]
SIGNATURE = ORIGINAL["signatures"][0]["signature"]
BAD = {
    "payload-altered": ORIGINAL | {"payload": ORIGINAL["payload"].replace("very good", "excellent")},
    "payload-one-blank-more": ORIGINAL | {"payload": ORIGINAL["payload"] + " "},
    "signature-of-other-bytes": without(ORIGINAL, signature=seal(b"{}")["signatures"][0]["signature"]),
    "signature-empty": without(ORIGINAL, signature=""),
    "signature-one-byte-short": without(ORIGINAL, signature=b64url(b"\x01" * 63)),
    "signature-no-text": without(ORIGINAL, signature=17),
    "signature-with-padding": without(ORIGINAL, signature=SIGNATURE + "=="),
    "another-key": seal(DOCUMENT, "RS256", header=header_for("RS256"), private=key("RS256", 3072)),
    "certificate-of-another-kind": seal(DOCUMENT, header=header_for("ES256", x5c=OTHER_CHAIN)),
    "hash-of-another-certificate": seal(DOCUMENT, header=header_for("ES256", **{"x5t#S256": b64url(b"\x00" * 32)})),
    "certificate-no-certificate": seal(DOCUMENT, header=header_for("ES256", x5c=["AAAA"], **{"x5t#S256": None})),
    "chain-of-numbers": seal(DOCUMENT, header=header_for("ES256", x5c=[1, 2])),
    "chain-no-list": seal(DOCUMENT, header=header_for("ES256", x5c={"0": "AAAA"})),
    "b64-not-critical": seal(DOCUMENT, header=header_for("ES256", crit=["sigT"])),
    "b64-true": seal(DOCUMENT, header=header_for("ES256", b64=True, crit=["b64", "sigT"])),
    "critical-but-absent": seal(DOCUMENT, header=header_for("ES256", crit=["b64", "sigT", "sigPl"])),
    "critical-no-list": seal(DOCUMENT, header=header_for("ES256", b64=None, crit="sigT")),
    "member-in-both-headers": seal(DOCUMENT, unprotected={"alg": "ES256"}),
    "critical-empty": seal(DOCUMENT, header=header_for("ES256", b64=None, crit=[])),
    "critical-twice": seal(DOCUMENT, header=header_for("ES256", crit=["b64", "sigT", "sigT"])),
    "critical-unprotected": seal(
        DOCUMENT, unprotected={"crit": ["exp"]}, header=header_for("ES256", b64=None, crit=None)
    ),
    "b64-unprotected": seal(DOCUMENT, unprotected={"b64": False}, header=header_for("ES256", b64=None, crit=None)),
    "unprotected-no-object": seal(DOCUMENT, unprotected=["etsiU"]),
    "no-algorithm": seal(DOCUMENT, header=header_for("ES256", alg=None)),
}


@pytest.mark.parametrize("sealed", BAD.values(), ids=BAD)
def test_a_broken_seal_is_bad(sealed):
    """Every way to break a seal is seen, and never trusted, whatever list of keys is at hand."""
    found = finding(sealed, trusted_keys={finding(ORIGINAL).key_id: "Northern Lake University"})
    assert found.signature.result == "bad"
    assert found.signature.why
    assert found.trust.result == "not checked"


BEYOND = {
    "another-algorithm": (header_for("ES256", alg="PS512"), "PS512"),
    "no-certificate": (header_for("ES256", x5c=None), "no certificate"),
    "an-unknown-demand": (header_for("ES256", sigD={}, crit=["b64", "sigT", "sigD"]), "sigD"),
}


@pytest.mark.parametrize(("header", "why"), BEYOND.values(), ids=BEYOND)
def test_a_seal_beyond_what_is_checked_says_so(header, why):
    """What is not understood is neither good nor bad."""
    found = finding(seal(DOCUMENT, header=header))
    assert found.signature.result == "not checked"
    assert why in found.signature.why


def test_a_short_rsa_key_is_bad():
    """A key that others can break proves nothing."""
    header = header_for("RS256", x5c=[base64.b64encode(certificate("RS256", 1024)).decode()], **{"x5t#S256": None})
    found = finding(seal(DOCUMENT, "RS256", header=header, private=key("RS256", 1024)))
    assert found.signature.result == "bad"
    assert "1024 bits" in found.signature.why


def test_a_key_on_another_curve_is_bad():
    """ES256 is P-256 and nothing else."""
    other = ec.generate_private_key(ec.SECP384R1())
    header = header_for("ES256", x5c=[base64.b64encode(self_signed(other)).decode()], **{"x5t#S256": None})
    found = finding(seal(DOCUMENT, header=header))
    assert (found.signature.result, "not one for ES256" in found.signature.why) == ("bad", True)


def test_a_certificate_for_another_kind_of_key_is_bad():
    """Keys that no algorithm here uses are not taken for any that one does."""
    header = header_for("ES256", x5c=[base64.b64encode(self_signed(ed448.Ed448PrivateKey.generate())).decode()])
    found = finding(seal(DOCUMENT, header=header_without_hash(header)))
    assert (found.signature.result, "neither RSA, EC nor Ed25519" in found.signature.why) == ("bad", True)


@pytest.mark.parametrize("statements", ["060604008e460101060704008e46010602", "060604008e460101", ""])
def test_a_certificate_that_claims_to_be_a_qualified_seals_is_told(statements):
    """Both statements are needed: that it is qualified, and that it is for seals."""
    der = self_signed(key("ES256"), bytes.fromhex(statements))
    header = header_without_hash(header_for("ES256", x5c=[base64.b64encode(der).decode()]))
    assert finding(seal(DOCUMENT, header=header)).certificate.claims_qualified_seal is (len(statements) > 20)


def test_a_certificate_of_the_first_century_is_read():
    """Its year has four digits in the report, and it is out of its dates today."""
    der = self_signed(key("ES256"), first=datetime(2050, 1, 1, tzinfo=UTC), last=datetime(2060, 1, 1, tzinfo=UTC))
    der = der.replace(b"20500101", b"00500101")
    header = header_without_hash(header_for("ES256", x5c=[base64.b64encode(der).decode()]))
    found = finding(seal(DOCUMENT, header=header), at="0049-12-31")
    assert (found.certificate.valid_from, found.validity.result) == ("0050-01-01", "bad")


DATES = {
    "first-day": ("2025-01-01", "good"),
    "last-day": ("2026-12-31", "good"),
    "day-before": ("2024-12-31", "bad"),
    "day-after": ("2027-01-01", "bad"),
    "no-date": ("", "not checked"),
}


@pytest.mark.parametrize(("at", "result"), DATES.values(), ids=DATES)
def test_the_certificates_dates_are_a_line_of_their_own(at, result):
    """The signature stays good when the certificate is out of its dates; the line on dates says so."""
    found = finding(ORIGINAL, at=at)
    assert found.validity.result == result
    assert found.signature.result == "good"


def test_a_key_on_the_relying_partys_list_is_trusted():
    """Trust comes from the list that is passed in, and from nowhere else."""
    key_id = finding(ORIGINAL).key_id
    trust = finding(ORIGINAL, trusted_keys={key_id: "Northern Lake University, by letter"}).trust
    assert (trust.result, "by letter" in trust.why) == ("good", True)


def test_one_bad_signature_makes_the_report_bad():
    """Two signatures, one of them broken, are not good."""
    broken = BAD["signature-of-other-bytes"]["signatures"]
    report = check_authenticity(as_bytes(ORIGINAL | {"signatures": ORIGINAL["signatures"] + broken}))
    assert [seal.signature.result for seal in report.seals] == ["good", "bad"]
    assert report.result == "bad"


UNREADABLE = {
    "no-signature": {"payload": "{}", "signatures": []},
    "both-forms": ORIGINAL | {"signature": SIGNATURE},
    "signatures-disagree-on-encoding": {
        "payload": ORIGINAL["payload"],
        "signatures": ORIGINAL["signatures"] + GOOD["payload-as-base64url"]["signatures"],
    },
    "more-signatures-than-are-looked-at": ORIGINAL | {"signatures": ORIGINAL["signatures"] * 17},
    "payload-no-text": ORIGINAL | {"payload": {}},
    "something-else-among-the-signatures": ORIGINAL | {"signatures": [*ORIGINAL["signatures"], 5]},
    "header-no-object": without(ORIGINAL, protected="W10"),
    "header-no-text": without(ORIGINAL, protected=None),
}


@pytest.mark.parametrize("sealed", UNREADABLE.values(), ids=UNREADABLE)
def test_a_seal_that_can_be_read_in_two_ways_or_none_is_malformed(sealed):
    """What the payload is has to be certain before anything else is."""
    with pytest.raises(MalformedError):
        check_authenticity(as_bytes(sealed))


@pytest.mark.parametrize(("issuer_id", "same"), [(ORGANISATION_ID, True), ("VATFI-87654321", False)])
def test_the_report_says_whether_seal_and_document_name_one_issuer(issuer_id, same):
    """The certificate's identifier is compared with those of the document's issuer."""
    document = write_elm(an_award())
    document["issuer"]["eIDASIdentifier"] = [{"type": "LegalIdentifier", "notation": issuer_id}]
    notes = check_authenticity(as_bytes(seal(as_bytes(document)))).notes
    assert any("as the document calls its issuer" in note for note in notes) is same


def test_an_unsigned_document_is_not_checked_and_says_why():
    """Nothing signed, nothing good."""
    report = check_authenticity(DOCUMENT)
    assert report.result == "not checked"
    assert "no signature" in report.notes[0]
