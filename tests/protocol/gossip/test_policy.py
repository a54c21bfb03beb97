"""Policies against the definition of a quorum; the tables of files and notes are in the golden files."""

import itertools
from contextlib import nullcontext
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import ml_dsa
from protocol.encoding.keys import COSIGNATURE, ML_DSA_44, Signer
from protocol.encoding.note import sign_note
from protocol.errors import MalformedError, NoQuorumError, NoTrustedKeyError
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.gossip.policy_text import MAX_POLICY_BYTES, Group
from protocol.log.ended_key import EndedKey
from tests.support.examples import COSIGNED, LOG, POLICY, SIZE, a_note, a_receipt, among_others, seed
from tests.vectors.checkpoint import text

WITNESSES = [Signer(f"w{at}.example", seed(f"w{at}"), COSIGNATURE) for at in range(5)]
NOTE = sign_note(text(), LOG)
HEAD = f"log {LOG.verifier.render()}\n" + "".join(
    f"witness {at} {witness.verifier.render()}\n" for at, witness in enumerate(WITNESSES)
)


def fulfilled(policy: Policy, by: tuple[int, ...]) -> bool:
    """Return whether the policy is fulfilled when these witnesses cosign."""
    note = NOTE.adding(cosign(NOTE.text, WITNESSES[at], 100 + at) for at in by)
    try:
        policy.check(note.render())
    except NoQuorumError:
        return False
    return True


@pytest.mark.parametrize(
    ("groups", "rule"),
    [
        ("quorum 0\n", lambda by: 0 in by),
        ("group g any 0 1 2\nquorum g\n", lambda by: bool(by & {0, 1, 2})),
        ("group g all 0 1 2\nquorum g\n", lambda by: by >= {0, 1, 2}),
        ("group g 3 0 1 2 3 4\nquorum g\n", lambda by: len(by) >= 3),
        ("group g 2 0 1 2\ngroup h any 3 4\ngroup both all g h\nquorum both\n",
         lambda by: len(by & {0, 1, 2}) >= 2 and bool(by & {3, 4})),
        ("group g all 0 1\ngroup one any g 2\nquorum one\n", lambda by: by >= {0, 1} or 2 in by),
        ("group unused all 3 4\nquorum none\n", lambda by: True),
    ],
)  # fmt: skip
def test_every_set_of_cosigners_is_judged_as_the_rule_says(groups, rule):
    """Each of the 32 subsets of five witnesses."""
    policy = Policy.parse((HEAD + groups).encode())
    subsets = [by for count in range(6) for by in itertools.combinations(range(5), count)]

    assert [by for by in subsets if fulfilled(policy, by) != rule(set(by))] == []


@given(st.permutations(range(5)), st.lists(st.integers(0, 50), min_size=5, max_size=5))
def test_the_quorum_time_is_the_qth_smallest(order, times):
    """Whatever the order of the lines, with three of five it is the third time."""
    policy = Policy.parse((HEAD + "group g 3 0 1 2 3 4\nquorum g\n").encode())
    note = NOTE.adding(cosign(NOTE.text, WITNESSES[at], times[at]) for at in order)

    witnessed = policy.check(note.render())

    assert witnessed.time == sorted(times)[2]
    assert [time for _, time in witnessed.cosigned] == sorted(times)


def test_a_policy_tells_who_cosigned():
    """The witnesses under their names in the policy, the earliest first."""
    witnessed = POLICY.check(a_receipt().log_proof.checkpoint)

    assert witnessed.checkpoint.size == SIZE
    assert [(witness.name, time) for witness, time in witnessed.cosigned] == [
        ("partner-1", COSIGNED[0]), ("partner-2", COSIGNED[1]), ("partner-3", COSIGNED[2]),
    ]  # fmt: skip
    assert witnessed.time == COSIGNED[1]


def test_who_did_not_cosign_is_not_named():
    """The refusal says what was asked for and who is there, or that nobody is."""
    for by, said in (((), "nobody"), ((0,), "partner-1")):
        cosigners = [Signer(f"mirror.{name}.example", seed(name), COSIGNATURE) for name in ("alfa", "beta")]
        note = a_note(among_others(b"x"), cosigners=[cosigners[at] for at in by])
        with pytest.raises(NoQuorumError, match=f"'partners', and {said} cosigned"):
            POLICY.check(note)


def test_keys_alone_make_a_policy():
    """It believes their logs and asks for no cosignature."""
    policy = Policy.of_keys([LOG.verifier])

    assert policy.check(NOTE.render()).time is None
    assert policy == Policy.parse(policy.render())
    with pytest.raises(NoTrustedKeyError):
        Policy.of_keys([]).check(NOTE.render())


def test_a_log_of_another_origin_may_witness():
    """Only keys of the checkpoint's own log don't count."""
    other = Signer("other.example", seed("w0"))
    policy = Policy.parse((f"log {other.verifier.render()}\n" + HEAD + "quorum 0\n").encode())

    assert fulfilled(policy, (0,))


@pytest.mark.parametrize(
    ("name", "counts"),
    [("{origin}/mirror", False), ("{origin}/a/mirror", False), ("{origin}-b/mirror", True), ("other.example/x", True)],
)
def test_a_cosigner_named_after_the_log_does_not_count_for_it(name, counts):
    """One policy names all members' cosigners: of each log all count but its own, for its index notes as well."""
    cosigner = Signer(name.format(origin=LOG.verifier.name), seed("m"), COSIGNATURE)
    policy = Policy.parse(f"log {LOG.verifier.render()}\nwitness m {cosigner.verifier.render()}\nquorum m\n".encode())
    checkpoint = policy.open(NOTE.render())[0]
    index = replace(checkpoint, origin=f"{checkpoint.origin}/index")
    for judged in (checkpoint, index):
        note = NOTE.adding([cosign(NOTE.text, cosigner, 100)])
        with nullcontext() if counts else pytest.raises(NoQuorumError):
            policy.check_witnessed(judged, note)


def test_a_group_is_written_by_the_word_that_fits():
    """One of several is 'any', all of them 'all', else the number."""
    assert [str(Group("g", needed, ("a", "b", "c"))) for needed in (1, 2, 3)] == [
        "group g any a b c", "group g 2 a b c", "group g all a b c",
    ]  # fmt: skip


def test_a_policy_takes_over_where_a_key_ended():
    """What its log's retired key signs beyond the end is no longer believed; a key that it doesn't list still isn't."""
    note = sign_note(text(), LOG).render()
    checkpoint = POLICY.open(note)[0]
    before = EndedKey.of(LOG.verifier, size=checkpoint.size - 1, root=seed("root"), why="compromised")
    here = EndedKey.of(LOG.verifier, size=checkpoint.size, root=checkpoint.root, why="retired")
    assert POLICY.ending([here]).open(note)[0] == checkpoint
    with pytest.raises(NoTrustedKeyError, match="was compromised: it counts up to size"):
        POLICY.ending([before]).open(note)
    assert POLICY.ending([before]).render() == POLICY.render()
    with pytest.raises(NoTrustedKeyError, match="no trusted key"):
        Policy().ending([here]).open(note)


def test_a_policy_has_a_largest_size():
    """What is larger is refused before it is read."""
    comment = b"#" * (MAX_POLICY_BYTES - len(b"\nquorum none\n"))

    assert Policy.parse(comment + b"\nquorum none\n") == Policy()
    with pytest.raises(MalformedError, match="at most"):
        Policy.parse(comment + b"#\nquorum none\n")


@pytest.mark.parametrize("cut", range(len(POLICY.render())))
def test_a_cut_policy_is_refused(cut):
    """A file that lost its end does not become another policy."""
    with pytest.raises(MalformedError):
        Policy.parse(POLICY.render()[:cut])


def test_octets_in_a_key_are_not_opaque():
    """A verifier key is text; octets that are not UTF-8 have no place in it."""
    with pytest.raises(MalformedError, match=r"line 1: .*can't be shown"):
        Policy.parse(b"log \xff" + LOG.verifier.render().encode() + b"\nquorum none\n")


def test_32_of_each_are_read():
    """As many as C2SP asks implementations to support."""
    keys = [LOG.verifier.render()] + [Signer(f"l{at}.example", seed(f"l{at}")).verifier.render() for at in range(31)]
    witnesses = [Signer(f"w{at}.example", seed(f"w{at}"), COSIGNATURE).verifier.render() for at in range(32)]
    lines = [f"log {key}" for key in keys] + [f"witness w{at} {key}" for at, key in enumerate(witnesses)]
    lines += [f"group g{at} all w{at}" for at in range(32)] + ["quorum g31", ""]

    policy = Policy.parse("\n".join(lines).encode())

    assert (len(policy.logs), len(policy.witnesses), len(policy.groups)) == (32, 32, 32)
    note = NOTE.adding([cosign(NOTE.text, Signer("w31.example", seed("w31"), COSIGNATURE), 9)])
    assert policy.check(note.render()).time == 9


def test_a_quorum_that_needs_ml_dsa_says_why_it_is_not_reached(monkeypatch):
    """Where the installation can't verify it, such a cosignature never counts and the refusal names the package."""
    signer = Signer("w.example", seed("w"), ML_DSA_44)
    policy = Policy.parse(f"log {LOG.verifier.render()}\nwitness w {signer.verifier.render()}\nquorum w\n".encode())
    note = NOTE.adding([cosign(NOTE.text, signer, 9)]).render()
    assert policy.check(note).time == 9

    monkeypatch.setattr(ml_dsa, "available", lambda: False)

    with pytest.raises(NoQuorumError, match=r"nobody cosigned; others may have, .*cryptography"):
        policy.check(note)


def test_either_key_of_an_operator_will_do_without_ml_dsa(monkeypatch):
    """A reader who can't verify the second type still reaches the quorum by the first."""
    signers = [Signer("w.example", seed("w"), algorithm) for algorithm in (COSIGNATURE, ML_DSA_44)]
    lines = [f"witness w{at} {signer.verifier.render()}\n" for at, signer in enumerate(signers)]
    policy = Policy.parse(f"log {LOG.verifier.render()}\n{''.join(lines)}group w any w0 w1\nquorum w\n".encode())
    note = NOTE.adding([cosign(NOTE.text, signer, 9) for signer in signers]).render()

    monkeypatch.setattr(ml_dsa, "available", lambda: False)

    assert [witness.name for witness, _ in policy.check(note).cosigned] == ["w0"]
