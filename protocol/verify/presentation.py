"""Verification of a presentation, step by step.

1. readable: the file is a presentation.
2. signed: a trusted key of the log signed the checkpoint of the award that is shown.
3. witnessed: the policy's quorum cosigned it (a warning where none is asked for).
4. included: the award's entry stands under the checkpoint's root hash.
5. statement: the opening shown opens the entry's statement as *awarded*, binding the status key that it names.
6. document: it opens the entry's document as the SHA-256 in the presentation.
7. file: the credential given has that SHA-256 (not checked if none is given).
8. proofs: every excerpt of a log that comes with it is proved (not checked if there is none).
9. standing: the status key, which is the one that the award's statement binds, leads through the award's log to an end
   that its index proves: the award stands. A snapshot shows it by its maker's word (a warning).
10. decisions: each institution's key leads through its log to an end that its index proves.

What the learner chose not to show in steps 8 to 10 comes out not checked. What is shown and is stale, unproved where
the policy asks for a quorum, or unknown is refused. Of an award that is revoked, suspended or superseded step 9 is no.

A presentation of decisions alone, as on a credential on paper, has the steps readable, proofs and decisions, and none
of them is waived.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from protocol.documents.presentation import KIND, Presentation, PresentedAward
from protocol.encoding.wire import b64url
from protocol.recognition.sealed import AwardStatement, document_value, statement_value
from protocol.verify.checks import READABLE, Check, Kind, established
from protocol.verify.excerpts import read_excerpts
from protocol.verify.log_steps import LOG_CHECKS, LOG_STEPS
from protocol.verify.receipt import file_not_given
from protocol.verify.report import Finding
from protocol.verify.shown import (
    ShownCase,
    award_entry,
    check_decisions,
    check_standing,
    without_decisions,
    without_proofs,
    without_standing,
)


@dataclass(slots=True)
class PresentationCase(ShownCase):
    """The award that is shown, and its file's hash once the entry is seen to bind it."""

    award: PresentedAward | None = None
    file_hash: bytes | None = None


def _read(case: PresentationCase) -> Finding:
    case.presentation = presentation = Presentation.parse(case.question.data)
    case.excerpts, case.award = presentation.proofs, presentation.award
    award = presentation.award
    if award is None:
        return Finding("yes", "The file is a presentation. It shows no award, only keys of decisions.")
    case.proof, case.entry, case.stated = award.log_proof, award.entry, award.log_proof.checkpoint
    return Finding("yes", "The file is a presentation of an award, in the one form that presentations have.")


def _check_statement(case: PresentationCase) -> Finding:
    award, origin = established(case.award, "readable"), established(case.checkpoint, "signed").origin
    value = statement_value(award.opening, origin, AwardStatement(award.status_key_id))
    if b64url(value) != case.sealed().statement:
        return Finding("no", "The entry does not say that a credential was issued, or under another key.")
    case.awarded = award_entry(case, origin, award.status_key_id)
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
    (READABLE, *LOG_STEPS, "statement", "document", "file", "proofs", "standing", "decisions"),
    (
        Check(READABLE, _read, "The file is not a presentation that can be read."),
        *LOG_CHECKS,
        Check("statement", _check_statement),
        Check("document", _check_document),
        Check("file", _check_file, waived=file_not_given),
        Check("proofs", read_excerpts, waived=without_proofs, may_warn=True),
        Check("standing", check_standing, waived=without_standing, may_warn=True),
        Check("decisions", check_decisions, waived=without_decisions, may_warn=True),
    ),
    PresentationCase,
    lambda data, value: isinstance(value, dict) and value.get("kind") == KIND and "award" in value,
)

DECISIONS: Final = Kind(
    f"{KIND}-of-decisions",
    (READABLE, "proofs", "decisions"),
    (
        Check(READABLE, _read, "The file is not a presentation that can be read."),
        Check("proofs", read_excerpts, may_warn=True),
        Check("decisions", check_decisions, may_warn=True),
    ),
    PresentationCase,
    lambda data, value: isinstance(value, dict) and value.get("kind") == KIND and "award" not in value,
)
