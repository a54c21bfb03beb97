"""Verify a sample of the answers: a fast answer that does not verify is no answer."""

import json
from collections.abc import Iterable, Sequence

from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note
from protocol.encoding.wire import parse_b64
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.cosignature import verify
from protocol.gossip.policy import Policy
from protocol.gossip.witness import parse_lines
from protocol.log.checkpoint import open_checkpoint
from protocol.log.merkle import leaf_hash, verify_inclusion
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.load.outcome import Outcome


def verify_receipts(outcome: Outcome, log_key: str) -> None:
    """Verify that each sampled answer proves the entry that was posted, under a checkpoint of the log."""
    key = VerifierKey.parse(log_key)
    for entry, answer in _asked(outcome):
        proof = TlogProof.parse(answer["log_proof"].encode())
        checkpoint, _ = open_checkpoint(proof.checkpoint, [key])
        verify_entry(entry, proof, checkpoint)


def verify_witnessed(outcome: Outcome, policy: bytes, operators: int) -> None:
    """Verify that each sampled answer proves its entry under a checkpoint that the policy's quorum cosigned."""
    for entry, answer in _asked(outcome):
        verify_witnessed_answer(entry, answer, policy, operators)


def verify_witnessed_answer(entry: bytes, answer: dict, policy: bytes, operators: int) -> None:
    """Verify one such answer.

    Raises:
        MeasurementError: It bears no receipt, or fewer operators than so many cosigned it.
    """
    if "log_proof" not in answer:
        raise MeasurementError(f"an entry was answered '{answer.get('state')}', without a receipt")
    proof = TlogProof.parse(answer["log_proof"].encode())
    witnessed = Policy.parse(policy).check(proof.checkpoint)
    verify_entry(entry, proof, witnessed.checkpoint)
    found = {witness.name.partition("/")[0] for witness, _ in witnessed.cosigned}
    if len(found) < operators:
        raise MeasurementError(f"a receipt was cosigned by {sorted(found)} alone")


def verify_bundle_answers(outcome: Outcome, log_key: str) -> None:
    """Verify that each sampled answer carries a checkpoint of the log that covers the leaves it names."""
    key = VerifierKey.parse(log_key)
    for _, answer in _asked(outcome):
        checkpoint, _ = open_checkpoint(answer["checkpoint"].encode(), [key])
        if answer["leaf"] + answer["count"] > checkpoint.size:
            raise MeasurementError("bulk: an answer's checkpoint does not cover its entries")


def verify_proofs(outcome: Outcome, root: bytes, size: int, entry_at: Iterable[tuple[int, bytes]]) -> None:
    """Verify sampled inclusion proofs against entries that were read apart from them."""
    entries = dict(entry_at)
    for asked, answer in _asked(outcome):
        leaf = int(asked)
        hashes = [parse_b64(text, "proof") for text in answer["hashes"]]
        verify_inclusion(leaf, size, leaf_hash(entries[leaf]), hashes, root)


def verify_cosigned(outcome: Outcome, keys: Sequence[VerifierKey]) -> None:
    """Verify that each sampled answer has a line of each of a witness's keys over the checkpoint that was asked for."""
    for asked, answer in _sampled(outcome):
        _, note = AddCheckpoint.parse(asked).stated()
        found = verify(Note(note.text, parse_lines(answer)), keys)
        if [one.key for one in found] != list(keys):
            raise MeasurementError(f"a checkpoint was cosigned by {len(found)} keys, not {len(keys)}")


def _asked(outcome: Outcome) -> list[tuple[bytes, dict]]:
    return [(asked, json.loads(answer)) for asked, answer in _sampled(outcome)]


def _sampled(outcome: Outcome) -> list[tuple[bytes, bytes]]:
    if not outcome.sample:
        raise MeasurementError("no answer was kept, so none is verified")
    return [(asked.encode("latin-1"), answer.encode("latin-1")) for asked, answer in outcome.sample]
