"""`nostra recover`: what an operator types at night, and what the command says."""

import asyncio
import json
import shutil
from contextlib import ExitStack

import asyncpg
import pytest

from node.cli import main
from node.log.headfile import HeadFile
from node.log.keys import load_key
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.examples import seed
from tests.support.foreign_entries import a_rule_with_texts
from tests.support.lost_log import mirror_url
from tests.support.lying_log import answering, failing, served
from tests.support.nodes import make_config
from tests.support.static_log import StaticLog
from tests.support.stored_log import read_stored_log

ORIGIN = "uni.example.org/nostra"
RULE, COMMITMENT, TEXTS = a_rule_with_texts()
ENTRIES = [*sealed_entries("typed", 600), RULE, an_achievement_entry("TY-1")]
SIZE = len(ENTRIES)
PREFIX = mirror_url("", ORIGIN).removeprefix("/")
PARTNER = """
[[partner]]
name = "{name}"
origin = "{name}.example/log"
verifier_key = "{key}"
url = "{url}"
"""


class Night:
    """A node that has lost its database, and two partners that mirror its log."""

    def __init__(self, folder, dsn, servers, monkeypatch, capsys):
        partners = [
            PARTNER.format(name=name, key=Signer(f"{name}.example/log", seed(name)).verifier.render(), url=one.url)
            for name, one in servers.items()
        ]
        self.settings = make_config(folder, dsn, logs=("uni",), more="\n".join(partners))
        self.config = folder / "nostra.toml"
        self.dsn, self.servers = dsn, servers
        self._capsys = capsys
        monkeypatch.setenv("DATABASE_URL", dsn)

    def run(self, *arguments):
        """Run a command; return its exit code, what it printed and what it complained of."""
        code = main([*map(str, arguments), "--config", str(self.config)])
        return code, *self._capsys.readouterr()

    def stored(self):
        """Return all rows of the log."""

        async def read():
            session = await asyncpg.connect(self.dsn)
            try:
                return await read_stored_log(session, ORIGIN)
            finally:
                await session.close()

        return asyncio.run(read())


@pytest.fixture
def night(tmp_path, dsn, monkeypatch, capsys):
    """Give the node and its partners `a` and `b`, the log with its texts served by both."""
    folder = tmp_path / "node"
    make_config(folder, dsn, logs=("uni",))
    with ExitStack() as stack:
        servers = {}
        for name in ("a", "b"):
            mirror = tmp_path / name / PREFIX
            mirror.mkdir(parents=True)
            log = StaticLog(mirror, ORIGIN)
            log.signer = load_key(folder / "keys/uni.key")
            log.append(ENTRIES)
            servers[name] = stack.enter_context(served(tmp_path / name))
            servers[name].lies[f"{PREFIX}/texts/{COMMITMENT}"] = answering(TEXTS)
        yield Night(folder, dsn, servers, monkeypatch, capsys)


def test_a_lost_log_comes_back_with_its_texts(night):
    """An empty database and the keys are enough; a check finds nothing wrong."""
    code, out, err = night.run("recover")
    assert (code, err) == (0, "")
    assert f"{ORIGIN}: {SIZE} entries, {SIZE} of them brought back" in out
    stored = night.stored()
    assert (stored.entries, stored.head["own"], stored.head["released_size"]) == (ENTRIES, True, SIZE)
    assert night.run("check")[0] == 0
    assert night.run("export", night.config.parent / "all.tar")[0] == 0
    assert TEXTS in (night.config.parent / "all.tar").read_bytes()


def test_what_is_lost_is_named(night):
    """Private records, request keys, tokens: by number, for people and for programs."""
    _, out, _ = night.run("recover")
    for words in (
        "private records of up to 600 of 600 sealed entries",
        f"request keys of {SIZE} entries",
        "every token",
    ):
        assert words in out
    code, out, _ = night.run("recover", "--json")
    told = json.loads(out)["logs"][0]
    assert code == 0
    assert told["lost"] == {
        "private_records_of": 600,
        "request_keys_of": 0,
        "texts_missing": 0,
        "texts_taken_down": 0,
        "tokens": True,
    }
    assert (told["before"], told["size"], told["signed"], told["released"]) == (SIZE, SIZE, SIZE, SIZE)


def test_a_text_that_one_partner_knows_to_be_taken_down_stays_so(night):
    """Whatever slipped into it must not come back."""
    night.servers["b"].lies[f"{PREFIX}/texts/{COMMITMENT}"] = answering(b"", 410)
    code, out, _ = night.run("recover", "--json")
    lost = json.loads(out)["logs"][0]["lost"]
    assert (code, lost["texts_taken_down"], lost["texts_missing"]) == (0, 1, 0)


@pytest.mark.parametrize("lie", [answering(b"", 404), failing, answering(TEXTS[:-2] + b"  ")])
def test_a_text_that_one_partner_lost_comes_from_the_other(night, lie):
    """Each is verified by its commitment."""
    night.servers["a"].lies[f"{PREFIX}/texts/{COMMITMENT}"] = lie
    _, out, _ = night.run("recover", "--json")
    assert json.loads(out)["logs"][0]["lost"]["texts_missing"] == 0


def test_a_text_that_nobody_has_is_named_and_asked_for_again(night):
    """The next recovery finds it where it has come back."""
    for server in night.servers.values():
        server.lies[f"{PREFIX}/texts/{COMMITMENT}"] = answering(b"", 404)
    assert "1 texts beside the log" in night.run("recover")[1]
    night.servers["a"].lies[f"{PREFIX}/texts/{COMMITMENT}"] = answering(TEXTS)
    _, out, _ = night.run("recover", "--json")
    assert json.loads(out)["logs"][0]["lost"]["texts_missing"] == 0


def test_a_partner_that_does_not_answer_is_named(night):
    """What it saw last isn't known, and the report says so."""
    night.servers["b"].lies["*"] = failing
    code, out, _ = night.run("recover")
    assert code == 0
    assert "no answer      b: " in out


def test_nobody_answers(night):
    """Exit code 1, every reason, and nothing is changed."""
    for server in night.servers.values():
        server.lies["*"] = failing
    code, _, err = night.run("recover")
    assert code == 1
    assert err.startswith("nostra recover: nobody can be asked what was last seen of uni.example.org/nostra (a: ")
    assert not HeadFile(night.settings.logs[0].key).path.exists()


def test_the_mirror_to_read_from_can_be_named(night):
    """All are asked; one is read."""
    code, out, _ = night.run("recover", "--from", "b", "--json")
    told = json.loads(out)["logs"][0]
    assert (code, told["read_from"], [one["held"] for one in told["partners"]]) == (0, ["b"], [SIZE, SIZE])
    assert not any("/tile/entries/" in path for path in night.servers["a"].asked)


def test_a_web_address_serves_as_well(night, tmp_path):
    """An unpacked export on any server is read as a partner's mirror is."""
    shutil.move(tmp_path / "a" / PREFIX, tmp_path / "a" / "archive")
    shutil.rmtree(tmp_path / "b" / PREFIX)
    url = f"{night.servers['a'].url}/archive"
    code, out, _ = night.run("recover", "uni", "--from", url, "--json")
    assert (code, json.loads(out)["logs"][0]["read_from"]) == (0, [url])


WRONG = [
    pytest.param(["college"], "no [[log]] is called 'college'; there are: uni", id="log"),
    pytest.param(["--from", "c"], "no [[partner]] is called 'c'", id="partner"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG)
def test_a_name_that_is_nobodys_is_wrong_usage(night, arguments, says):
    """Exit code 2, and the names that there are."""
    code, _, err = night.run("recover", *arguments)
    assert (code, says in err) == (2, True)


def test_a_node_without_partners_has_nobody_to_ask(tmp_path, dsn, monkeypatch, capsys):
    """It is told how else the log may be had."""
    make_config(tmp_path, dsn, logs=("uni",))
    monkeypatch.setenv("DATABASE_URL", dsn)
    assert main(["recover", "--config", str(tmp_path / "nostra.toml")]) == 2
    assert "say with --from where the log is served" in capsys.readouterr().err


def test_without_the_key_nothing_comes_back(night):
    """Only the log's own key says what was signed; the way out is named."""
    night.settings.logs[0].key.unlink()
    code, _, err = night.run("recover")
    assert code == 1
    assert "restore it from the backup" in err


def test_a_partner_that_answers_in_part_is_read_and_named(night):
    """It serves the log and doesn't say what it last saw: what came back is right as far as it goes."""
    key = Signer("a.example/log/mirror", seed("a"), COSIGNATURE).verifier.render()
    text = night.config.read_text()
    night.config.write_text(text.replace('name = "a"\n', f'name = "a"\nmirror_keys = ["{key}"]\n'))
    night.servers["b"].lies["*"] = failing
    night.servers["a"].lies["gossip/seen"] = failing
    code, out, _ = night.run("recover", "--json")
    told = json.loads(out)["logs"][0]
    assert (code, told["size"], told["read_from"]) == (0, SIZE, ["a"])
    assert [bool(one["failure"]) for one in told["partners"]] == [True, True]


def test_one_log_that_can_not_be_recovered_keeps_no_other_from_it(night):
    """Both are told of; the exit code is that of a failure."""
    make_config(
        night.config.parent,
        night.dsn,
        logs=("college", "uni"),
        more=night.config.read_text().partition("[[partner]]")[2].join(["[[partner]]", ""]),
    )
    note = sign_checkpoint(
        Checkpoint("college.example.org/nostra", 5, bytes(32)), load_key(night.config.parent / "keys/college.key")
    )
    for server in night.servers.values():
        server.lies[f"{mirror_url('', 'college.example.org/nostra')[1:]}/checkpoint"] = answering(note)
    code, out, err = night.run("recover", "--json")
    first, second = json.loads(out)["logs"]
    assert (code, "only 0 entries can be had" in first["failure"], second["size"]) == (1, True, SIZE)
    assert err.count("\n") == 1


def test_what_to_do_next_is_told(night):
    """Until the node has begun with what came back."""
    assert "next: nostra serve --accept-restore" in night.run("recover")[1]
    assert "next: nostra serve --accept-restore" in night.run("recover")[1]


def test_two_histories_are_told(night, tmp_path):
    """Exit code 1, both sizes, and that the log is at its end."""
    key = load_key(night.settings.logs[0].key)
    note = sign_checkpoint(Checkpoint(ORIGIN, 500, bytes(32)), key)
    (tmp_path / "b" / PREFIX / "checkpoint").write_bytes(note)
    code, _, err = night.run("recover")
    assert code == 1
    assert "our own key has signed two histories" in err
    assert "a new origin succeeds it" in err
