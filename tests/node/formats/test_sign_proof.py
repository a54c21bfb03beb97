"""Data Integrity proofs that we make: read back good, and the published example byte for byte."""

import json

import pytest

from node.formats.seals import check_authenticity
from node.formats.sign_proof import sign_proof
from node.formats.write_openbadge import write_openbadge
from protocol.encoding.keys import Signer
from protocol.encoding.multibase import did_key, method_of, multibase_bytes
from protocol.errors import MalformedError
from tests.node.formats.documents import an_award, as_bytes
from tests.support.examples import seed

SIGNER = Signer("assertion", seed("assertion key"))
OTHER = Signer("assertion", seed("another assertion key"))
CREATED = "2026-11-24T08:00:00Z"
BADGE = write_openbadge(an_award())


def signed(credential, **asked):
    """Return the credential signed by the tests' key."""
    return sign_proof(credential, SIGNER, **{"created": CREATED} | asked)


@pytest.mark.parametrize(
    "credential",
    [BADGE, {name: value for name, value in BADGE.items() if name != "@context"}, BADGE | {"score": 1.5e30}],
    ids=["badge", "without-context", "with-a-float"],
)
def test_what_is_signed_here_is_read_back_good(credential):
    """The reader finds the signature good, by whom, and when they said it was made; trust is another matter."""
    (found,) = check_authenticity(as_bytes(signed(credential))).seals
    assert (found.signature.result, found.trust.result) == ("good", "not checked")
    assert found.key_owner == did_key(SIGNER.verifier.public_key)
    assert found.claimed_time == CREATED


def test_the_credential_passed_in_stays_unsigned():
    """Nothing is written into somebody else's value."""
    credential = dict(BADGE)
    assert "proof" in signed(credential)
    assert credential == BADGE


@pytest.mark.parametrize("changed", [{"name": "Physics"}, {"added": True}])
def test_a_change_after_signing_is_seen(changed):
    """Another claim makes the proof bad."""
    assert check_authenticity(as_bytes(signed(BADGE) | changed)).result == "bad"


def test_a_method_elsewhere_is_named_as_given():
    """The key may be published under the institution's own address; a reader without a network can't check it."""
    document = signed(BADGE, verification_method="did:web:tuni.fi#key-1")
    assert document["proof"]["verificationMethod"] == "did:web:tuni.fi#key-1"
    assert check_authenticity(as_bytes(document)).result == "not checked"


REFUSED = {
    "signed-already": (signed(BADGE), {}, "proof"),
    "no-instant": (BADGE, {"created": "2026-11-24"}, "created"),
    "another-keys-did": (BADGE, {"verification_method": method_of(OTHER.verifier.public_key)}, "verificationMethod"),
    "no-canonical-form": (BADGE | {"score": float("nan")}, {}, ""),
}


@pytest.mark.parametrize(("credential", "asked", "where"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_could_verify_is_not_signed(credential, asked, where):
    """A proof is made only where a reader could find it good."""
    with pytest.raises(MalformedError) as refused:
        signed(credential, **asked)
    assert refused.value.where == where


def test_the_published_example_is_reproduced_byte_for_byte(shared):
    """W3C's key, document and options give W3C's signed document, with each of its bytes."""
    folder = shared / "samples/vc-di-eddsa"
    if not folder.is_dir():
        pytest.skip("no samples of Data Integrity proofs in the shared folder")
    pair = json.loads((folder / "keyPair.json").read_bytes())
    example = Signer("example", multibase_bytes(pair["privateKeyMultibase"])[2:])
    assert did_key(example.verifier.public_key) == f"did:key:{pair['publicKeyMultibase']}"
    unsigned = json.loads((folder / "unsigned.json").read_bytes())
    document = sign_proof(unsigned, example, created="2023-02-24T23:36:38Z")
    assert json.dumps(document, indent=2) == (folder / "eddsa-jcs-2022/signedJCS.json").read_text("utf-8").rstrip()
