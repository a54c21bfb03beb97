r"""Nostra's formats and their verification: pure, synchronous, without a node.

What a relying party or a second implementation needs::

    from protocol import Policy, Trust, verify_file

    report = verify_file(receipt_bytes, Trust(Policy.parse(policy_bytes), "from our policy"), document=credential_bytes)
    print("\n".join(report.lines()))
"""

from protocol.documents.decision_receipt import DecisionReceipt
from protocol.documents.evidence import SplitView, evidence_id, show_split_view
from protocol.documents.excerpt import Excerpt
from protocol.documents.presentation import Presentation
from protocol.documents.proved_excerpt import ProvedExcerpt, verify_excerpt
from protocol.documents.receipt import Receipt
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.documents.wrong_index import IndexEvidence, show_wrong_index
from protocol.encoding.keys import Signer, VerifierKey
from protocol.encoding.note import Note, NoteSignature
from protocol.errors import (
    BadProofError,
    BadSignatureError,
    MalformedError,
    NoQuorumError,
    NoTrustedKeyError,
    ProtocolError,
    StaleSizeError,
)
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.add_entries import Package, Upload, verify_package
from protocol.gossip.cosignature import Cosignature, cosign
from protocol.gossip.cosigners import Cosigners, open_cosigners, sign_cosigners
from protocol.gossip.exchange import Exchange
from protocol.gossip.mirror_info import MirrorInfo
from protocol.gossip.policy import Policy, Witnessed
from protocol.gossip.seen import SeenAnswer, SeenRequest, open_seen_request, sign_seen_request
from protocol.gossip.split_view import Conflict
from protocol.gossip.upload_reader import UploadReader
from protocol.gossip.witness import State, check_update
from protocol.log.checkpoint import Checkpoint, open_checkpoint
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead, open_index_head
from protocol.log.merkle import leaf_hash, verify_consistency, verify_inclusion
from protocol.recognition.decision import Decision, parse_decision
from protocol.recognition.entry import parse_entry
from protocol.verify.kinds import detect, verify_file
from protocol.verify.report import Report, Step
from protocol.verify.trust import Trust

__all__ = [
    "AddCheckpoint",
    "BadProofError",
    "BadSignatureError",
    "Checkpoint",
    "Conflict",
    "Cosignature",
    "Cosigners",
    "Decision",
    "DecisionReceipt",
    "Excerpt",
    "Exchange",
    "IndexAnswer",
    "IndexEvidence",
    "IndexHead",
    "MalformedError",
    "MirrorInfo",
    "NoQuorumError",
    "NoTrustedKeyError",
    "Note",
    "NoteSignature",
    "Package",
    "Policy",
    "Presentation",
    "ProtocolError",
    "ProvedExcerpt",
    "Receipt",
    "Report",
    "SeenAnswer",
    "SeenRequest",
    "Signer",
    "SplitView",
    "StaleSizeError",
    "State",
    "Step",
    "TlogProof",
    "Trust",
    "Upload",
    "UploadReader",
    "VerifierKey",
    "Witnessed",
    "check_update",
    "cosign",
    "detect",
    "evidence_id",
    "leaf_hash",
    "open_checkpoint",
    "open_cosigners",
    "open_index_head",
    "open_seen_request",
    "parse_decision",
    "parse_entry",
    "show_split_view",
    "show_wrong_index",
    "sign_cosigners",
    "sign_seen_request",
    "verify_consistency",
    "verify_entry",
    "verify_excerpt",
    "verify_file",
    "verify_inclusion",
    "verify_package",
]
