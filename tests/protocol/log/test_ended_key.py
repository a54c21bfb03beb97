"""Keys of a log that ended: what each of them signed counts so far, and no further."""

import pytest

from protocol.encoding.keys import Signer, VerifierKey
from protocol.encoding.note import Note
from protocol.errors import NoTrustedKeyError
from protocol.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from protocol.log.ended_key import EndedKey, counting, unended
from tests.support.examples import ORIGIN, seed

FIRST, SECOND, THIRD = (Signer(ORIGIN, seed(f"{name} key")) for name in ("first", "second", "third"))
GOOD, OTHER = seed("a root hash"), seed("another root hash")
KEYS = (
    THIRD.verifier,
    EndedKey.of(FIRST.verifier, size=100, root=GOOD, why="retired"),
    EndedKey.of(SECOND.verifier, size=200, root=GOOD, why="compromised"),
)
CLOSED = (EndedKey.of(FIRST.verifier, size=100, root=GOOD, why="retired"),)

CASES = [
    ("first-before-its-end", FIRST, 99, OTHER, ""),
    ("first-at-its-end", FIRST, 100, GOOD, ""),
    ("first-at-its-end-with-another-tree", FIRST, 100, OTHER, "was retired: it counts up to size 100, .* another tree"),
    ("first-beyond-its-end", FIRST, 101, GOOD, "was retired: it counts up to size 100, .* of size 101"),
    ("second-before-the-first-ended", SECOND, 99, GOOD, "counts from size 100 on"),
    ("second-where-the-first-ended", SECOND, 100, GOOD, ""),
    ("second-where-the-first-ended-on-another-tree", SECOND, 100, OTHER, "counts from size 100 on"),
    ("second-in-between", SECOND, 150, OTHER, ""),
    ("second-stolen", SECOND, 201, GOOD, "was compromised: it counts up to size 200"),
    ("third-before-the-second-ended", THIRD, 150, GOOD, "counts from size 200 on"),
    ("third-before-the-first-ended", THIRD, 50, GOOD, "counts from size [12]00 on"),
    ("third-where-the-second-ended", THIRD, 200, GOOD, ""),
    ("third-beyond", THIRD, 5000, OTHER, ""),
]


@pytest.mark.parametrize(
    ("signer", "size", "root", "why"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_checkpoint_counts_where_its_key_does(signer, size, root, why):
    """Each key speaks from where the one before it ended to its own last good checkpoint."""
    note = sign_checkpoint(Checkpoint(ORIGIN, size, root), signer)
    if not why:
        assert open_checkpoint(note, KEYS)[0].size == size
        return
    with pytest.raises(NoTrustedKeyError, match=why):
        open_checkpoint(note, KEYS)


def test_one_key_that_counts_is_enough():
    """A checkpoint at a change of keys may bear both lines; only those that count are taken over."""
    both = Checkpoint(ORIGIN, 300, OTHER)
    lines = [Note.parse(sign_checkpoint(both, signer)) for signer in (SECOND, THIRD)]
    note = lines[0].adding(lines[1].signatures)
    assert open_checkpoint(note.render(), KEYS)[0] == both
    signers = [KEYS[2], THIRD.verifier]
    assert counting(signers, KEYS, size=300, root=OTHER) == (THIRD.verifier,)


def test_a_log_without_a_key_that_signs_now_is_closed():
    """What it signed before stands; nothing follows."""
    assert open_checkpoint(sign_checkpoint(Checkpoint(ORIGIN, 40, OTHER), FIRST), CLOSED)[0].size == 40
    with pytest.raises(NoTrustedKeyError, match="was retired"):
        open_checkpoint(sign_checkpoint(Checkpoint(ORIGIN, 101, OTHER), FIRST), CLOSED)


def test_only_a_key_without_end_speaks_for_a_log_today():
    """What isn't a checkpoint, such as which cosigners a node has, is the present key's to say."""
    assert unended(KEYS) == [THIRD.verifier]
    assert KEYS[1].key() == FIRST.verifier == VerifierKey.parse(KEYS[1].render())


def test_keys_without_ends_count_everywhere():
    """Where nothing is known of an end, nothing is bounded."""
    assert counting([FIRST.verifier], [FIRST.verifier], size=7, root=OTHER) == (FIRST.verifier,)
