"""`nostra roster publish` and `show`, by the node of the consortium's keeper."""

import pytest

from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.gossip.cosigners import Cosigners, sign_cosigners
from tests.support.lying_log import served
from tests.support.static_log import StaticLog

MEMBER = "member.example/log"
MIRROR = Signer(f"{MEMBER}/mirror", b"\3" * 32, COSIGNATURE)


@pytest.fixture
def member(tmp_path):
    """Give a member's served log, and how the keeper writes it down."""
    (tmp_path / "member").mkdir()
    log = StaticLog(tmp_path / "member", MEMBER)
    with served(log.folder) as server:
        value = {"name": "Member", "origin": MEMBER, "node": server.url, "operator": "member", "key": log.verifier_key}
        yield log, value


def a_file(desk, *members, **changed):
    """Write a members file."""
    return desk.write("members.json", {"id": "eciu", "name": "The Consortium", "members": list(members)} | changed)


def test_a_members_file_is_published_and_shown(desk, member):
    """A plain file becomes an entry; what it says is told in plain words, and as JSON."""
    file = a_file(desk, member[1])
    ran = desk.run("roster", "publish", file)
    assert (ran.code, ran.out.startswith("roster eciu version 1 published: leaf ")) == (0, True)
    assert "stood already" in desk.run("roster", "publish", file).out
    shown = desk.run("roster", "show")
    assert "roster eciu version 1 of The Consortium, at leaf" in shown.out
    assert f"Member: {MEMBER} at {member[1]['node']}, run by member" in shown.out
    assert f"signs by {member[0].verifier_key} since " in shown.out
    assert desk.run("roster", "show", "--json").json()["entry"]["id"] == "eciu"


def test_members_nodes_are_asked_for_their_cosigners(desk, member):
    """What a node tells counts under the key that the file names; a second log of the same node adds none."""
    log, value = member
    (log.folder / "v1").mkdir()
    (log.folder / "v1/cosigners").write_bytes(sign_cosigners(Cosigners(MEMBER, (), (MIRROR.verifier,)), log.signer))
    second = value | {"origin": "second.example/log", "key": Signer("second.example/log", b"\1" * 32).verifier.render()}
    ran = desk.run("roster", "publish", a_file(desk, value, second, id="asked"), "--ask-nodes", "--json")
    subjects = ran.json()["entry"]["credential"]["credentialSubject"]
    assert subjects[0]["cosigners"] == [{"claim": "mirror", "verifierKey": MIRROR.verifier.render()}]
    assert "cosigners" not in subjects[1]


def test_cosigners_under_another_key_are_refused(desk, member):
    """A node that isn't what the file says it is gets no place in the roster."""
    log, value = member
    (log.folder / "v1").mkdir()
    stranger = Signer(MEMBER, b"\7" * 32)
    (log.folder / "v1/cosigners").write_bytes(sign_cosigners(Cosigners(MEMBER, (), (MIRROR.verifier,)), stranger))
    ran = desk.run("roster", "publish", a_file(desk, value, id="stranger"), "--ask-nodes")
    assert (ran.code, "tells of its cosigners is not accepted" in ran.err) == (1, True)


def test_every_problem_of_a_file_is_told(desk, member):
    """One look mends them all."""
    ran = desk.run("roster", "publish", a_file(desk, member[1] | {"operator": "A B", "node": "nowhere"}, id="wrong"))
    assert ran.code == 1
    assert "credential.credentialSubject[0].operator" in ran.err
    assert "credential.credentialSubject[0].node" in ran.err


def test_one_of_several_rosters_is_named(desk, member):
    """A log may hold more than one: which is shown is the operator's to say."""
    desk.run("roster", "publish", a_file(desk, member[1], id="another"))
    desk.run("roster", "publish", a_file(desk, member[1], id="eciu"))
    assert "say which with --id" in desk.run("roster", "show").err
    assert "roster another version 1" in desk.run("roster", "show", "--id", "another").out
    assert "holds no roster 'none'" in desk.run("roster", "show", "--id", "none").err
