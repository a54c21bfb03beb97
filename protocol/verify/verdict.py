"""Verification of a verdict, step by step.

1. readable: the file is a verdict.
2. logs: of every log shown, a trusted key signed checkpoint and index note, and entries and answers lead to them; each
   part tells who besides the log vouches (a warning where that is stale, or the log alone).
3. issuer: the proof's key is one that the issuer's own log lists for that day.
4. signature: it signed this very verdict.
5. limit: the verdict holds no longer than its logs are fresh by the reader's limit.
6. now: it holds at the moment at which the reader asks.
7. times: when entries were logged whose time decides, by the checkpoints around them (a warning where only the signer's
   clock tells it).
8. question: what it answers, made anew from what the awarding bodies' logs say of themselves and their achievements.
9. openings: every sealed entry says what it is said to.
10. institutions: every outcome, worked out anew from all entries that could decide it and had been logged by then.
11. file: the credential given is the one that it is about (not checked if none is given).
12. presentation, 13. standing, 14. decisions: with the keys of a presentation, that the credential's statuses and the
    decisions on it are these and no others (not checked if none is given: by the signer's word).
15. trusts: never checked here; that the document is authentic and its issuer is who it says is the signer's word.
"""

from typing import Final

from protocol.documents.verdict import is_verdict, read_verdict
from protocol.verify import verdict_credential, verdict_logs, verdict_outcomes, verdict_question, verdict_times
from protocol.verify.checks import READABLE, Check, Kind, left_out
from protocol.verify.report import Finding
from protocol.verify.verdict_case import VerdictCase

NAME: Final = "verdict"


def _read(case: VerdictCase) -> Finding:
    case.verdict, case.value = read_verdict(case.question.data)
    count = len(case.verdict.credential_subject.institutions)
    return Finding("yes", f"The file is a verdict on what {count} institutions say. It is information, not a decision.")


VERDICT: Final = Kind(
    NAME,
    (
        READABLE,
        *(check.name for check in verdict_logs.CHECKS),
        "times",
        "question",
        "openings",
        "institutions",
        "file",
        "presentation",
        "standing",
        "decisions",
        "trusts",
    ),
    (
        Check(READABLE, _read, "The file is not a verdict that can be read."),
        *verdict_logs.CHECKS,
        verdict_times.CHECK,
        verdict_question.CHECK,
        verdict_credential.CHECKS[0],
        verdict_outcomes.CHECK,
        *verdict_credential.CHECKS[1:],
        left_out(
            "trusts",
            "That the document is authentic, and awarded by whom it names, was not checked.",
            "that is the signer's word; the document itself is verified by `nostra verify`",
        ),
    ),
    VerdictCase,
    lambda data, value: is_verdict(value),
)
