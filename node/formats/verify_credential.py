"""Verification of a credential document, as one more kind of file beside the log's own.

Steps: *readable*; *sealed*, one signature over it is whole and none that can be checked offline is bad; *trusted*, a
whole signature is by a key that the relying party names; *dated*, the dates of that key's certificate and of the
signature include the day; *in force*, the document's own dates can be read and include the day; *status*, never checked
here. Without named keys no credential is verified: a key inside a file says nothing about who used it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from node.formats.credential import read_credential
from node.formats.detect import detect
from node.formats.errors import NotACredentialError
from node.formats.faults import NOT_AN_INSTANT
from node.formats.reading import CredentialReading
from node.formats.seal_report import SealFinding, SealReport
from node.formats.seals import check_authenticity
from protocol.errors import MalformedError
from protocol.verify.checks import READABLE, Case, Check, Kind, Question, established, left_out
from protocol.verify.report import Finding

SEALED: Final = "sealed"
TRUSTED: Final = "trusted"
STEPS: Final = (READABLE, SEALED, TRUSTED, "dated", "in force", "status")


@dataclass(slots=True)
class CredentialCase(Case):
    """What is known of a credential so far."""

    at: str
    sealers: Mapping[str, str]
    reading: CredentialReading | None = None
    seals: SealReport | None = None
    trusted: SealFinding | None = None


def credential_kind(at: str, sealers: Mapping[str, str]) -> Kind[CredentialCase]:
    """Return the kind of file that credentials are.

    Args:
        at: The date on which it should hold, ``YYYY-MM-DD``.
        sealers: Holder by key id (SHA-256 of the public key, hex): whom the relying party trusts to seal.
    """
    return Kind("credential", STEPS, CHECKS, lambda question: _begin(question, at, sealers), _looks_like_one)


def _begin(question: Question, at: str, sealers: Mapping[str, str]) -> CredentialCase:
    return CredentialCase(question, at, sealers)


def _looks_like_one(data: bytes, value: Any) -> bool:
    try:
        detect(data)
    except NotACredentialError:
        return False
    except MalformedError:
        return isinstance(value, dict) and "credentialSubject" in value
    return True


def _read(case: CredentialCase) -> Finding:
    case.reading = read_credential(case.question.data)
    faults = "; ".join(case.reading.faults)
    if faults:
        return Finding("warning", "The file is a credential, with faults of form.", faults)
    return Finding("yes", "The file is a credential.", facts={"form": case.reading.kind})


def _check_seals(case: CredentialCase) -> Finding:
    established(case.reading, READABLE)
    report = check_authenticity(case.question.data, at=case.at, trusted_keys=case.sealers)
    told = "; ".join(f"{seal.method}: {seal.signature.result} {seal.signature.why}".strip() for seal in report.seals)
    if report.result == "good":
        case.seals = report
        return Finding("yes", "The document is as it was sealed.", told)
    if report.result == "bad":
        return Finding("no", "A signature over the document is bad.", told)
    return Finding("not checked", "Whether the document is as it was sealed was not checked.", told or "it has no seal")


def _check_trust(case: CredentialCase) -> Finding:
    seals = established(case.seals, SEALED).seals
    whole = [seal for seal in seals if seal.signature.result == "good"]
    case.trusted = next((seal for seal in whole if seal.trust.result == "good"), None)
    if case.trusted is None:
        keys = ", ".join(seal.key_id for seal in whole)
        return Finding(
            "not checked", "Who sealed it was not checked.", f"name the key with --sealer, if you trust it: {keys}"
        )
    return Finding(
        "yes", "It was sealed by a key that you trust.", case.trusted.trust.why, {"key": case.trusted.key_id}
    )


def _check_dates_of_key(case: CredentialCase) -> Finding:
    validity = established(case.trusted, TRUSTED).validity
    if validity.result == "good":
        return Finding("yes", f"The dates of key and signature include {case.at}.", validity.why)
    if validity.result == "bad":
        return Finding("no", f"The dates of key and signature do not include {case.at}.", validity.why)
    return Finding("warning", "The dates of key and signature were not checked.", validity.why)


def _check_in_force(case: CredentialCase) -> Finding:
    reading = established(case.reading, READABLE)
    if unreadable := [fault for fault in reading.faults if fault.endswith(NOT_AN_INSTANT)]:
        return Finding("not checked", "Whether the document is in force was not checked.", "; ".join(unreadable))
    if reading.valid_from and reading.valid_from[:10] > case.at:
        return Finding("no", f"The document is not in force on {case.at}.", "it is valid later")
    if reading.valid_until and reading.valid_until[:10] < case.at:
        return Finding("no", f"The document is not in force on {case.at}.", "it has expired")
    return Finding("yes", f"The document's own dates hold on {case.at}.")


CHECKS: Final = (
    Check(READABLE, _read, "The file is not a credential that can be read.", may_warn=True),
    Check(SEALED, _check_seals, "The document's seals could not be read."),
    Check(TRUSTED, _check_trust),
    Check("dated", _check_dates_of_key, may_warn=True),
    Check("in force", _check_in_force),
    left_out("status", "Whether its issuer has revoked it was not checked.", "its status is asked online"),
)
