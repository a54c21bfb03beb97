"""Verification of a log's own files: a checkpoint note, and a tlog-proof with the entry beside it."""

from typing import Any, Final

from protocol.documents.tlog_proof import HEADER, TlogProof
from protocol.encoding.note import Note
from protocol.log.checkpoint import Checkpoint
from protocol.verify.checks import READABLE, Check, Kind
from protocol.verify.log_steps import LOG_STEPS, SIGNED, WITNESSED, LogCase, read_included
from protocol.verify.report import Finding


def _read_note(case: LogCase) -> Finding:
    Checkpoint.parse(Note.parse(case.question.data).text)
    case.stated = case.question.data
    return Finding("yes", "The file is a checkpoint of a log.")


def _read_proof(case: LogCase) -> Finding:
    case.proof = TlogProof.parse(case.question.data)
    case.stated = case.proof.checkpoint
    return Finding("yes", "The file is a proof that some entry stands in a log.")


def _read_included(case: LogCase) -> Finding:
    case.entry = case.question.document
    if case.entry is None:
        return Finding("not checked", "Whether an entry stands in that log was not checked.", "the entry was not given")
    return read_included(case)


def _is_proof(data: bytes, value: Any) -> bool:
    return data.startswith(HEADER.encode())


def _is_note(data: bytes, value: Any) -> bool:
    return "\n\n\u2014 ".encode() in data


CHECKPOINT: Final = Kind(
    "checkpoint",
    (READABLE, "signed", "witnessed"),
    (Check(READABLE, _read_note, "The file is not a checkpoint that can be read."), SIGNED, WITNESSED),
    LogCase,
    _is_note,
)

TLOG_PROOF: Final = Kind(
    "tlog-proof",
    (READABLE, *LOG_STEPS),
    (
        Check(READABLE, _read_proof, "The file is not a proof that can be read."),
        SIGNED,
        WITNESSED,
        Check("included", _read_included, "The entry given is not shown to stand in that log."),
    ),
    LogCase,
    _is_proof,
)
