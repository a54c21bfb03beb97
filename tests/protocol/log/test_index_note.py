"""Index notes made and opened; the table of cases is in the golden files."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, sign_note
from protocol.encoding.wire import MAX_SIZE
from protocol.errors import BadProofError, MalformedError, NoQuorumError, NoTrustedKeyError
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from protocol.log.ended_key import EndedKey
from protocol.log.index_note import (
    IndexHead,
    index_hash,
    index_key,
    index_origin,
    index_signer,
    open_index,
    open_index_head,
    sign_index,
)
from tests.support.examples import COSIGNED, LOG, ORIGIN, PARTNERS, POLICY, seed

LOG_ROOT, TRIE_ROOT = seed("log root"), seed("trie root")
HEAD = IndexHead(ORIGIN, 7, LOG_ROOT, TRIE_ROOT)
NOTE = sign_index(HEAD, LOG)
SUCCESSOR = Signer(ORIGIN, seed("successor"))
roots = st.binary(min_size=32, max_size=32)


@given(st.integers(0, MAX_SIZE), roots, roots)
def test_a_signed_head_is_opened_as_it_was(size, log_root, trie_root):
    """With its two roots, which the note does not hold."""
    head = IndexHead(ORIGIN, size, log_root, trie_root)
    data = sign_index(head, LOG)

    opened, note = open_index_head(data, [LOG.verifier], log_root=log_root, trie_root=trie_root)
    stated, _ = open_index(data, [LOG.verifier])

    assert opened == head
    assert stated == head.stated() == Checkpoint(f"{ORIGIN}/index", size, index_hash(size, log_root, trie_root))
    assert note.text == stated.render()


def test_the_hash_binds_size_and_roots_in_their_places():
    """Written out once more from its definition."""
    message = b"nostra/index/v1\x00" + bytes(7) + b"\x07" + LOG_ROOT + TRIE_ROOT
    assert index_hash(7, LOG_ROOT, TRIE_ROOT) == hashlib.sha256(message).digest()


@given(roots, roots)
def test_other_roots_are_not_what_the_note_binds(log_root, trie_root):
    """Neither is one root for the other."""
    for pair in ((log_root, TRIE_ROOT), (LOG_ROOT, trie_root), (TRIE_ROOT, LOG_ROOT)):
        with pytest.raises(BadProofError, match="does not bind"):
            open_index_head(NOTE, [LOG.verifier], log_root=pair[0], trie_root=pair[1])


def test_the_key_of_the_log_signs_under_the_name_of_the_index():
    """It is the same key with another name, and so with another key ID."""
    key = index_key(LOG.verifier)
    assert (key.name, key.public_key) == (index_origin(ORIGIN), LOG.verifier.public_key)
    assert key == index_signer(LOG).verifier
    assert key.key_id != LOG.verifier.key_id
    assert [(line.name, line.key_id) for line in Note.parse(NOTE).signatures] == [(key.name, key.key_id)]


def test_neither_note_is_taken_for_the_other():
    """Whoever signs a checkpoint has said nothing of an index, and the reverse."""
    with pytest.raises(NoTrustedKeyError):
        open_checkpoint(NOTE, [LOG.verifier])
    with pytest.raises(MalformedError, match="does not end in /index"):
        open_index(sign_checkpoint(Checkpoint(ORIGIN, 7, LOG_ROOT), LOG), [LOG.verifier])
    as_log = sign_note(HEAD.stated().render(), LOG).render()
    with pytest.raises(NoTrustedKeyError):
        open_index(as_log, [LOG.verifier])


def test_a_signer_speaks_for_its_own_log_and_no_cosigner_for_any():
    """A program can't sign another log's index by mistake."""
    with pytest.raises(ValueError, match="does not sign for"):
        sign_index(IndexHead("other.example", 7, LOG_ROOT, TRIE_ROOT), LOG)
    with pytest.raises(ValueError, match="does not sign for"):
        sign_index(HEAD, index_signer(LOG))
    with pytest.raises(ValueError, match="signs for no log"):
        index_signer(PARTNERS[0])


@pytest.mark.parametrize(
    "parts",
    [(-1, LOG_ROOT, TRIE_ROOT), (2**63, LOG_ROOT, TRIE_ROOT), (7, LOG_ROOT[:31], TRIE_ROOT), (7, LOG_ROOT, b"")],
)
def test_what_no_note_could_say_is_no_head(parts):
    """Sizes have 63 bits, roots 32 bytes."""
    with pytest.raises(MalformedError):
        IndexHead(ORIGIN, *parts)


ENDED = EndedKey.of(LOG.verifier, size=7, root=LOG_ROOT, why="retired")
ENDED_KEYS = [ENDED, SUCCESSOR.verifier]


@pytest.mark.parametrize(
    ("signer", "size", "log_root", "counts"),
    [
        (LOG, 6, seed("earlier"), True),
        (LOG, 7, LOG_ROOT, True),
        (LOG, 7, seed("another tree"), False),
        (LOG, 8, seed("later"), False),
        (SUCCESSOR, 6, seed("earlier"), False),
        (SUCCESSOR, 7, LOG_ROOT, True),
        (SUCCESSOR, 7, seed("another tree"), False),
        (SUCCESSOR, 8, seed("later"), True),
    ],
)
def test_an_ended_key_counts_as_for_checkpoints(signer, size, log_root, counts):
    """Up to its last tree, which is told by the log's root and not by what stands in the index note."""
    data = sign_index(IndexHead(ORIGIN, size, log_root, TRIE_ROOT), signer)

    def opened() -> bool:
        try:
            open_index_head(data, ENDED_KEYS, log_root=log_root, trie_root=TRIE_ROOT)
        except NoTrustedKeyError:
            return False
        return True

    assert opened() is counts


@pytest.mark.parametrize("signer", [LOG, SUCCESSOR], ids=["ended", "successor"])
def test_at_the_end_of_a_key_the_log_root_must_be_known(signer):
    """The note alone can't show under which tree it was made, so there it counts for nothing."""
    with pytest.raises(NoTrustedKeyError):
        open_index(sign_index(HEAD, signer), ENDED_KEYS)
    assert open_index(sign_index(HEAD, signer), ENDED_KEYS, log_root=LOG_ROOT)[0] == HEAD.stated()


def cosigned(*cosigners: Signer) -> bytes:
    """Return the index note with cosigners' lines."""
    note = Note.parse(NOTE)
    lines = [cosign(note.text, cosigner, time) for cosigner, time in zip(cosigners, COSIGNED, strict=False)]
    return note.adding(lines).render()


def test_the_quorum_of_a_policy_judges_an_index_note():
    """The same two of three partners as for a checkpoint, and when they made the quorum."""
    opened = open_index_head(cosigned(*PARTNERS), [LOG.verifier], log_root=LOG_ROOT, trie_root=TRIE_ROOT)[1]
    one = open_index(cosigned(PARTNERS[0]), [LOG.verifier])

    assert POLICY.for_index().check_witnessed(HEAD.stated(), opened).time == COSIGNED[1]
    with pytest.raises(NoQuorumError):
        POLICY.for_index().check_witnessed(*one)


def test_a_log_does_not_vouch_for_its_own_index():
    """Where a policy lists the log's own key among its cosigners, its line on the index note counts for nothing."""
    own = Signer("witness.example", seed("log"), PARTNERS[0].verifier.algorithm)
    policy = Policy.parse(f"log {LOG.verifier.render()}\nwitness own {own.verifier.render()}\nquorum own\n".encode())
    stated, note = open_index(cosigned(own), [LOG.verifier])
    with pytest.raises(NoQuorumError):
        policy.for_index().check_witnessed(stated, note)
