"""`nostra doctor`: what is well, doubtful or wrong."""

import json

import pytest

from node.cli import main
from node.config.partner_blocks import with_partner
from node.config.partner_sections import PartnerSettings
from protocol.encoding.keys import COSIGNATURE, Signer, VerifierKey
from tests.support.examples import seed
from tests.support.lying_log import answering, served
from tests.support.nodes import make_config, node_served


@pytest.fixture
def node(tmp_path, monkeypatch, dsn, capsys):
    """Give a folder in which a node was made."""
    monkeypatch.setenv("DATABASE_URL", dsn)
    given = ["--origin", "a.example/x", "--institution", "A", "--country", "FI", "--name", "a"]
    assert main(["init", "--folder", str(tmp_path), *given]) == 0
    capsys.readouterr()
    return tmp_path


def looks(node, capsys) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return exit code, and what was found by what was looked at."""
    code = main(["doctor", "--json", "--config", str(node / "nostra.toml")])
    found = json.loads(capsys.readouterr().out)
    return code, {look["what"]: (look["state"], look["found"]) for look in found}


def test_a_new_node_is_well(node, capsys):
    """Configuration, keys, disk, clock and the database's settings are each looked at."""
    code, found = looks(node, capsys)
    assert code == 0
    assert {"configuration", "key of a", "clock", "database version", "database fsync", "database schema"} <= set(found)
    assert {state for state, _ in found.values()} <= {"well", "doubtful"}
    assert found["key of a"][1].endswith("remembers size 0")
    assert found["database log a.example/x"] == ("well", "size 0")
    assert found["database index a.example/x"] == ("well", "none yet: `nostra serve` makes it")


@pytest.mark.parametrize(
    ("spoil", "what", "words"),
    [
        (lambda node: (node / "keys/a.key").chmod(0o644), "key of a", "chmod 600"),
        (lambda node: (node / "keys/a.key").unlink(), "key of a", "can't be read"),
        (lambda node: (node / "keys/a.key.head").write_text("{}"), "key of a", "can't be read"),
        (lambda node: (node / "keys/token").chmod(0o640), "token file", "others can read"),
    ],
)
def test_what_is_wrong_is_named_with_its_way_out(node, capsys, spoil, what, words):
    """Exit code 1 and the thing to do."""
    spoil(node)
    code, found = looks(node, capsys)
    assert (code, found[what][0]) == (1, "wrong")
    assert words in found[what][1]


@pytest.mark.parametrize(
    ("quorum", "expected"),
    [("", "well"), ("[policy]\nquorum = 1\n", "doubtful"), ("[policy]\nfile = 'policy'\n", "wrong")],
    ids=["more than half", "below", "no quorum"],
)
def test_a_quorum_below_a_majority_is_doubtful(node, capsys, quorum, expected):
    """Of two partners' mirrors: both, or any."""
    file = node / "nostra.toml"
    (node / "policy").write_text("quorum none\n")
    text = file.read_text() + quorum
    for name in ("uni-b", "uni-c"):
        log = Signer(f"{name}.example/log", seed(name)).verifier
        mirror = Signer(f"{name}.example/mirror", seed(name), COSIGNATURE).verifier
        block = PartnerSettings(name, log.name, log, f"https://{name}.example", (mirror,))
        text = with_partner(text, block)
    file.write_text(text)
    assert looks(node, capsys)[1]["quorum"][0] == expected


def test_a_database_that_does_not_answer_is_wrong(node, capsys, monkeypatch):
    """The address's password isn't repeated."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://x:secret4711@127.0.0.1:9/x")
    code, found = looks(node, capsys)
    assert (code, found["database"][0]) == (1, "wrong")
    assert "4711" not in str(found)


def test_problems_of_the_configuration_are_each_a_line(node, capsys):
    """Doctor stops at a configuration that can't be used, and names all that is wrong there."""
    (node / "nostra.toml").write_text("[nod]\n[htp]\n")
    assert main(["doctor", "--config", str(node / "nostra.toml")]) == 1
    assert capsys.readouterr().out.count("wrong       configuration: ") == 2


def add_partner(folder, name, key, url):
    """Write a partner into a node's configuration."""
    path = folder / "nostra.toml"
    path.write_text(with_partner(path.read_text(), PartnerSettings(name, key.name, key, url)))
    return path


@pytest.fixture
def another_dsn(database_server):
    """Give the address of a second empty database."""
    name = database_server.create()
    yield database_server.dsn_of(name)
    database_server.drop(name)


def test_a_partner_looks_at_the_node_from_outside(tmp_path, dsn, another_dsn, monkeypatch, capsys):
    """Checkpoint, TLS, clock, witness and mirror, as the partner sees them."""
    from node.config import load

    monkeypatch.setenv("DATABASE_URL", dsn)
    with node_served(make_config(tmp_path / "us", dsn, logs=["us"])) as us:
        them = make_config(tmp_path / "them", another_dsn, logs=["them"])
        path = add_partner(tmp_path / "them", "us", VerifierKey.parse(us.verifier_key("us")), us.public_url)
        with node_served(load(path, {"DATABASE_URL": another_dsn})) as partner:
            key = VerifierKey.parse(partner.verifier_key("them"))
            ours = add_partner(tmp_path / "us", "them", key, partner.public_url)
            code = main(["doctor", "--ask", "them", "--json", "--config", str(ours)])
    found = {look["what"]: look["state"] for look in json.loads(capsys.readouterr().out)}
    seen = {what.removeprefix("them sees "): state for what, state in found.items() if what.startswith("them sees ")}
    assert them.logs[0].origin == key.name
    assert set(seen) >= {"TLS", "clock", "checkpoint", "witness", "mirror"}
    assert (code, seen["clock"], seen["checkpoint"]) == (0, "well", "doubtful")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (answering(b"", 404), "404"),
        (answering(b"noise"), "JSON"),
        (answering(b'{"origin":"x","looks":[{"what":"x","state":"splendid","found":""}]}'), "Invalid enum"),
        (answering(b'{"origin":"x","looks":' + b"[" * 60), "JSON"),
    ],
)
def test_what_a_partner_answers_wrongly_is_not_checked(node, capsys, tmp_path, answer, words):
    """It accuses nobody of anything: the look was not made."""
    with served(tmp_path) as server:
        server.lies["gossip/look"] = answer
        add_partner(node, "them", Signer("them.example/log", b"\1" * 32).verifier, server.url)
        code, found = asked(node, capsys)
    assert (code, found["them looks at us"][0]) == (0, "not checked")
    assert words in found["them looks at us"][1]


def asked(node, capsys):
    """Return what the doctor says with a partner asked."""
    code = main(["doctor", "--ask", "them", "--json", "--config", str(node / "nostra.toml")])
    found = json.loads(capsys.readouterr().out)
    return code, {look["what"]: (look["state"], look["found"]) for look in found}


def test_a_partner_that_nobody_knows_cannot_be_asked(node, capsys):
    """The name is one of the configuration's."""
    assert main(["doctor", "--ask", "nobody", "--config", str(node / "nostra.toml")]) == 1
    assert "[[partner]] nobody: there is none" in capsys.readouterr().err
