"""Portable proofs: round trips and what a changed byte does; the table of cases is in the golden files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.documents.tlog_proof import MAX_EXTRA_BYTES, TlogProof, verify_entry
from protocol.errors import BadProofError, MalformedError, ProtocolError
from protocol.gossip.policy import Policy
from tests.support.examples import LEAF, LOG, a_note, a_proof, a_receipt, other_entries

PROOF = a_receipt().log_proof
ENTRY = a_receipt().entry
DATA = PROOF.render()
TRUST = Policy.of_keys([LOG.verifier])

hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)


@given(st.integers(0, 2**63 - 1), hashes, st.none() | st.binary(max_size=40))
def test_a_proof_is_read_back(index, path, extra):
    """Any index, up to 63 hashes, with and without extra bytes."""
    proof = TlogProof(index, path, PROOF.checkpoint, extra)

    assert TlogProof.parse(proof.render()) == proof


@pytest.mark.parametrize("size", [1, 2, 3, 8, 13])
def test_every_entry_of_a_small_log_is_proved_at_its_place_alone(size):
    """The proof of one leaf verifies its entry and no other."""
    entries = other_entries(size)
    note = a_note(entries)
    for leaf in range(size):
        proof = TlogProof.parse(a_proof(entries, leaf, note).render())
        checkpoint, _ = TRUST.open(proof.checkpoint)
        verify_entry(entries[leaf], proof, checkpoint)
        for other in set(range(size)) - {leaf}:
            with pytest.raises(BadProofError):
                verify_entry(entries[other], proof, checkpoint)


def test_every_changed_byte_is_refused_or_changes_nothing_that_is_proved():
    """A proof with any byte replaced does not verify, or proves the same entry at the same place."""
    for at in range(len(DATA)):
        for byte in (DATA[at] ^ 1, 0x0A, 0x30):
            changed = DATA[:at] + bytes([byte]) + DATA[at + 1 :]
            try:
                proof = TlogProof.parse(changed)
                assert proof.render() == changed
                checkpoint, _ = TRUST.open(proof.checkpoint)
                verify_entry(ENTRY, proof, checkpoint)
            except ProtocolError:
                continue
            assert (at, proof.index, proof.hashes, checkpoint) == (at, LEAF, PROOF.hashes, PROOF.unverified())


def test_extra_bytes_have_a_largest_size():
    """What nothing vouches for is not carried in any amount."""
    largest = TlogProof(LEAF, PROOF.hashes, PROOF.checkpoint, bytes(MAX_EXTRA_BYTES))

    assert TlogProof.parse(largest.render()) == largest
    with pytest.raises(MalformedError, match="at most"):
        TlogProof.parse(TlogProof(LEAF, (), PROOF.checkpoint, bytes(MAX_EXTRA_BYTES + 1)).render())


def test_a_proof_has_a_largest_size():
    """What is larger than any proof is refused before its note is read."""
    with pytest.raises(MalformedError, match="expected a proof"):
        TlogProof.parse(DATA + b"\n" * (2 << 20))
