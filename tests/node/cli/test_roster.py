"""`nostra roster` and `nostra partner sync`: from a plain file to everybody's configuration, by operators' words."""

import io
import json
from pathlib import Path

import pytest

from node.cli import main
from node.config import load
from node.formats.sign_proof import sign_proof
from protocol.encoding import canonical
from protocol.encoding.keys import COSIGNATURE, ML_DSA_44, Signer, VerifierKey
from protocol.encoding.multibase import did_key, multikey
from protocol.encoding.wire import b64url
from protocol.gossip.cosigners import Cosigners, sign_cosigners
from protocol.log.merkle import leaf_hash, root_of
from protocol.recognition.entry import from_json, render
from protocol.recognition.member import hash_of_key
from tests.support.entries import sealed_entries
from tests.support.lying_log import served
from tests.support.nodes import make_config
from tests.support.statements import an_institution
from tests.support.static_log import StaticLog

KEEPER = "keeper.example/log"
MEMBER = "member.example/log"
ASSERTION = Signer("assertion", b"\1" * 32)
NEXT = Signer(MEMBER, b"\2" * 32)
MIRROR, WITNESS = (Signer(f"{MEMBER}/{claim}", bytes([3 + at]) * 32, COSIGNATURE) for at, claim in
                   enumerate(("mirror", "witness")))  # fmt: skip
LONG = VerifierKey(f"{MEMBER}/mirror", ML_DSA_44, b"\5" * 1312)


class Consortium:
    """A keeper's log with a roster, a member's log, and the configuration of a node that follows the keeper."""

    def __init__(self, folder: Path, config: Path, capsys) -> None:
        self.config, self._capsys = config, capsys
        (folder / "keeper").mkdir()
        (folder / "member").mkdir()
        self.keeper = StaticLog(folder / "keeper", KEEPER)
        self.member = StaticLog(folder / "member", MEMBER)
        self.version = 0
        self.url = ""
        institution = an_institution(
            assertionKeys=[{"key": multikey(ASSERTION.verifier.public_key), "from": "2026-01-01"}]
        )
        self.keeper.append([render(from_json({"kind": "institution", "id": "keeper"} | institution))])

    def a_member(self, **changed) -> dict:
        """Return the member as the roster lists it."""
        return {
            "id": f"https://{MEMBER}", "type": "RecognizedEntity", "name": "Member University", "origin": MEMBER,
            "node": self.url, "operator": "member",
            "logKeys": [{"verifierKey": self.member.verifier_key, "from": "2026-01-01"}],
        } | changed  # fmt: skip

    def enter(self, *members: dict, signer: Signer = ASSERTION, **changed) -> None:
        """Enter the next version of the roster in the keeper's log."""
        self.version += 1
        credential = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiableCredential", "RecognizedEntityCredential"],
            "issuer": {"id": did_key(signer.verifier.public_key), "name": "The Consortium"},
            "validFrom": "2026-01-01T00:00:00Z",
            "credentialSubject": list(members) or [self.a_member()],
        } | changed
        signed = sign_proof(credential, signer, created="2026-01-01T00:00:00Z")
        value = {"kind": "roster", "id": "eciu", "version": self.version, "credential": signed}
        self.keeper.append([render(from_json(value))])

    def sync(self, *options: str) -> tuple[int, str, str]:
        """Run the command; return exit code, output and errors."""
        self._capsys.readouterr()
        code = main(["partner", "sync", "keeper", "--config", str(self.config), *options])
        told = self._capsys.readouterr()
        return code, told.out, told.err

    def partner(self, name: str = "member"):
        """Return a partner as the configuration has it now."""
        return next((one for one in load(self.config, {}).partners if one.name == name), None)


@pytest.fixture
def consortium(tmp_path, dsn, monkeypatch, capsys):
    """Give a consortium whose keeper is a partner already; both logs are served."""
    make_config(tmp_path / "node", dsn)
    monkeypatch.setenv("DATABASE_URL", dsn)
    config = tmp_path / "node/nostra.toml"
    made = Consortium(tmp_path, config, capsys)
    with served(made.keeper.folder) as keeper, served(made.member.folder) as member:
        made.url, made.server = member.url, member
        assert (
            main(["partner", "add", "keeper", keeper.url, "--key", made.keeper.verifier_key, "--config", str(config)])
            == 0
        )
        yield made


def test_a_member_of_the_roster_becomes_a_partner(consortium):
    """Seen, confirmed, in the configuration; and its log is followed."""
    consortium.enter()
    code, out, _ = consortium.sync("--yes")
    assert code == 0
    assert "add member" in out
    assert f"Member University: {MEMBER} at {consortium.url}" in out
    assert "restart the node" in out
    partner = consortium.partner()
    assert (partner.origin, partner.verifier_key.render(), partner.roster) == (
        MEMBER, consortium.member.verifier_key, "keeper",
    )  # fmt: skip
    consortium.member.append(sealed_entries("member", 5))
    assert main(["partner", "refresh", "member", "--config", str(consortium.config)]) == 0


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("", 1), ("yes", 0)])
def test_nothing_changes_before_the_operator_says_so(consortium, monkeypatch, answer, code):
    """At a terminal it asks; anything but a yes leaves the file as it was, byte for byte."""
    consortium.enter()
    before = consortium.config.read_bytes()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert consortium.sync()[0] == code
    assert (consortium.config.read_bytes() == before) == (code == 1)


def test_without_a_terminal_only_yes_changes_anything(consortium, monkeypatch):
    """A script that forgot it is told so."""
    consortium.enter()
    before = consortium.config.read_bytes()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    code, out, err = consortium.sync()
    assert (code, "add member" in out, "say --yes" in err) == (1, True, True)
    assert consortium.config.read_bytes() == before


def test_a_second_time_there_is_nothing_to_do(consortium):
    """What the configuration says already is said."""
    consortium.enter()
    consortium.sync("--yes")
    before = consortium.config.read_bytes()
    code, out, _ = consortium.sync()
    assert (code, "says so already" in out) == (0, True)
    assert consortium.config.read_bytes() == before


def test_a_member_changes_its_key_and_leaves(consortium):
    """Version by version: the newest holds, each with what differs from the configuration."""
    consortium.enter()
    consortium.sync("--yes")
    consortium.member.append(sealed_entries("before", 3))
    root = root_of([leaf_hash(entry) for entry in consortium.member.entries])
    keys = [
        {"verifierKey": consortium.member.verifier_key, "from": "2026-01-01",
         "last": {"size": 3, "root": b64url(root), "why": "retired"}},
        {"verifierKey": NEXT.verifier.render(), "from": "2026-06-01"},
    ]  # fmt: skip
    consortium.enter(consortium.a_member(logKeys=keys))
    code, out, _ = consortium.sync("--yes")
    assert (code, "change member" in out) == (0, True)
    assert f"its log signs by {NEXT.verifier.render()}" in out
    partner = consortium.partner()
    assert partner.verifier_key == NEXT.verifier
    assert [(key.size, key.root, key.why) for key in partner.former_keys] == [(3, root, "retired")]

    other = consortium.a_member(id="https://other.example/log", origin="other.example/log", operator="other", logKeys=[
        {"verifierKey": Signer("other.example/log", b"\6" * 32).verifier.render(), "from": "2026-01-01"}])  # fmt: skip
    consortium.enter(other)
    code, out, _ = consortium.sync("--yes")
    assert (code, "retire member" in out, "add other" in out) == (0, True, True)
    assert (consortium.partner(), consortium.partner("keeper").name) == (None, "keeper")


def test_the_answer_for_programs(consortium):
    """Everything that people see, and whether it was done."""
    consortium.enter()
    code, out, _ = consortium.sync("--json")
    told = json.loads(out)
    assert (code, told["changed"], told["roster"]["version"]) == (1, False, 1)
    assert [(one["act"], one["name"], one["origin"]) for one in told["changes"]] == [("add", "member", MEMBER)]
    assert json.loads(consortium.sync("--json", "--yes")[1])["changed"] is True


def test_cosigners_are_taken_over_whole_and_by_hash(consortium):
    """A long key that the roster gives by hash is asked for at the member's node, under its log's key."""
    cosigners = [
        {"claim": "mirror", "verifierKey": MIRROR.verifier.render()},
        {"claim": "mirror", "verifierKeyHash": hash_of_key(LONG.render())},
        {"claim": "witness", "verifierKey": WITNESS.verifier.render()},
    ]
    consortium.enter(consortium.a_member(cosigners=cosigners))
    code, out, _ = consortium.sync("--yes")
    assert (code, "note: member: its cosigners' longer keys aren't known yet" in out) == (0, True)
    assert consortium.partner().mirror_keys == (MIRROR.verifier,)
    note = sign_cosigners(Cosigners(MEMBER, (WITNESS.verifier,), (MIRROR.verifier, LONG)), consortium.member.signer)
    (consortium.member.folder / "v1").mkdir()
    (consortium.member.folder / "v1/cosigners").write_bytes(note)
    assert consortium.sync("--yes")[0] == 0
    assert consortium.partner().mirror_keys == (MIRROR.verifier, LONG)
    assert consortium.partner().witness_keys == (WITNESS.verifier,)


REFUSED = {
    "expired": ({"validUntil": "2026-01-02T00:00:00Z"}, "in force from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z"),
    "not-yet": ({"validFrom": "2096-01-01T00:00:00Z"}, "in force from 2096-01-01T00:00:00Z"),
    "signed-by-another": ({"signer": Signer("assertion", b"\7" * 32)}, "which the institution of keeper.example"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "says"), REFUSED.values(), ids=REFUSED)
def test_a_roster_that_does_not_hold_is_refused(consortium, changed, says):
    """Neither shown as changes nor taken over, whatever is said."""
    consortium.enter(**changed)
    before = consortium.config.read_bytes()
    code, out, err = consortium.sync("--yes")
    assert (code, out, says in err) == (1, "", True)
    assert consortium.config.read_bytes() == before


def test_a_newer_version_that_breaks_the_rules_is_none(consortium):
    """What isn't understood is never relied on: the version before still holds."""
    consortium.enter()
    value = json.loads(consortium.keeper.entries[-1]) | {"version": 2}
    value["credential"]["credentialSubject"][0]["node"] = "https://elsewhere.example"
    consortium.keeper.append([canonical.encode(value)])
    assert consortium.sync("--yes")[0] == 0
    assert consortium.partner().url == consortium.url


def test_a_roster_against_the_mirror_is_refused(consortium):
    """A keeper that says of a partner's log what the mirror disproves changes nothing."""
    consortium.enter()
    consortium.sync("--yes")
    consortium.member.append(sealed_entries("mirrored", 5))
    assert main(["partner", "refresh", "member", "--config", str(consortium.config)]) == 0
    last = {"size": 4, "root": b64url(b"\7" * 32), "why": "retired"}
    key = {"verifierKey": consortium.member.verifier_key, "from": "2026-01-01", "last": last}
    consortium.enter(consortium.a_member(logKeys=[key, {"verifierKey": NEXT.verifier.render(), "from": "2026-06-01"}]))
    before = consortium.config.read_bytes()
    code, _, err = consortium.sync("--yes")
    assert (code, "had another tree at size 4 than the mirror here" in err) == (1, True)
    assert consortium.config.read_bytes() == before


@pytest.mark.parametrize(
    ("root", "says"),
    [
        (None, "the mirror has 2 entries above size 3: it is dropped"),
        (b"\7" * 32, "has another tree at size 3: it is dropped"),
    ],
)
def test_what_a_stolen_key_costs_the_mirror_is_said(consortium, root, says):
    """Entries that a thief may have signed don't stay; the operator sees it before."""
    consortium.enter()
    consortium.sync("--yes")
    consortium.member.append(sealed_entries("mirrored", 5))
    assert main(["partner", "refresh", "member", "--config", str(consortium.config)]) == 0
    good = root or root_of([leaf_hash(entry) for entry in consortium.member.entries[:3]])
    key = {"verifierKey": consortium.member.verifier_key, "from": "2026-01-01",
           "last": {"size": 3, "root": b64url(good), "why": "compromised"}}  # fmt: skip
    consortium.enter(consortium.a_member(logKeys=[key, {"verifierKey": NEXT.verifier.render(), "from": "2026-06-01"}]))
    code, out, _ = consortium.sync("--yes")
    assert (code, says in out) == (0, True)


def test_a_keeper_that_is_away_is_said(consortium, tmp_path):
    """What is mirrored of its log may do; the operator knows how old it is."""
    consortium.enter()
    assert main(["partner", "refresh", "keeper", "--config", str(consortium.config)]) == 0
    text = consortium.config.read_text()
    consortium.config.write_text(text.replace(consortium.partner("keeper").url, "http://127.0.0.1:9"))
    code, out, _ = consortium.sync("--yes")
    assert (code, "note: keeper couldn't be reached" in out) == (0, True)


def test_a_keeper_that_is_no_partner_is_said(consortium):
    """A mistyped name changes nothing."""
    assert main(["partner", "sync", "nobody", "--config", str(consortium.config), "--yes"]) == 1


def test_a_partners_roster_is_shown(consortium, capsys):
    """Whose it is, each log with its keys, and how many there are."""
    consortium.enter()
    assert main(["partner", "refresh", "keeper", "--config", str(consortium.config)]) == 0
    capsys.readouterr()
    assert main(["roster", "show", "--from", "keeper", "--config", str(consortium.config)]) == 0
    out = capsys.readouterr().out
    assert "roster eciu version 1 of The Consortium, at leaf 1 of keeper.example/log" in out
    assert f"signs by {consortium.member.verifier_key} since 2026-01-01" in out
    assert out.endswith("1 logs in all\n")
