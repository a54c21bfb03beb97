"""What hostile documents may cost: each is refused, or read, in a time that grows with its size and no faster."""

import json
import time

import pytest

from node.formats.credential import read_credential
from node.formats.draft import achievement_draft
from node.formats.seals import check_authenticity
from node.formats.strict_json import MAX_BYTES, MAX_VALUES
from protocol.errors import MalformedError
from tests.node.formats.documents import as_bytes
from tests.node.formats.sealing import did_key, part

SECONDS = 20
"""Each takes one or two on a slow machine; before there were limits most took minutes or hours."""

MARKS = "\u0301\u0316" * 1_000_000
"""Combining marks in the wrong order: sorting them takes hours."""


def elm(subject, **members):
    """Return a European credential about a subject."""
    kinds = ["VerifiableCredential", "EuropeanDigitalCredential"]
    return {"type": kinds, "issuer": "https://uni.example", "credentialSubject": subject} | members


def badge(subject, **members):
    """Return a badge about a subject."""
    return elm(subject) | {"type": ["VerifiableCredential", "OpenBadgeCredential"]} | members


def specified(**members):
    """Return a European credential whose achievement is specified so."""
    return elm({"givenName": "Ada", "familyName": "Lovelace", "hasClaim": {"specifiedBy": members}})


def times(count, item):
    """Return as many of the same."""
    return [item] * count


PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "verificationMethod": did_key(),
    "proofPurpose": "assertionMethod",
    "proofValue": "z" + "2" * 80,
}
SEAL = {"protected": part({"alg": "ES256", "b64": False, "crit": ["b64"], "x5c": ["AAAA"]}), "signature": "AAAA"}
PICTURE = "x" * 7_000_000

READ = {
    "marks": specified(learningOutcome=[{"title": {"en": "a" + MARKS, "fi": "Vesi"}}]),
    "name-of-marks": elm({"name": "a" + MARKS, "hasClaim": {"title": {"en": "Water"}}}),
    "achievements-of-one-issuer": badge(
        {"achievement": times(1000, {"name": "Water"}), "result": times(20_000, {})},
        issuer={
            "id": "https://uni.example",
            "name": {f"a{number:05}": "Uni" for number in range(20_000)},
            "otherIdentifier": times(9_000, {"identifier": "1"}),
            "accreditation": times(9_000, {}),
        },
    ),
    "outcomes-and-names": elm(
        {
            "name": [f"Ada {number}" for number in range(250)],
            "hasClaim": {"specifiedBy": {"learningOutcome": times(20_000, {"title": "Ada reads and writes and adds"})}},
        }
    ),
    "bodies-and-names": elm(
        {
            "name": [f"{'w ' * 5_000} {number}" for number in range(100)],
            "hasClaim": {"awardedBy": {"awardingBody": times(20_000, {"legalName": {"en": "w w w"}})}},
        }
    ),
    "proofs-of-many-values": specified() | {"evidence": times(90_000, 0.1234567890123), "proof": times(16, PROOF)},
    "faults": specified() | {"evidence": times(90_000, 1), "credentialStatus": {"id": "a b"}},
    "seals-of-a-picture": {"payload": json.dumps(specified(picture=PICTURE)), "signatures": times(16, SEAL)},
    "short-short-short": specified(educationLevel={"prefLabel": {"en": "short " * 1_000_000}}),
    "a-long-number": specified(volumeOfLearning="P" + "1" * 1_000_000, creditPoint={"point": "1" * 1_000_000}),
}


@pytest.mark.parametrize("document", READ.values(), ids=READ)
def test_a_hostile_document_is_read_in_bounded_time(document):
    """Lists that are looked at for each member of other lists are looked at once."""
    data = as_bytes(document)
    begun = time.process_time()
    reading = read_credential(data)
    achievement_draft(reading.main)
    assert check_authenticity(data).result != "good"
    assert time.process_time() - begun < SECONDS
    assert len(reading.faults) < 10


REFUSED = {
    "values": (elm({"id": "urn:x", "list": times(MAX_VALUES, 0)}), "values"),
    "achievements": (elm({"hasClaim": times(1001, {})}), "more than 1000 achievements"),
    "achievements-of-badges": (badge({"achievement": times(1001, {})}), "more than 1000 achievements"),
    "achievements-of-a-record": (
        badge({"verifiableCredential": times(1001, {"credentialSubject": {"achievement": {}}})}),
        "more than 1000 achievements",
    ),
    "names": (elm({"name": [f"Ada {number}" for number in range(257)], "hasClaim": {}}), "256 names"),
    "depth": (elm({"deep": json.loads("[" * 64 + "]" * 64)}), "deeper"),
    "signatures": ({"payload": "{}", "signatures": times(17, SEAL)}, "16 signatures"),
}


@pytest.mark.parametrize(("document", "why"), REFUSED.values(), ids=REFUSED)
def test_a_document_beyond_the_limits_is_refused(document, why):
    """Nothing is read half: whoever brings it learns which limit it breaks."""
    with pytest.raises(MalformedError, match=why):
        read_credential(as_bytes(document))


@pytest.mark.parametrize("data", [b" " * MAX_BYTES + b"{}", b"e30.e30." + b"A" * MAX_BYTES], ids=["json", "token"])
def test_a_file_that_is_too_large_is_refused(data):
    """A token's signature counts too."""
    with pytest.raises(MalformedError, match="at most"):
        read_credential(b"{" + data if data.startswith(b" ") else data)


def test_a_record_of_many_badges_is_read():
    """Each badge hashes its learner with a salt of its own: these are no names, and a long record has many."""
    held = [
        {"credentialSubject": {"identifier": [{"hashed": True, "identityHash": f"sha256${n:064}"}], "achievement": {}}}
        for n in range(300)
    ]
    record = badge({"verifiableCredential": held}) | {"type": ["VerifiableCredential", "ClrCredential"]}
    assert len(read_credential(as_bytes(record)).achievements) == 300
