"""The steps that every proof from a log needs: who signed its state, who cosigned it, and that the entry is in it."""

from dataclasses import dataclass
from typing import Final

from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding.note import Note
from protocol.encoding.wire import b64
from protocol.gossip.policy import Policy, Witnessed
from protocol.log.checkpoint import Checkpoint, verify_signed
from protocol.recognition.sealed_entry import Sealed, parse_sealed
from protocol.verify.checks import Case, Check, established
from protocol.verify.report import Finding, instant

LOG_STEPS: Final = ("signed", "witnessed", "included")


@dataclass(slots=True)
class LogCase(Case):
    """What a file claims, and below it what has been verified of it."""

    stated: bytes | None = None
    """The checkpoint note in the file."""

    proof: TlogProof | None = None
    entry: bytes | None = None

    checkpoint: Checkpoint | None = None
    """The note's checkpoint, once a trusted key is seen to have signed it."""

    note: Note | None = None
    included: bytes | None = None
    """The entry, once it is seen to stand under that checkpoint."""

    def sealed(self) -> Sealed:
        """Return the sealed entry that stands in the log."""
        return established(parse_sealed(established(self.included, "included")), "readable")


def read_signed(case: LogCase) -> Finding:
    """Open the checkpoint note with the trusted keys of logs."""
    trust = case.question.trust
    checkpoint, note = trust.policy.open(established(case.stated, "readable"))
    case.checkpoint, case.note = checkpoint, note
    keys = keys_that_signed(trust.policy, checkpoint, note)
    return Finding(
        "yes",
        f"The log '{checkpoint.origin}' signed its state at {checkpoint.size:,} entries.",
        f"by the key {', '.join(keys)}, {trust.source}",
        {"keys": keys, "origin": checkpoint.origin, "root": b64(checkpoint.root), "size": checkpoint.size},
    )


def keys_that_signed(policy: Policy, checkpoint: Checkpoint, note: Note) -> list[str]:
    """Return the verifier keys of the log whose lines hold: a line that nobody verified names no signer."""
    own = [log.key for log in policy.logs if log.key.name == checkpoint.origin]
    lines = {line.key_id for line in verify_signed(checkpoint, note, own)}
    return [key.render() for key in own if key.key_id in lines]


def read_witnessed(case: LogCase) -> Finding:
    """Check the cosignatures against the quorum of the policy."""
    policy = case.question.trust.policy
    checkpoint, note = established(case.checkpoint, "signed"), established(case.note, "signed")
    return tell_witnessed(policy, policy.check_witnessed(checkpoint, note), what="this state of the log")


def tell_witnessed(policy: Policy, witnessed: Witnessed, *, what: str) -> Finding:
    """Return who confirmed what a log signed, and since when the quorum of the policy did."""
    if witnessed.time is None:
        return Finding(
            "warning",
            f"Unwitnessed: only the log itself vouches for {what}.",
            "no cosignature is asked for by what you trust",
            _cosigners(witnessed),
        )
    by = ", ".join(f"{witness.name} at {instant(time)}" for witness, time in witnessed.cosigned)
    return Finding(
        "yes",
        f"The partners you ask for have confirmed {what}, by {instant(witnessed.time)}.",
        f"the policy asks for '{policy.quorum}'; cosigned by {by}",
        _cosigners(witnessed) | {"quorum_time": instant(witnessed.time)},
    )


def _cosigners(witnessed: Witnessed) -> dict[str, object]:
    cosigned = [
        {"key": witness.key.render(), "name": witness.name, "time": instant(time)}
        for witness, time in witnessed.cosigned
    ]
    return {"cosigned": cosigned}


def read_included(case: LogCase) -> Finding:
    """Lead the entry to the root hash of the signed checkpoint."""
    proof, entry = established(case.proof, "readable"), established(case.entry, "readable")
    verify_entry(entry, proof, established(case.checkpoint, "signed"))
    case.included = entry
    return Finding(
        "yes",
        f"The entry stands in that log, at leaf index {proof.index}.",
        "its inclusion proof leads to the signed root hash",
        {"leaf": proof.index},
    )


SIGNED: Final = Check("signed", read_signed, "This is not shown to be signed by a log that you trust.")
WITNESSED: Final = Check(
    "witnessed", read_witnessed, "The partners you ask for have not confirmed this state of the log.", may_warn=True
)
INCLUDED: Final = Check("included", read_included, "The entry is not shown to stand in that log.")
LOG_CHECKS: Final = (SIGNED, WITNESSED, INCLUDED)
