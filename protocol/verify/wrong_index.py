"""Verification of evidence that a log's index is wrong, step by step. Verified means: the evidence holds.

1. readable: the file is evidence of a wrong index.
2. signed: a trusted key of the log signed the checkpoint.
3. index: a trusted key of the log signed the index note, and it binds the roots given.
4. conflict: the two can't both be of the same entries (`protocol.documents.wrong_index`).
5. cause: never checked here; that both were signed does not show by whose doing.
"""

from dataclasses import dataclass
from typing import Final

from protocol.documents.evidence import evidence_id
from protocol.documents.wrong_index import KIND, IndexEvidence, Listing, Wrong
from protocol.encoding.keys import VerifierKey
from protocol.encoding.wire import b64, b64url
from protocol.log.checkpoint import Checkpoint
from protocol.log.ended_key import counting
from protocol.log.index_note import IndexHead, index_keys
from protocol.verify.checks import READABLE, Case, Check, Kind, established
from protocol.verify.evidence import CAUSE
from protocol.verify.log_steps import keys_that_signed
from protocol.verify.report import Finding

_TEXTS: Final[dict[Wrong, str]] = {
    "another tree": "The index is not of the tree that the log signed at this size.",
    "omitted": "The index leaves out an entry of the log: who looks for it is told that it isn't there.",
    "misplaced": "The index lists an entry of the log where it doesn't belong.",
}


@dataclass(slots=True)
class WrongIndexCase(Case):
    """What the evidence claims, and below it what a trusted key is seen to have signed."""

    evidence: IndexEvidence | None = None
    checkpoint: Checkpoint | None = None
    head: IndexHead | None = None


def _read(case: WrongIndexCase) -> Finding:
    case.evidence = IndexEvidence.parse(case.question.data)
    return Finding("yes", "The file is evidence of a wrong index, in one of the two forms that it has.")


def _read_signed(case: WrongIndexCase) -> Finding:
    trust = case.question.trust
    checkpoint, note = trust.policy.open(established(case.evidence, READABLE).checkpoint())
    case.checkpoint = checkpoint
    keys = keys_that_signed(trust.policy, checkpoint, note)
    return Finding(
        "yes",
        f"The log '{checkpoint.origin}' signed its state at {checkpoint.size:,} entries.",
        f"by the key {', '.join(keys)}, {trust.source}",
        {"keys": keys, "origin": checkpoint.origin, "root": b64(checkpoint.root), "size": checkpoint.size},
    )


def _read_index(case: WrongIndexCase) -> Finding:
    trust = case.question.trust
    log_keys = [log.key for log in trust.policy.logs]
    head, note = established(case.evidence, READABLE).open_index(log_keys)
    case.head = head
    keys = [key.render() for key in _signers(head, log_keys, {line.key_id for line in note.signatures})]
    return Finding(
        "yes",
        f"The log '{head.origin}' signed an index of its first {head.size:,} entries.",
        f"by the key {', '.join(keys)}; its note binds the two roots given",
        {"index": {"keys": keys, "log_root": b64(head.log_root), "trie_root": b64(head.trie_root)}},
    )


def _signers(head: IndexHead, log_keys: list[VerifierKey], lines: set[bytes]) -> tuple[VerifierKey, ...]:
    known = index_keys(log_keys, head.origin)
    return counting([key for key in known if key.key_id in lines], known, size=head.size, root=head.log_root)


def _check_conflict(case: WrongIndexCase) -> Finding:
    evidence = established(case.evidence, READABLE)
    head, checkpoint = established(case.head, "index"), established(case.checkpoint, "signed")
    fault = evidence.check_fault(head, checkpoint)
    facts = {"fault": fault, "id": evidence_id(case.question.data)}
    if not isinstance(evidence.shown, Listing):
        return Finding("yes", _TEXTS[fault], f"its note binds the root hash {b64(head.log_root)}", facts)
    leaf, key = evidence.shown.log_proof.index, b64url(evidence.shown.answer.key)
    return Finding(
        "yes",
        _TEXTS[fault],
        f"the entry at leaf index {leaf} is included in the log, and the index is proved to list under {key}"
        f" {'this leaf' if fault == 'misplaced' else 'others or none'}",
        facts | {"key": key, "leaf": leaf},
    )


WRONG_INDEX: Final = Kind(
    KIND,
    (READABLE, "signed", "index", "conflict", "cause"),
    (
        Check(READABLE, _read, "The file is not evidence that can be read."),
        Check("signed", _read_signed, "The state of the log is not shown to be signed by a log that you trust."),
        Check("index", _read_index, "The index is not shown to be signed by a log that you trust."),
        Check("conflict", _check_conflict, "The index is not shown to be wrong: this is no evidence."),
        CAUSE,
    ),
    WrongIndexCase,
    lambda data, value: isinstance(value, dict) and value.get("kind") == KIND,
)
