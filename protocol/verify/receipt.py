"""Verification of a receipt, step by step.

1. readable: the file is a receipt.
2. signed: a trusted key of the log signed the checkpoint.
3. witnessed: the policy's quorum cosigned it (a warning where none is asked for).
4. included: the entry stands under the checkpoint's root hash.
5. tag: the standing secret gives the entry's tag, in the log of that checkpoint.
6. statement: it opens the entry's statement as *awarded*, and binds the status key that it gives.
7. document: it opens the entry's document as the SHA-256 in the receipt.
8. file: the credential given has that SHA-256 (not checked if none is given).
9. standing: never checked here; a receipt shows that an award was made.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from protocol.documents.receipt import KIND, Receipt
from protocol.encoding.wire import b64url
from protocol.recognition.sealed import SealedValues, seal_award
from protocol.verify.checks import READABLE, Check, Kind, Question, established, left_out
from protocol.verify.log_steps import LOG_CHECKS, LOG_STEPS, LogCase
from protocol.verify.report import Finding


@dataclass(slots=True)
class ReceiptCase(LogCase):
    """A receipt's claims, and the file hash once the entry is seen to bind it."""

    receipt: Receipt | None = None
    file_hash: bytes | None = None


def _read(case: ReceiptCase) -> Finding:
    receipt = Receipt.parse(case.question.data)
    case.receipt, case.proof, case.entry = receipt, receipt.log_proof, receipt.entry
    case.stated = receipt.log_proof.checkpoint
    return Finding("yes", "The file is a receipt, in the one form that receipts have.")


def _expected(case: ReceiptCase) -> SealedValues:
    """Return what the secret and the file's hash seal to, in the log that signed: the file's own word is not asked."""
    receipt = established(case.receipt, "readable")
    return seal_award(receipt.standing, established(case.checkpoint, "signed").origin, receipt.file_hash)


def _check_tag(case: ReceiptCase) -> Finding:
    tag = b64url(_expected(case).tag)
    if tag != case.sealed().tag:
        return Finding("no", "The receipt's secret does not belong to this entry.")
    return Finding("yes", "The receipt's secret belongs to this entry.", "it gives the entry's tag", {"tag": tag})


def _check_statement(case: ReceiptCase) -> Finding:
    if b64url(_expected(case).statement) != case.sealed().statement:
        return Finding("no", "The entry does not say that a credential was issued, or under another secret.")
    return Finding(
        "yes",
        f"The entry says, for '{established(case.checkpoint, 'signed').origin}': we issued this credential.",
        "the secret opens the entry's statement, which also binds the key of later changes of standing",
        {"says": "awarded"},
    )


def _check_document(case: ReceiptCase) -> Finding:
    expected = _expected(case)
    if b64url(expected.document) != case.sealed().document:
        return Finding("no", "The entry is about another file than the one the receipt names.")
    case.file_hash = established(case.receipt, "readable").file_hash
    return Finding(
        "yes",
        f"The entry is about the file with SHA-256 {case.file_hash.hex()}.",
        "the secret opens the entry's document",
        {"file_hash": b64url(case.file_hash)},
    )


def _check_file(case: ReceiptCase) -> Finding:
    given = established(case.question.document, "file")
    if hashlib.sha256(given).digest() != established(case.file_hash, "document"):
        return Finding("no", "The file given is not the credential that the receipt is about.")
    return Finding("yes", "The file given is that credential, byte for byte.", "its SHA-256 is the same")


def file_not_given(question: Question) -> Finding | None:
    """Waive the comparison with the credential's file where none is given."""
    if question.document is not None:
        return None
    return Finding("not checked", "No credential was compared.", "its file was not given")


STANDING: Final = left_out(
    "standing",
    "Whether the award still stands was not checked.",
    "a receipt shows that it was made; its standing is asked of the log, with a presentation",
)

RECEIPT: Final = Kind(
    KIND,
    (READABLE, *LOG_STEPS, "tag", "statement", "document", "file", "standing"),
    (
        Check(READABLE, _read, "The file is not a receipt that can be read."),
        *LOG_CHECKS,
        Check("tag", _check_tag),
        Check("statement", _check_statement),
        Check("document", _check_document),
        Check("file", _check_file, waived=file_not_given),
        STANDING,
    ),
    ReceiptCase,
    lambda data, value: isinstance(value, dict) and value.get("kind") == KIND,
)
