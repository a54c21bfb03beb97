"""Whose cosignatures on a partner's checkpoint count, and from when."""

from dataclasses import replace

import pytest

from node.config import PolicySettings
from node.gossip.cosigning.cosigner import open_cosigner
from node.gossip.release.policy import counting_ours, release_policy
from node.gossip.release.reading import ReadingPolicy, reading_policy
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.support.clock import FakeClock
from tests.support.examples import seed
from tests.support.fake_mirrors import FakeMirror
from tests.support.nodes import make_config

NOW = 1_800_000_000
OWN = Signer("own.example/nostra", seed("own")).verifier
OURS = Signer("ours/mirror", seed("ours"), COSIGNATURE)
NAMES = ("alfa", "beta", "gamma")
SIGNERS = {name: Signer(f"{name}.example/mirror", seed(name), COSIGNATURE) for name in NAMES} | {"ours": OURS}
LOG = Signer("ledger.alfa.example/nostra", seed("log of alfa"))
PARTNERS = [replace(FakeMirror(name, FakeClock()).partner, mirror_keys=(SIGNERS[name].verifier,)) for name in NAMES]
OPERATORS = {LOG.verifier.name: frozenset({SIGNERS["alfa"].verifier})}


def a_reading(quorum=2, count=3):
    """Return the policy of a node with so many partners."""
    made = release_policy(PolicySettings(quorum=quorum), PARTNERS[:count], [OWN])
    return ReadingPolicy(counting_ours(made.policy, [OURS.verifier]), OPERATORS)


def a_note(**times):
    """Return a checkpoint of alfa's log, cosigned at these many seconds from NOW."""
    note = Note.parse(sign_checkpoint(Checkpoint(LOG.verifier.name, 3, bytes(32)), LOG))
    return note.adding(cosign(note.text, SIGNERS[name], NOW + time) for name, time in times.items()).render()


def judged(note, **policy):
    """Return the quorum time from NOW, and whose lines stay."""
    counted, time = a_reading(**policy).judge(LOG.verifier.name, note, NOW)
    names = {line.name for line in Note.parse(counted).signatures} - {LOG.verifier.name}
    whose = {name for name, signer in SIGNERS.items() if signer.verifier.name in names}
    return None if time is None else time - NOW, whose


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"beta": -7, "gamma": -3}, (-3, {"beta", "gamma"})),
        ({"beta": -7, "ours": -3}, (-3, {"beta", "ours"})),
        ({"ours": -9, "beta": -7, "gamma": -3}, (-7, {"ours", "beta", "gamma"})),
        ({"beta": -300, "gamma": 300}, (300, {"beta", "gamma"})),
        ({"beta": -301, "gamma": -3, "ours": -2}, (-2, {"gamma", "ours"})),
        ({"beta": -301, "gamma": -3}, (None, {"beta", "gamma"})),
        ({"beta": 301, "gamma": -3}, (None, {"beta", "gamma"})),
        ({"alfa": -5, "beta": -3}, (None, {"beta"})),
        ({"beta": -3}, (None, {"beta"})),
        ({}, (None, set())),
    ],
)
def test_a_quorum_in_time_dates_a_checkpoint(times, expected):
    """Two others than the log's own operator, ourselves perhaps, whose clocks ours agrees with."""
    assert judged(a_note(**times)) == expected


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"beta": -90_000, "gamma": 0}, True),
        ({"beta": -90_000, "ours": 9_000}, True),
        ({"beta": 0}, False),
        ({"alfa": 0, "beta": 0}, False),
        ({}, False),
    ],
)
def test_a_quorum_is_one_whenever_it_was(times, expected):
    """What was cosigned yesterday is held today; the log's own operator counts for it at no time."""
    note = Note.parse(a_note(**times))
    false = cosign("another text", SIGNERS["gamma"], NOW)
    assert a_reading().is_witnessed(LOG.verifier.name, note.adding([false]).render()) == expected


def test_a_line_that_does_not_hold_spoils_no_other():
    """A partner that adds rubbish under a cosigner's name takes that one away, and no time of the others."""
    note = Note.parse(a_note(beta=-7, gamma=-3))
    last = note.signatures[-1]
    forged = replace(last, value=last.value[:-1] + bytes([last.value[-1] ^ 1]))
    short = replace(last, value=b"\0" * 9)
    assert judged(note.adding([forged, short]).render()) == (-3, {"beta", "gamma"})
    assert judged(Note(note.text, (*note.signatures[:-1], forged, short)).render()) == (None, {"beta"})


@pytest.mark.parametrize(("quorum", "count", "expected"), [(1, 1, True), (1, 2, False), (2, 2, True), (2, 3, True)])
def test_quorums_of_a_partner_s_log_overlap_or_not(quorum, count, expected):
    """With one partner only we cosign its log; with two the other and we; with three, two of three."""
    assert a_reading(quorum, count).is_overlapping(LOG.verifier.name) is expected


@pytest.mark.parametrize(("quorum", "expected"), [(1, False), (2, True), (3, True)])
def test_quorums_of_our_own_log_overlap_or_not(quorum, expected):
    """Two of three partners do, one of three doesn't."""
    assert release_policy(PolicySettings(quorum=quorum), PARTNERS, [OWN]).is_overlapping is expected


def test_the_configuration_says_whose_keys_are_whose(tmp_path):
    """All keys of the node that serves a log are its operator's; without mirrors nobody judges, but by a file."""
    config = make_config(tmp_path, "", more="[cosigning]\nml_dsa = false\n")
    open_cosigner(config, "mirror")
    index = Signer("alfa.example/index", seed("index"), COSIGNATURE).verifier
    log = Signer("ledger.hosted.example", seed("hosted log")).verifier
    hosted = replace(PARTNERS[0], name="hosted", origin=log.name, verifier_key=log, mirror_keys=(), index_keys=(index,))
    config = replace(config, partners=(*PARTNERS, hosted))
    made = release_policy(config.policy, config.partners, [OWN])
    reading = reading_policy(config, made)
    assert reading.operators[log.name] == {SIGNERS["alfa"].verifier, index}
    assert any(one.name.startswith("own/mirror") for one in reading.policy.witnesses)
    assert reading_policy(config, None) is None
    file = tmp_path / "policy"
    file.write_bytes(made.policy.render())
    assert reading_policy(replace(config, policy=PolicySettings(file=file)), None).policy == made.policy
