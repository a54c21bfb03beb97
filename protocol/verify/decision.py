"""Verification of a decision receipt, step by step.

1. readable: the file is a decision receipt.
2. signed, 3. witnessed, 4. included: as for a receipt, in the deciding institution's log.
5. statement: the opening opens the entry's statement as this act, outcome and purpose.
6. document: it opens the entry's document as the SHA-256 of the decision document (of nothing, if there is none).
7. agrees: that document is one, of the institution whose log this is, with the statement's outcome and purpose; only
   a decision that takes an earlier one back has none.
8. file: the credential given is one of those decided on (not checked if none is given).
9. standing: never checked here; an opening shows one decision, not a later one that replaces it.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from protocol.documents.decision_receipt import KIND, DecisionReceipt
from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.recognition.decision import Decision, parse_decision
from protocol.recognition.sealed import NO_DOCUMENT, DecisionStatement, document_value, statement_value
from protocol.verify.checks import READABLE, Check, Kind, established, left_out
from protocol.verify.log_steps import LOG_CHECKS, LOG_STEPS, LogCase
from protocol.verify.receipt import file_not_given
from protocol.verify.report import Finding

TAKEN_BACK: Final = ("annulled", "withdrawn")
"""Acts that need no document."""


@dataclass(slots=True)
class DecisionCase(LogCase):
    """A decision receipt's claims, and below them what the entry is seen to say and bind."""

    receipt: DecisionReceipt | None = None
    statement: DecisionStatement | None = None
    document: bytes | None = None
    """The decision document's bytes; empty where the entry binds none."""

    decision: Decision | None = None


def _read(case: DecisionCase) -> Finding:
    receipt = DecisionReceipt.parse(case.question.data)
    case.receipt, case.proof, case.entry = receipt, receipt.log_proof, receipt.entry
    case.stated = receipt.log_proof.checkpoint
    return Finding("yes", "The file is a decision receipt, in the one form that these have.")


def _check_statement(case: DecisionCase) -> Finding:
    receipt, origin = established(case.receipt, "readable"), established(case.checkpoint, "signed").origin
    said = receipt.statement
    if b64url(statement_value(receipt.opening_key, origin, said)) != case.sealed().statement:
        return Finding("no", "The entry does not say what this file says it does.")
    case.statement = said
    return Finding("yes", _told(said), "the opening opens the entry's statement", _facts(said))


def _told(said: DecisionStatement) -> str:
    act = f"no. {said.replaces} is {said.act}" if said.replaces else said.act
    effect = f", with the outcome '{said.outcome}' for the purpose '{said.purpose}'" if said.outcome else ""
    return f"The entry says, as decision no. {said.number} on the credential: {act}{effect}."


def _facts(said: DecisionStatement) -> dict[str, object]:
    words = {"outcome": said.outcome, "purpose": said.purpose}
    counts = {"act": said.act, "number": said.number, "replaces": said.replaces}
    return counts | {name: word for name, word in words.items() if word}


def _check_document(case: DecisionCase) -> Finding:
    receipt = established(case.receipt, "readable")
    document_hash = NO_DOCUMENT if receipt.decision is None else hashlib.sha256(receipt.decision).digest()
    if b64url(document_value(receipt.opening_key, document_hash)) != case.sealed().document:
        return Finding("no", "The entry is about another decision document than this file holds.")
    case.document = receipt.decision or b""
    text = "The entry is about this very decision document." if case.document else "The entry is about no document."
    return Finding("yes", text, "the opening opens the entry's document")


def _check_agrees(case: DecisionCase) -> Finding:
    said, document = established(case.statement, "statement"), established(case.document, "document")
    if not document:
        if said.act in TAKEN_BACK:
            return Finding("yes", "Taking a decision back needs no document.")
        return Finding("no", "The decision has no document.")
    decision = parse_decision(document)
    origin = established(case.checkpoint, "signed").origin
    if (decision.origin, decision.outcome, decision.purpose) != (origin, said.outcome, said.purpose):
        return Finding("no", "The decision document says something else than the entry, or is another institution's.")
    case.decision = decision
    return Finding(
        "yes",
        "The decision document says the same as the entry.",
        "institution, outcome and purpose are equal",
        {"decision": canonical.decode(document)},
    )


def _check_file(case: DecisionCase) -> Finding:
    given = b64url(hashlib.sha256(established(case.question.document, "file")).digest())
    if given not in {credential.file for credential in established(case.decision, "agrees").credentials}:
        return Finding("no", "The file given is not a credential that was decided on.")
    return Finding("yes", "The file given is a credential that was decided on.", "the document names its SHA-256")


DECISION_RECEIPT: Final = Kind(
    KIND,
    (READABLE, *LOG_STEPS, "statement", "document", "agrees", "file", "standing"),
    (
        Check(READABLE, _read, "The file is not a decision receipt that can be read."),
        *LOG_CHECKS,
        Check("statement", _check_statement),
        Check("document", _check_document),
        Check("agrees", _check_agrees, "The decision document is not in a form that can be relied on."),
        Check("file", _check_file, waived=file_not_given),
        left_out(
            "standing",
            "Whether this decision still stands was not checked.",
            "an opening shows one decision; a later one may have replaced it",
        ),
    ),
    DecisionCase,
    lambda data, value: isinstance(value, dict) and value.get("kind") == KIND,
)
