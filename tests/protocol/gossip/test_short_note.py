"""Notes with as few lines as a policy asks for."""

import pytest

from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.errors import NoQuorumError
from protocol.gossip.policy import Policy
from protocol.gossip.short_note import short_note
from tests.support.examples import LOG, PARTNERS, POLICY, SIZE, a_note, other_entries, seed

WHOLE = a_note(other_entries(SIZE))


def names(note, policy=POLICY):
    """Return whose lines the short note has."""
    return [line.name for line in Note.parse(short_note(note, policy)).signatures]


def test_the_first_quorum_stays():
    """The log and the two partners that cosigned first: the policy is fulfilled at the same time."""
    assert names(WHOLE) == [LOG.verifier.name, PARTNERS[0].verifier.name, PARTNERS[1].verifier.name]
    assert POLICY.check(short_note(WHOLE, POLICY)).time == POLICY.check(WHOLE).time


def test_lines_of_strangers_are_left_out():
    """Whoever the policy doesn't know doesn't count to its quorum."""
    fewer = Policy(POLICY.logs, POLICY.witnesses[1:], (), POLICY.witnesses[1].name)
    assert names(WHOLE, fewer) == [LOG.verifier.name, PARTNERS[1].verifier.name]


@pytest.mark.parametrize("policy", [Policy.of_keys([LOG.verifier]), POLICY])
def test_without_a_quorum_all_stay(policy):
    """A reader with another policy may count other cosigners."""
    one = a_note(other_entries(SIZE), cosigners=PARTNERS[:1])
    assert short_note(one, policy) == one
    with pytest.raises(NoQuorumError):
        POLICY.check(one)


def test_a_logs_own_line_is_not_one_of_the_quorum():
    """A cosigner named after the log doesn't count for it, so a note with its line needs another's."""
    itself = Signer(f"{LOG.verifier.name}/mirror", seed("itself"), COSIGNATURE)
    lines = POLICY.render().decode().replace(PARTNERS[2].verifier.render(), itself.verifier.render())
    policy = Policy.parse(lines.encode())
    note = a_note(other_entries(SIZE), cosigners=[itself, *PARTNERS[:2]])
    assert names(note, policy) == [LOG.verifier.name, PARTNERS[0].verifier.name, PARTNERS[1].verifier.name]
    assert policy.check(short_note(note, policy)).time is not None
