"""Verification of evidence against a log, step by step. Verified means: the evidence holds.

1. readable: the file is evidence of a split view.
2. first: a trusted key of the log signed the first note.
3. second: a trusted key of the log signed the second note.
4. conflict: the two can't both be true (`protocol.gossip.split_view`).
5. cause: never checked here; that both were signed does not show by whose doing.
"""

from dataclasses import dataclass
from typing import Any, Final

from protocol.documents.evidence import KIND, SplitView, evidence_id
from protocol.encoding.wire import b64
from protocol.gossip.split_view import check_conflict
from protocol.log.checkpoint import Checkpoint
from protocol.verify.checks import READABLE, Case, Check, Kind, established, left_out
from protocol.verify.log_steps import keys_that_signed
from protocol.verify.report import Finding


@dataclass(slots=True)
class EvidenceCase(Case):
    """What the evidence claims, and the checkpoints once a trusted key is seen to have signed them."""

    view: SplitView | None = None
    first: Checkpoint | None = None
    second: Checkpoint | None = None


def _read(case: EvidenceCase) -> Finding:
    case.view = SplitView.parse(case.question.data)
    return Finding("yes", "The file is evidence of a split view, in the one form that it has.")


def _read_first(case: EvidenceCase) -> Finding:
    case.first, finding = _open(case, established(case.view, READABLE).first, "first")
    return finding


def _read_second(case: EvidenceCase) -> Finding:
    case.second, finding = _open(case, established(case.view, READABLE).second, "second")
    return finding


def _open(case: EvidenceCase, data: bytes, which: str) -> tuple[Checkpoint, Finding]:
    trust = case.question.trust
    checkpoint, note = trust.policy.open(data)
    keys = keys_that_signed(trust.policy, checkpoint, note)
    state = f"{checkpoint.size:,} entries with the root hash {b64(checkpoint.root)}"
    return checkpoint, Finding(
        "yes",
        f"The log '{checkpoint.origin}' signed its state at {state}.",
        f"by the key {', '.join(keys)}, {trust.source}",
        {"origin": checkpoint.origin, which: {"keys": keys, "root": b64(checkpoint.root), "size": checkpoint.size}},
    )


def _check_conflict(case: EvidenceCase) -> Finding:
    view = established(case.view, READABLE)
    first, second = established(case.first, "first"), established(case.second, "second")
    check_conflict(first, second, view.root, view.proof)
    return Finding(
        "yes", "The two can't both be true: the log has shown two histories.", _why(first, view.root), _facts(case)
    )


def _why(first: Checkpoint, root: bytes | None) -> str:
    if root is None:
        return "they give one size two root hashes"
    return f"a consistency proof shows that the second has, at {first.size:,} entries, the root hash {b64(root)}"


def _facts(case: EvidenceCase) -> dict[str, Any]:
    root = established(case.view, READABLE).root
    return {"id": evidence_id(case.question.data)} | ({"root": b64(root)} if root else {})


CAUSE: Final = left_out(
    "cause",
    "How it came to that was not checked.",
    "the log's key signed both; whether it was meant, stolen or put to work from an old backup is not shown",
)

SPLIT_VIEW: Final = Kind(
    KIND,
    (READABLE, "first", "second", "conflict", "cause"),
    (
        Check(READABLE, _read, "The file is not evidence that can be read."),
        Check("first", _read_first, "The first state is not shown to be signed by a log that you trust."),
        Check("second", _read_second, "The second state is not shown to be signed by a log that you trust."),
        Check("conflict", _check_conflict, "The two are not shown to contradict each other: this is no evidence."),
        CAUSE,
    ),
    EvidenceCase,
    lambda data, value: isinstance(value, dict) and value.get("kind") == KIND,
)
