"""Verification of an index note as a file: who signed it, and who recomputed what it says.

1. readable: the file is an index note.
2. signed: a trusted key of the log signed it.
3. witnessed: the policy's quorum cosigned it.

The note alone shows no key's entries: for that an answer of the index is needed, with both roots.
"""

from dataclasses import dataclass
from typing import Any, Final

from protocol.encoding.note import Note
from protocol.encoding.wire import b64
from protocol.log.checkpoint import Checkpoint
from protocol.log.index_note import SUFFIX, index_keys, open_index, parse_index
from protocol.verify.checks import READABLE, Case, Check, Kind, established
from protocol.verify.log_steps import tell_witnessed
from protocol.verify.report import Finding


@dataclass(slots=True)
class IndexNoteCase(Case):
    """What the note states, and the note, once a trusted key is seen to have signed it."""

    origin: str | None = None
    stated: Checkpoint | None = None
    note: Note | None = None


def _read(case: IndexNoteCase) -> Finding:
    case.origin, _ = parse_index(Note.parse(case.question.data).text)
    return Finding("yes", "The file is the note of a log's index.")


def _read_signed(case: IndexNoteCase) -> Finding:
    origin, trust = established(case.origin, READABLE), case.question.trust
    log_keys = [log.key for log in trust.policy.logs]
    case.stated, case.note = open_index(case.question.data, log_keys)
    lines = {line.key_id for line in case.note.signatures}
    keys = [key.render() for key in index_keys(log_keys, origin) if key.key_id in lines]
    return Finding(
        "yes",
        f"The log '{origin}' signed an index of its first {case.stated.size:,} entries.",
        f"by the key {', '.join(keys)}, {trust.source}",
        {"hash": b64(case.stated.root), "keys": keys, "origin": origin, "size": case.stated.size},
    )


def _read_witnessed(case: IndexNoteCase) -> Finding:
    policy = case.question.trust.policy
    stated, note = established(case.stated, "signed"), established(case.note, "signed")
    return tell_witnessed(policy, policy.for_index().check_witnessed(stated, note), what="this index of the log")


def _is_index_note(data: bytes, value: Any) -> bool:
    return data.partition(b"\n")[0].endswith(SUFFIX.encode()) and "\n\n\u2014 ".encode() in data


INDEX_NOTE: Final = Kind(
    "index-note",
    (READABLE, "signed", "witnessed"),
    (
        Check(READABLE, _read, "The file is not the note of an index that can be read."),
        Check("signed", _read_signed, "This index is not shown to be signed by a log that you trust."),
        Check("witnessed", _read_witnessed, "The partners you ask for have not confirmed this index.", may_warn=True),
    ),
    IndexNoteCase,
    _is_index_note,
)
