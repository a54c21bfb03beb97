"""Verification of a presentation, step by step.

1. readable: the file is a presentation.
2. signed: a trusted key of the log signed the checkpoint of the award that is shown.
3. witnessed: the policy's quorum cosigned it (a warning where none is asked for).
4. included: the award's entry stands under the checkpoint's root hash.
5. statement: the opening shown opens the entry's statement as *awarded*, binding the status key that it names.
6. document: it opens the entry's document as the SHA-256 in the presentation.
7. file: the credential given has that SHA-256 (not checked if none is given).
8. standing, 9. decisions: never checked here; a presentation gives the keys with which the logs are asked.

One that shows no award, but only keys of decisions, proves nothing by itself: steps 2 to 6 come out not checked.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from protocol.documents.presentation import KIND, Presentation, PresentedAward
from protocol.encoding.wire import b64url
from protocol.recognition.sealed import AwardStatement, document_value, statement_value
from protocol.verify.checks import READABLE, Check, Kind, established, left_out
from protocol.verify.log_steps import LOG_CHECKS, LOG_STEPS, LogCase
from protocol.verify.receipt import file_not_given
from protocol.verify.report import Finding


@dataclass(slots=True)
class PresentationCase(LogCase):
    """The award that is shown, and its file's hash once the entry is seen to bind it."""

    award: PresentedAward | None = None
    file_hash: bytes | None = None


def _read(case: PresentationCase) -> Finding:
    presentation = Presentation.parse(case.question.data)
    case.award = award = presentation.award
    if award is None:
        return Finding("yes", "The file is a presentation. It shows no award, only keys of decisions.")
    case.proof, case.entry, case.stated = award.log_proof, award.entry, award.log_proof.checkpoint
    return Finding("yes", "The file is a presentation of an award, in the one form that presentations have.")


def _check_statement(case: PresentationCase) -> Finding:
    award, origin = established(case.award, "readable"), established(case.checkpoint, "signed").origin
    value = statement_value(award.opening, origin, AwardStatement(award.status_key_id))
    if b64url(value) != case.sealed().statement:
        return Finding("no", "The entry does not say that a credential was issued, or under another key.")
    return Finding(
        "yes",
        f"The entry says, for '{origin}': we issued this credential.",
        "the opening shown opens the entry's statement, which also binds the key of later changes of standing",
        {"says": "awarded"},
    )


def _check_document(case: PresentationCase) -> Finding:
    award = established(case.award, "readable")
    if b64url(document_value(award.opening, award.file_hash)) != case.sealed().document:
        return Finding("no", "The entry is about another file than the one that the presentation names.")
    case.file_hash = award.file_hash
    return Finding(
        "yes",
        f"The entry is about the file with SHA-256 {award.file_hash.hex()}.",
        "the opening shown opens the entry's document",
        {"file_hash": b64url(award.file_hash)},
    )


def _check_file(case: PresentationCase) -> Finding:
    given = established(case.question.document, "file")
    if hashlib.sha256(given).digest() != established(case.file_hash, "document"):
        return Finding("no", "The file given is not the credential that is presented.")
    return Finding("yes", "The file given is that credential, byte for byte.", "its SHA-256 is the same")


PRESENTATION: Final = Kind(
    KIND,
    (READABLE, *LOG_STEPS, "statement", "document", "file", "standing", "decisions"),
    (
        Check(READABLE, _read, "The file is not a presentation that can be read."),
        *LOG_CHECKS,
        Check("statement", _check_statement),
        Check("document", _check_document),
        Check("file", _check_file, waived=file_not_given),
        left_out(
            "standing",
            "Whether the award still stands was not checked.",
            "its log is asked with the key that is shown, such as by `nostra ask`",
        ),
        left_out(
            "decisions",
            "What institutions decided was not checked.",
            "their logs are asked with the keys that are shown, such as by `nostra ask`",
        ),
    ),
    PresentationCase,
    lambda data, value: isinstance(value, dict) and value.get("kind") == KIND,
)
