"""Our verdicts verify in an implementation of other hands (openvc-core), and tampered ones don't."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from openvc.did.base import DidResolverRegistry
from openvc.did.did_web import DidWebResolver
from openvc.errors import OpenvcError
from openvc.verify import VerificationPolicy, verify_credential

from node.recognition.publication.did_document import did_document
from protocol.recognition.entry import parse_entry
from protocol.recognition.institution import Institution
from tests.support.verdict_logs import ASKED_AT, Consortium, make_verdict, signed

WORLD = Consortium.of(("north", "lake", "bay"))
WORLD.decide(1, "decided", "partial", "credit", 0)
LAKE = WORLD.institutions[1]
DATA = make_verdict(WORLD)
VALUE = msgspec.json.decode(DATA)
POLICY = VerificationPolicy(expected_types=("RecognitionVerdict",), now=datetime.fromtimestamp(ASKED_AT, UTC))


def fetch(url: str) -> dict[str, Any]:
    """Return the DID document that the institution's node serves."""
    assert url == "https://ledger.lake.example/nostra/did.json"
    entry = parse_entry(LAKE.entries[0])
    assert isinstance(entry, Institution)
    return did_document(LAKE.origin, entry, today="2026-09-21")


def verify(value: dict[str, Any]) -> Any:
    """Verify a verdict as a stranger does: by its issuer's did:web."""
    return verify_credential(value, policy=POLICY, resolver=DidResolverRegistry([DidWebResolver(fetch)]))


def test_a_verdict_verifies_by_its_issuers_did_web():
    """The proof, the issuer's binding to its key, the types and the time."""
    result = verify(VALUE)
    assert result.issuer == "did:web:ledger.lake.example:nostra"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"validUntil": "2030-01-01T00:00:00Z"}, id="another end"),
        pytest.param({"issuer": {"id": "did:web:ledger.bay.example:nostra", "name": "Bay"}}, id="another issuer"),
        pytest.param({"credentialSubject": VALUE["credentialSubject"] | {"notes": ["x"]}}, id="another note"),
        pytest.param({"proof": VALUE["proof"] | {"created": "2026-09-21T14:16:01Z"}}, id="another time of signing"),
    ],
)
def test_a_tampered_verdict_does_not_verify(change):
    """Whatever is changed, the proof is over something else."""
    with pytest.raises(OpenvcError):
        verify(VALUE | change)


def test_anothers_signature_does_not_verify():
    """A key that the issuer's document doesn't list."""
    stranger = dataclasses.replace(LAKE, assertion_seed="of a stranger")
    with pytest.raises(OpenvcError):
        verify(msgspec.json.decode(signed(VALUE, stranger)))
