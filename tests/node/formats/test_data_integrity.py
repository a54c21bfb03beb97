"""Data Integrity proofs: eddsa-jcs-2022 verifies, suites over RDF are not checked."""

import pytest

from node.formats.seals import check_authenticity
from node.formats.write_openbadge import write_openbadge
from tests.node.formats.documents import an_award, as_bytes
from tests.node.formats.sealing import did_key, proved

BADGE = write_openbadge(an_award())
CONTEXT = BADGE["@context"]


def result(document):
    """Return the report's result."""
    return check_authenticity(as_bytes(document)).result


GOOD = {
    "plain": proved(BADGE),
    "with-its-context": proved(BADGE, **{"@context": CONTEXT}),
    "numbers": proved(BADGE | {"evidence": {"id": "urn:x", "score": 1.5e30}}),
    "method-without-fragment": proved(BADGE, verificationMethod=did_key()),
}


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_a_proof_by_a_did_key_verifies(document):
    """The order of members and the blanks between them don't matter."""
    assert result(document) == "good"
    assert result(dict(reversed(document.items()))) == "good"


WHOLE = proved(BADGE)
BAD = {
    "claim-altered": WHOLE | {"name": "Physics"},
    "claim-added": WHOLE | {"evidence": {"id": "urn:x"}},
    "option-altered": WHOLE | {"proof": WHOLE["proof"] | {"created": "2020-01-01T00:00:00Z"}},
    "value-cut": WHOLE | {"proof": WHOLE["proof"] | {"proofValue": WHOLE["proof"]["proofValue"][:-1]}},
    "value-not-multibase": WHOLE | {"proof": WHOLE["proof"] | {"proofValue": "u" + "A" * 86}},
    "value-no-text": WHOLE | {"proof": WHOLE["proof"] | {"proofValue": None}},
    "another-purpose": proved(BADGE, proofPurpose="authentication"),
    "fragment-of-another-key": proved(BADGE, verificationMethod=did_key() + "#" + did_key("ES256")[8:]),
    "key-of-another-kind": proved(BADGE, verificationMethod=did_key("ES256")),
    "key-broken": proved(BADGE, verificationMethod="did:key:z0OIl"),
    "context-not-the-documents": proved(BADGE, **{"@context": ["https://example.org/other"]}),
    "created-no-instant": proved(BADGE, created="yesterday"),
    "created-no-text": proved(BADGE, created=5),
    "expires-no-instant": proved(BADGE, expires="tomorrow"),
    "more-contexts-than-are-looked-at": proved(BADGE)
    | {"proof": [proved(BADGE, **{"@context": CONTEXT[:number]})["proof"] for number in range(3)]},
    "proof-no-object": BADGE | {"proof": "yes"},
    "more-proofs-than-are-looked-at": WHOLE | {"proof": [WHOLE["proof"]] * 17},
    "proof-empty-list": BADGE | {"proof": []},
    "set-with-one-altered": WHOLE | {"proof": [WHOLE["proof"], WHOLE["proof"] | {"created": "2020-01-01T00:00:00Z"}]},
}


@pytest.mark.parametrize("document", BAD.values(), ids=BAD)
def test_a_broken_proof_is_bad(document):
    """Every way to break a proof is seen."""
    assert result(document) == "bad"


BEYOND = {
    "rdf-canonicalisation": (BADGE | {"proof": WHOLE["proof"] | {"cryptosuite": "eddsa-rdfc-2022"}}, "JSON-LD"),
    "older-suite": (BADGE | {"proof": {"type": "Ed25519Signature2020", "proofValue": "z1"}}, "JSON-LD"),
    "another-suite": (BADGE | {"proof": WHOLE["proof"] | {"cryptosuite": "ecdsa-jcs-2019"}}, "ecdsa-jcs-2019"),
    "key-behind-an-address": (
        BADGE | {"proof": WHOLE["proof"] | {"verificationMethod": "did:web:a.example"}},
        "fetched",
    ),
    "chain": (BADGE | {"proof": WHOLE["proof"] | {"previousProof": "urn:x"}}, "follows another"),
    "nameless": (BADGE | {"proof": {}}, "unnamed"),
}


@pytest.mark.parametrize(("document", "why"), BEYOND.values(), ids=BEYOND)
def test_a_proof_beyond_what_is_checked_says_so(document, why):
    """What would need contexts or keys from elsewhere is not checked."""
    report = check_authenticity(as_bytes(document))
    assert report.result == "not checked"
    assert why in report.seals[0].signature.why


@pytest.mark.parametrize(("issuer", "same"), [(did_key(), True), ("https://uni.example", False)])
def test_the_report_says_whether_the_key_is_the_issuers_own_id(issuer, same):
    """A did:key that is the issuer's id ties the two together, for what that is worth."""
    notes = check_authenticity(as_bytes(proved(BADGE | {"issuer": issuer}))).notes
    assert any("as the document calls its issuer" in note for note in notes) is same


EXPIRY = [("2026-12-31", "good"), ("2027-01-01", "good"), ("2027-01-02", "bad"), ("", "not checked")]


@pytest.mark.parametrize(("at", "result"), EXPIRY)
def test_a_proof_that_expires_says_until_when(at, result):
    """The signature stays good; the line on dates says that it has expired."""
    (found,) = check_authenticity(as_bytes(proved(BADGE, expires="2027-01-01T12:00:00Z")), at=at).seals
    assert (found.signature.result, found.validity.result) == ("good", result)


def test_a_context_appended_after_signing_is_told():
    """The suite lets anybody append contexts, which may change what a member means: the report says so."""
    whole = proved(BADGE, **{"@context": CONTEXT})
    appended = whole | {"@context": [*CONTEXT, "http://data.europa.eu/snb/model/context/edc-ap"]}
    (found,) = check_authenticity(as_bytes(appended)).seals
    assert found.signature.result == "good"
    assert "1 further contexts are not signed" in found.signature.why
    (found,) = check_authenticity(as_bytes(whole)).seals
    assert "not signed" not in found.signature.why
