"""Which kinds of files are known, how they are told apart, and the one door to verifying any of them."""

from collections.abc import Iterable
from typing import Any, Final

from protocol.encoding import jcs
from protocol.errors import MalformedError
from protocol.verify.checks import Kind, Question, run, unreadable
from protocol.verify.decision import DECISION_RECEIPT
from protocol.verify.evidence import SPLIT_VIEW
from protocol.verify.index_note import INDEX_NOTE
from protocol.verify.log_files import CHECKPOINT, TLOG_PROOF
from protocol.verify.presentation import DECISIONS, PRESENTATION
from protocol.verify.receipt import RECEIPT
from protocol.verify.report import Report
from protocol.verify.trust import Trust
from protocol.verify.verdict import VERDICT
from protocol.verify.wrong_index import WRONG_INDEX

MAX_FILE_BYTES: Final = 16 << 20

Kinds = tuple[Kind[Any], ...]

KINDS: Final[Kinds] = (
    TLOG_PROOF, RECEIPT, DECISION_RECEIPT, PRESENTATION, DECISIONS, VERDICT, SPLIT_VIEW, WRONG_INDEX, INDEX_NOTE,
    CHECKPOINT,
)  # fmt: skip
"""The kinds known here, in the order in which they are tried. A program that knows more passes its own tuple."""


def detect(data: bytes, kinds: Kinds = KINDS) -> Kind[Any] | None:
    """Return which kind a file seems to be, by its bytes alone; None if it is like none of them."""
    value = _json_value(data)
    return next((kind for kind in kinds if kind.detects(data, value)), None)


def verify_file(
    data: bytes,
    trust: Trust,
    *,
    document: bytes | None = None,
    at: int | None = None,
    required: Iterable[str] = (),
    presentation: bytes | None = None,
    kinds: Kinds = KINDS,
) -> Report:
    """Verify a file and return the report; nothing about the file raises.

    Args:
        data: The file's bytes.
        trust: Whom the relying party trusts.
        document: The file that stands beside it: the credential of a receipt, the entry of a tlog-proof.
        at: POSIX seconds of the present, by which it is judged what is fresh; without it nothing is.
        required: Names of steps that have to come out well, whatever the file shows.
        presentation: What the learner shows beside a verdict.
        kinds: The kinds to tell apart.
    """
    if len(data) > MAX_FILE_BYTES:
        return unreadable(f"it is larger than {MAX_FILE_BYTES >> 20} MiB")
    kind = detect(data, kinds)
    if kind is None:
        return unreadable(f"it is none of: {', '.join(kind.name for kind in kinds)}")
    return run(kind, Question(data, trust, document, at, frozenset(required), presentation))


def _json_value(data: bytes) -> Any:
    try:
        return jcs.decode(data)
    except MalformedError:
        return None
