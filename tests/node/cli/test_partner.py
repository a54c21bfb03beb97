"""`nostra partner` adds a log only under the key that signs it, and follows it on demand."""

import json
import stat

import pytest

from node.cli import main
from node.config import load
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.gossip.cosigners import Cosigners, sign_cosigners
from protocol.recognition.entry import render
from protocol.recognition.succession import Succession
from tests.support.entries import sealed_entries
from tests.support.lying_log import failing, served
from tests.support.nodes import make_config
from tests.support.static_log import StaticLog

ORIGIN = "partner.example/log"
WITNESS = Signer("partner.example/cosigner", b"\1" * 32, COSIGNATURE)


@pytest.fixture
def partner(tmp_path):
    """Give a partner's served log of 300 entries."""
    (tmp_path / "log").mkdir()
    log = StaticLog(tmp_path / "log", ORIGIN)
    log.append(sealed_entries("partner", 300))
    with served(log.folder) as server:
        yield log, server


@pytest.fixture
def config(tmp_path, dsn, monkeypatch):
    """Give a node's configuration file."""
    make_config(tmp_path / "node", dsn)
    monkeypatch.setenv("DATABASE_URL", dsn)
    return tmp_path / "node/nostra.toml"


def add(config, log, server, *options, name="uni-b", key=None):
    """Add the partner."""
    return main(
        ["partner", "add", name, server.url, "--key", key or log.verifier_key, "--config", str(config), *options]
    )


def partners(capsys, config):
    """Return what `partner list` says."""
    capsys.readouterr()
    assert main(["partner", "list", "--config", str(config), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_partner_is_added_followed_and_removed(partner, config, capsys):
    """From the first key to the last entry, by commands alone."""
    log, server = partner
    config.chmod(0o640)
    assert add(config, log, server) == 0
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    (listed,) = partners(capsys, config)
    assert (listed["name"], listed["origin"], listed["url"], listed["size"]) == ("uni-b", ORIGIN, server.url, None)
    assert main(["partner", "refresh", "--config", str(config)]) == 0
    assert partners(capsys, config)[0]["size"] == 300
    assert main(["check", "--config", str(config), "--origin", ORIGIN]) == 0
    assert main(["partner", "remove", "uni-b", "--config", str(config)]) == 0
    assert partners(capsys, config) == []


def test_a_partner_s_log_that_has_ended_is_listed_with_its_successor(partner, config, capsys):
    """The list says which origin the log itself names, and follows it nowhere."""
    log, server = partner
    assert add(config, log, server) == 0
    log.append([render(Succession(id="succession", version=1, size=301, successor="partner.example/log-2"))])
    assert main(["partner", "refresh", "--config", str(config)]) == 0
    assert partners(capsys, config)[0]["successor"] == "partner.example/log-2"
    assert main(["partner", "list", "--config", str(config)]) == 0
    assert "has ended; it says that partner.example/log-2 follows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (Signer(ORIGIN, b"\7" * 32).verifier.render(), "not signed by a trusted key"),
        (Signer("other.example/log", b"\7" * 32).verifier.render(), "no trusted key"),
    ],
    ids=["another key", "another origin"],
)
def test_a_key_that_does_not_sign_the_log_adds_nothing(partner, config, capsys, key, says):
    """The configuration stays as it was."""
    before = config.read_bytes()
    assert add(config, *partner, key=key) == 1
    assert says in capsys.readouterr().err
    assert config.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "says"),
    [({"key": "nonsense"}, "not a verifier key"), ({"name": "Not An Id"}, "not an id")],
    ids=["key", "name"],
)
def test_what_is_misspelt_is_wrong_usage(partner, config, capsys, options, says):
    """Said before anything is asked."""
    assert add(config, *partner, **options) == 2
    assert says in capsys.readouterr().err


def test_a_partner_is_not_added_twice(partner, config, capsys):
    """A configuration that could not be used is not written."""
    assert add(config, *partner) == 0
    before = config.read_bytes()
    assert add(config, *partner) == 2
    assert "given 2 times" in capsys.readouterr().err
    assert config.read_bytes() == before
    assert [path.name for path in config.parent.iterdir() if path.name.startswith(".")] == []


def test_print_shows_the_block_and_changes_nothing(partner, config, capsys):
    """For those whose configuration is made by another program."""
    before = config.read_bytes()
    assert add(config, *partner, "--print") == 0
    assert capsys.readouterr().out.startswith("[[partner]]\nname = ")
    assert config.read_bytes() == before


def note_of(log, *, signer=None, **keys) -> bytes:
    """Return the note by which a log tells of cosigners."""
    return sign_cosigners(Cosigners(ORIGIN, **keys), signer or log.signer)


def test_a_partner_is_added_with_the_keys_of_its_cosigners(served_node, tmp_path, dsn, capsys):
    """A log tells of its node's cosigners under its own key; a second log of that node counts no further."""
    make_config(tmp_path / "ours", dsn, logs=("ours",))
    config = tmp_path / "ours/nostra.toml"
    for log in ("uni", "college"):
        address = [f"{served_node.public_url}/logs/{log}", "--key", served_node.verifier_key(log)]
        assert main(["partner", "add", log, *address, "--config", str(config), "--json"]) == 0
    told = [json.loads(line)["cosigns"] for line in capsys.readouterr().out.splitlines()]
    uni, college = load(config, {}).partners
    assert told == [True, False]
    assert [key.name for key in uni.mirror_keys] == ["uni.example.org/nostra/mirror"] * 2
    assert [key.name for key in uni.witness_keys] == ["uni.example.org/nostra/witness"] * 2
    assert [key.name for key in uni.index_keys] == ["uni.example.org/nostra/index"] * 2
    assert college.cosigner_keys == ()


def test_a_partner_without_cosigners_is_followed_only(partner, config, capsys):
    """A log that no Nostra node serves is added as it is, and the operator told what that means."""
    assert add(config, *partner) == 0
    assert "followed only: its node tells of no mirror and no witness" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("note", "says"),
    [
        (lambda log: b"<html>not a note</html>", "can't be read"),
        (lambda log: note_of(log, witness=(WITNESS.verifier,)), "tells of no mirror"),
    ],
    ids=["no note", "a witness alone"],
)
def test_what_is_told_in_no_form_or_of_no_mirror_makes_no_cosigner(partner, config, capsys, note, says):
    """The partner is followed only, and the reason told."""
    log, server = partner
    tell(log, note(log))
    assert add(config, log, server) == 0
    assert says in capsys.readouterr().out
    assert load(config, {}).partners[0].mirror_keys == ()


def test_cosigners_told_under_another_key_add_nothing(partner, config, capsys):
    """Whoever can answer for the address can't put mirrors of its own into the configuration."""
    log, server = partner
    before = config.read_bytes()
    tell(log, note_of(log, signer=Signer(ORIGIN, b"\7" * 32), mirror=(WITNESS.verifier,)))
    assert add(config, log, server) == 1
    assert "not signed by that key" in capsys.readouterr().err
    assert config.read_bytes() == before


def tell(log, note: bytes) -> None:
    """Let a served log tell of cosigners."""
    (log.folder / "v1").mkdir()
    (log.folder / "v1" / "cosigners").write_bytes(note)


def test_a_partner_that_fails_fails_the_command(partner, config, capsys):
    """What it failed on is told."""
    log, server = partner
    add(config, log, server)
    server.lies["*"] = failing
    assert main(["partner", "refresh", "uni-b", "--config", str(config)]) == 1
    assert "500" in capsys.readouterr().out
