"""Verification of credential documents fails closed: nothing but a trusted whole signature in force is verified."""

import dataclasses

import pytest

from node.formats.demo_seal import make_demo_seal
from node.formats.seal_jades import seal_jades
from node.formats.seals import check_authenticity
from node.formats.sign_proof import sign_proof
from node.formats.verify_credential import STEPS, credential_kind
from node.formats.write_elm import write_elm
from protocol.encoding.keys import Signer
from protocol.verify.checks import Question, run
from protocol.verify.kinds import detect
from tests.node.formats.documents import an_award, as_bytes
from tests.node.formats.sealing import token
from tests.support.examples import seed

AT = "2026-11-24"
CREDENTIAL = write_elm(an_award())
SEAL = make_demo_seal("Northern Lake University", "VATFI-12345678", country="FI", first="2026-01-01", last="2026-12-31")


def sealed(**changed):
    """Return the credential, with members changed, under the demonstration's seal."""
    document = seal_jades(CREDENTIAL | changed, SEAL.private_key, chain=SEAL.chain, signed_at="2026-06-15T08:00:00Z")
    return as_bytes(document)


def key_of(data):
    """Return the key id of the one signature over a document."""
    (found,) = check_authenticity(data).seals
    return found.key_id


SEALED = sealed()
SEALERS = {key_of(SEALED): "Northern Lake University, by letter"}


def report(data, at=AT, sealers=SEALERS):
    """Return the report on a credential."""
    return run(credential_kind(at, sealers), Question(data))


def results(found):
    """Return a report's results by step."""
    return {step.name: step.result for step in found.steps}


def test_a_credential_sealed_by_a_trusted_key_and_in_force_is_verified():
    """Every step but the status, which is asked online, comes out well."""
    found = report(SEALED)
    assert found.verdict == "verified"
    assert results(found) == dict.fromkeys(STEPS, "yes") | {"status": "not checked"}


def test_a_credential_is_refused_once_a_check_is_missing():
    """Each check in turn is taken away: its step comes out 'not checked', and nothing is verified."""
    kind = credential_kind(AT, SEALERS)
    for name in STEPS:
        checks = tuple(check for check in kind.checks if check.name != name)
        found = run(dataclasses.replace(kind, checks=checks), Question(SEALED))
        assert (name, found.verdict, results(found)[name], found.facts) == (name, "refused", "not checked", {})


PROOF = as_bytes(sign_proof(CREDENTIAL, Signer("assertion", seed("assertion")), created="2026-06-15T08:00:00Z"))
EXPIRED = token(
    {"vc": {name: value for name, value in CREDENTIAL.items() if name != "validUntil"}, "exp": 1_790_000_000}
)
REFUSED = {
    "unsigned": (as_bytes(CREDENTIAL), AT, SEALERS, "sealed"),
    "altered": (SEALED.replace(b"very good", b"excellent"), AT, SEALERS, "sealed"),
    "sealed-by-nobody-trusted": (SEALED, AT, {}, "trusted"),
    "sealed-by-another": (SEALED, AT, {"0" * 64: "Another"}, "trusted"),
    "proved-by-nobody-trusted": (PROOF, AT, SEALERS, "trusted"),
    "certificate-out-of-its-dates": (SEALED, "2027-01-01", SEALERS, "dated"),
    "token-out-of-its-dates": (EXPIRED, AT, {key_of(EXPIRED): "Uni"}, "dated"),
    "not-yet-in-force": (SEALED, "2026-01-02", SEALERS, "in force"),
    "expired": (sealed(validUntil="2026-11-23T23:59:59Z"), AT, SEALERS, "in force"),
    "expired-by-the-earlier-of-two": (
        sealed(validUntil="2030-01-01T00:00:00Z", expirationDate="2026-11-23T00:00:00Z"),
        AT,
        SEALERS,
        "in force",
    ),
    "begins-by-the-later-of-two": (
        sealed(validFrom="2026-12-01T00:00:00Z", issuanceDate="2026-01-01T00:00:00Z"),
        AT,
        SEALERS,
        "in force",
    ),
    "end-that-nobody-can-read": (sealed(validUntil="until further notice"), AT, SEALERS, "in force"),
    "end-that-is-no-text": (sealed(expirationDate={"year": 2020}), AT, SEALERS, "in force"),
    "end-in-a-list": (sealed(validUntil=["2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z"]), AT, SEALERS, "in force"),
    "no-day": (SEALED, "2026-02-30", SEALERS, "sealed"),
}


@pytest.mark.parametrize(("data", "at", "sealers", "step"), REFUSED.values(), ids=REFUSED)
def test_what_fails_one_step_is_refused_by_it(data, at, sealers, step):
    """The step that fails says so, and no fact is passed on."""
    found = report(data, at, sealers)
    assert found.verdict == "refused"
    assert results(found)[step] in ("no", "not checked")
    before = STEPS[: STEPS.index(step)]
    assert {results(found)[name] for name in before} <= {"yes", "warning"}
    assert found.facts == {}


def test_a_document_that_is_valid_on_its_last_day_is_in_force():
    """Legal dates are inclusive at both ends."""
    data = sealed(validFrom=f"{AT}T00:00:00Z", validUntil=AT)
    assert report(data).verdict == "verified"


@pytest.mark.parametrize("data", [b"", b"{}", b"%PDF-1.7", b'{"kind":"receipt"}', b"[" * 100])
def test_other_files_are_not_taken_for_credentials(data):
    """Another kind may know them."""
    assert detect(data, (credential_kind(AT, SEALERS),)) is None
