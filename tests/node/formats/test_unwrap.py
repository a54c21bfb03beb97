"""Envelopes within envelopes: what is found inside, and what is refused."""

import pytest

from node.formats.credential import read_credential
from node.formats.errors import NotACredentialError
from node.formats.seals import check_authenticity
from node.formats.write_elm import uploadable, write_elm
from node.formats.write_openbadge import write_openbadge
from protocol.errors import MalformedError
from tests.node.formats.documents import an_award, as_bytes
from tests.node.formats.sealing import seal, token

ELM = write_elm(an_award())
BADGE = write_openbadge(an_award())
TOKEN = token(BADGE).decode()


def presentation(*held):
    """Return a presentation of these credentials."""
    return {"type": ["VerifiablePresentation"], "verifiableCredential": list(held)}


INSIDE = {
    "token-as-text": (presentation(TOKEN), "presentation", "good"),
    "credential-in-a-presentation": (presentation(ELM), "presentation", "not checked"),
    "one-without-a-list": (presentation() | {"verifiableCredential": ELM}, "presentation", "not checked"),
    "sealed-in-a-presentation": (presentation(seal(as_bytes(ELM))), "presentation", "good"),
    "enveloped": (
        presentation({"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{TOKEN}"}),
        "presentation",
        "good",
    ),
    "sealed-upload-wrapper": (seal(as_bytes(uploadable(ELM))), "jades", "good"),
    "upload-wrapper-of-a-seal": (uploadable(seal(as_bytes(ELM))), "uploadable", "good"),
}


@pytest.mark.parametrize(("document", "envelope", "result"), INSIDE.values(), ids=INSIDE)
def test_the_credential_inside_is_read_and_its_seal_checked(document, envelope, result):
    """The outermost envelope is told; every seal on the way counts."""
    data = as_bytes(document)
    reading = read_credential(data)
    assert (reading.envelope, reading.main.title["en"]) == (envelope, "Urban water quality")
    assert check_authenticity(data).result == result


def test_a_broken_seal_inside_another_envelope_is_bad():
    """No envelope hides what is broken within."""
    sealed = seal(as_bytes(ELM))
    altered = sealed | {"payload": sealed["payload"].replace("very good", "excellent")}
    assert check_authenticity(as_bytes(presentation(altered))).result == "bad"


def test_a_presentations_own_proof_is_named_as_not_checked():
    """Who showed a credential is another question than who issued it."""
    notes = check_authenticity(as_bytes(presentation(ELM))).notes
    assert any("who showed it" in note for note in notes)


def nested(document, times):
    """Return a document in that many upload wrappers."""
    return uploadable(nested(document, times - 1)) if times else document


def test_envelopes_have_an_end():
    """Four within each other are read, five are not."""
    assert read_credential(as_bytes(nested(ELM, 4))).kind == "elm"
    with pytest.raises(MalformedError, match="more than 4 envelopes"):
        read_credential(as_bytes(nested(ELM, 5)))


REFUSED = {
    "presentation-of-none": (presentation(), "a presentation of 0 credentials"),
    "presentation-of-a-number": (presentation(5), "a single value"),
    "badge-of-version-2": ({"@context": "https://w3id.org/openbadges/v2", "type": "Assertion"}, "Open Badge 2.0"),
    "object-without-members": ({}, "an empty object"),
    "long-member-names": ({"x" * 100: 1}, "its members are " + "x" * 40),
}


@pytest.mark.parametrize(("document", "look"), REFUSED.values(), ids=REFUSED)
def test_json_without_a_credential_is_refused_by_its_shape(document, look):
    """Names of members are told, never their values."""
    with pytest.raises(NotACredentialError) as refusal:
        read_credential(as_bytes(document))
    assert look in str(refusal.value)
    assert len(str(refusal.value)) < 200


def test_an_enveloped_credential_needs_its_token():
    """An address that would have to be fetched is no envelope."""
    held = {"type": "EnvelopedVerifiableCredential", "id": "https://uni.example/credential.jwt"}
    with pytest.raises(MalformedError, match="data: URL"):
        read_credential(as_bytes(presentation(held)))
