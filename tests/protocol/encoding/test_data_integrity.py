"""Proofs of eddsa-jcs-2022: what is verified, what is refused, and the published vectors."""

import json

import pytest

from node.formats.sign_proof import sign_proof
from protocol.encoding import jcs
from protocol.encoding.data_integrity import hash_data, hash_options, signed_members, verify_proof
from protocol.encoding.keys import Signer
from protocol.encoding.multibase import multibase
from protocol.errors import BadSignatureError, MalformedError
from tests.support.examples import seed

SIGNER = Signer("assertion", seed("assertion key"))
OTHER = Signer("assertion", seed("another assertion key"))
CREATED = "2026-11-24T08:00:00Z"
DOCUMENT = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "score": 1.5e30}
SIGNED = sign_proof(DOCUMENT, SIGNER, created=CREATED)
OTHERS = sign_proof(DOCUMENT, OTHER, created=CREATED)["proof"]


def proved(**changes):
    """Return the signed document with members of its proof changed; None takes one away."""
    proof = {name: value for name, value in (SIGNED["proof"] | changes).items() if value is not None}
    return DOCUMENT | {"proof": proof}


def test_a_signed_document_says_who_signed_it():
    """The key is the proof's own; whether to trust it is the caller's."""
    found = verify_proof(SIGNED)
    assert (found.public_key, found.created) == (SIGNER.verifier.public_key, CREATED)


def test_members_may_stand_in_any_order():
    """The JSON value is signed, not its bytes."""
    assert verify_proof(json.loads(jcs.encode(SIGNED))) == verify_proof(SIGNED)


def test_further_contexts_are_not_signed():
    """Whoever knows more contexts may append them; what the proof's own say is fixed."""
    more = [*DOCUMENT["@context"], "https://example.org/v1"]
    assert verify_proof(SIGNED | {"@context": more}) == verify_proof(SIGNED)
    with pytest.raises(MalformedError, match="does not begin with the proof's"):
        verify_proof(SIGNED | {"@context": more[::-1]})


FORGED = {
    "a-changed-claim": SIGNED | {"score": 2},
    "a-member-more": SIGNED | {"name": "x"},
    "a-member-less": {name: value for name, value in SIGNED.items() if name != "type"},
    "another-time": proved(created="2026-11-24T08:00:01Z"),
    "an-option-more": proved(expires="2027-01-01T00:00:00Z"),
    "no-context-in-the-proof": proved(**{"@context": None}),
    "another-keys-method": proved(verificationMethod=OTHERS["verificationMethod"]),
    "another-keys-signature": proved(proofValue=OTHERS["proofValue"]),
}  # fmt: skip


@pytest.mark.parametrize("document", FORGED.values(), ids=FORGED)
def test_what_the_key_did_not_sign_is_refused(document):
    """Document and proof options are both under the signature."""
    with pytest.raises(BadSignatureError, match="is not over this document"):
        verify_proof(document)


UNREAD = {
    "no-proof": (DOCUMENT, "proof"),
    "two-proofs": (DOCUMENT | {"proof": [SIGNED["proof"]] * 2}, "proof"),
    "another-type": (proved(type="Ed25519Signature2020"), "proof.type"),
    "another-suite": (proved(cryptosuite="eddsa-rdfc-2022"), "proof.cryptosuite"),
    "another-purpose": (proved(proofPurpose="authentication"), "proof.proofPurpose"),
    "a-chain": (proved(previousProof="urn:uuid:1"), "proof.previousProof"),
    "no-method": (proved(verificationMethod=None), "proof.verificationMethod"),
    "no-time": (proved(created=None), "proof.created"),
    "a-time-with-a-fraction": (proved(created="2026-11-24T08:00:00.5Z"), "proof.created"),
    "a-value-of-63-bytes": (proved(proofValue=multibase(b"\x01" * 63)), "proof.proofValue"),
    "a-value-in-another-base": (proved(proofValue="uAAAA"), "proof.proofValue"),
    "a-value-that-is-a-number": (proved(proofValue=7), "proof.proofValue"),
}


@pytest.mark.parametrize(("document", "where"), UNREAD.values(), ids=UNREAD)
def test_a_proof_that_is_not_read_says_where(document, where):
    """One proof, of one suite, for one purpose, by a key that is at hand."""
    with pytest.raises(MalformedError) as refused:
        verify_proof(document)
    assert refused.value.where == where


@pytest.fixture(name="vectors")
def find_vectors(shared):
    """Return the folder of W3C's vectors."""
    folder = shared / "samples/vc-di-eddsa"
    if not folder.is_dir():
        pytest.skip("no samples of Data Integrity proofs in the shared folder")
    return folder


def test_the_published_hashes_and_signature(vectors):
    """Canonical forms, hashes and signature are W3C's, byte for byte."""
    signed = json.loads((vectors / "eddsa-jcs-2022/signedJCS.json").read_bytes())
    expected = {name: (vectors / f"eddsa-jcs-2022/{name}JCS.txt").read_text().strip() for name in
                ("canonDoc", "proofCanon", "docHash", "proofHash", "combinedHash")}  # fmt: skip
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}

    assert jcs.encode(signed_members(signed, signed["proof"])).decode() == expected["canonDoc"]
    assert jcs.encode(options).decode() == expected["proofCanon"]
    assert hash_options(signed["proof"]).hex() == expected["proofHash"]
    assert hash_data(signed, signed["proof"]).hex() == expected["combinedHash"] == (
        expected["proofHash"] + expected["docHash"]
    )  # fmt: skip
    assert verify_proof(signed).did == "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


@pytest.mark.parametrize("name", ["eddsa-rdfc-2022/signedDataInt", "Ed25519Signature2020/signedEdSig",
                                  "proof-set-chain/signedProofSet1", "proof-set-chain/signedProofChain1"])  # fmt: skip
def test_published_proofs_of_other_kinds_are_not_read(vectors, name):
    """RDF canonicalisation, older suites, sets and chains are refused, never taken for good."""
    with pytest.raises(MalformedError):
        verify_proof(json.loads((vectors / f"{name}.json").read_bytes()))
