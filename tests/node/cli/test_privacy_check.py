"""`nostra privacy-check`: a log over HTTP, one of the database, a draft; what is told, and what never is."""

import json
from base64 import b64encode

import pytest

from node.cli import main
from node.cli.privacy_walks import walk_stored
from protocol.encoding.keys import Signer
from protocol.encoding.wire import b64url
from protocol.log.tile import render_bundle
from protocol.recognition.sealed_entry import Sealed
from tests.node.gossip.conftest import following
from tests.support.credentials import a_credential
from tests.support.decisions import PAPER, a_decision
from tests.support.entries import sealed_entries
from tests.support.foreign_entries import NOT_UNDERSTOOD, a_rule_with_texts
from tests.support.lying_log import answering, served
from tests.support.nodes import make_config, node_served
from tests.support.static_log import StaticLog

ORIGIN = "looked.example/log"
RULE, COMMITMENT, TEXTS = a_rule_with_texts()
TEXT = b"Aino Esimerkki, born 7 May 1999."
HIDDEN = Sealed(**{name: b64url(TEXT) for name in ("document", "statement", "tag")}).render()


@pytest.fixture
def check(tmp_path, capsys):
    """Give a function that checks a served log of these entries and returns (exit code, report)."""

    def run(entries, *options, lies=None):
        (tmp_path / "log").mkdir()
        log = StaticLog(tmp_path / "log", ORIGIN)
        log.append(entries)
        with served(log.folder) as server:
            server.lies |= {f"texts/{COMMITMENT}": answering(TEXTS)} | (lies or {})
            key = [] if "--key" in options else ["--key", log.verifier_key]
            code = main(["privacy-check", server.url, *key, "--json", *map(str, options)])
        told = capsys.readouterr()
        return code, json.loads(told.out) if told.out else told.err

    return run


def results(report) -> dict[str, str]:
    """Return the results by step."""
    return {step["name"]: step["result"] for step in report["steps"]}


def test_an_honest_log_keeps_its_shape(check):
    """Every entry, and the texts beside them; whom to look for nobody has said."""
    code, report = check([*sealed_entries("honest", 600), RULE])
    assert (code, report["verdict"]) == (0, "verified")
    told = results(report)
    assert {told[name] for name in ("entries", "shape", "noise", "apart", "signs", "texts")} == {"yes"}
    assert told["persons"] == "not checked"


@pytest.mark.parametrize(
    ("entries", "step", "place"),
    [
        pytest.param([*sealed_entries("a", 3), *NOT_UNDERSTOOD[:1]], "shape", "entry 3: ", id="not understood"),
        pytest.param([*sealed_entries("b", 3), HIDDEN], "noise", "entry 3: document", id="text in a sealed entry"),
    ],
)
def test_a_shape_that_may_hide_a_person_is_refused(check, entries, step, place):
    """Its leaf is named; what is written there isn't."""
    code, report = check(entries)
    assert (code, report["verdict"], results(report)[step]) == (1, "refused", "no")
    (found,) = [one for one in report["steps"] if one["name"] == step]
    assert found["parts"][0]["text"].startswith(place)
    assert "Esimerkki" not in json.dumps(report)


def test_a_name_that_is_looked_for_is_found(check, tmp_path):
    """By place and kind, in the texts beside the log; never repeated."""
    names = tmp_path / "names.txt"
    names.write_text("\n Observer, Two-Fifths\nMarine Law \n", "utf-8")
    code, report = check([*sealed_entries("c", 2), RULE], "--names", names)
    assert (code, results(report)["persons"]) == (0, "yes")
    (found,) = [one for one in report["steps"] if one["name"] == "signs"]
    assert found["result"] == "warning", report
    assert "a person whom this node knows" in found["parts"][0]["text"]
    assert "Marine" not in json.dumps(report)


def test_a_log_that_nobody_vouches_for_is_not_walked(check):
    """Its checkpoint is signed by another key than the one that is trusted: nothing is said of its entries."""
    code, report = check(sealed_entries("d", 5), "--key", Signer(ORIGIN, bytes(32)).verifier.render())
    assert (code, report["verdict"]) == (1, "refused")
    assert "shape" not in results(report)


def test_entries_that_are_not_the_checkpoint_s_are_no_proof(check):
    """A server that shows clean entries in place of the signed ones is found by the root hash."""
    clean = render_bundle(sealed_entries("clean", 5))
    code, report = check([*sealed_entries("e", 4), HIDDEN], lies={"tile/entries/000.p/5": answering(clean)})
    assert (code, report["verdict"], results(report)["entries"]) == (1, "refused", "no")


@pytest.fixture
def draft(tmp_path, capsys):
    """Give a function that checks a document and returns (exit code, what is printed)."""

    def run(content, *options):
        path = tmp_path / "draft.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        code = main(["privacy-check", str(path), *options])
        told = capsys.readouterr()
        return code, told.out or told.err

    return run


def test_a_draft_is_looked_at_before_it_is_published(draft):
    """Places by the members' names."""
    code, told = draft({"kind": "rule", "reasons": {"en": "As Mr Esimerkki, born 7.5.1999, was told"}})
    assert code == 0
    assert "About a person, as it seems: 2 places." in told
    assert "reasons.en: a birth date" in told
    assert "Esimerkki" not in told
    code, told = draft({"kind": "rule", "reasons": {"en": "The outcomes agree."}})
    assert "Nothing in draft.json looks as if it were about a person." in told


def test_a_file_of_something_else_is_told(draft):
    """Neither an export nor a document."""
    assert draft(b"\x00\x01")[0] == 3
    assert draft([1])[0] == 3


def test_an_own_log_is_checked_against_its_private_records(dsn, tmp_path, monkeypatch, capsys):
    """A paper's holder, named in a reason by mistake, is found; the report doesn't say who."""
    config = make_config(tmp_path / "node", dsn, logs=("uni",))
    with node_served(config) as node:
        send = {
            "/v1/awards": {"document": _base64(a_credential()), "file_name": "Esimerkki, Aino.json"},
            "/v1/decisions": {"decision": a_decision(), "credentials": [{"paper": PAPER}]},
            "/v1/mandates": {"id": "m", "log": "x.example/log", "achievements": ["A-1"], "from": "2026-01-01"},
            "/v1/withdrawals": {
                "target": {"kind": "mandate", "id": "m"}, "reasons": {"en": "Since the case of Quispe, Rosa"}
            },
        }  # fmt: skip
        for path, body in send.items():
            answer = node.post(path, json.dumps(body).encode())
            assert answer.status == 201, answer.body
        monkeypatch.setenv("DATABASE_URL", dsn)
        for _ in range(100):  # what is released reaches the database with the next moment of rest
            code = main(["privacy-check", "uni", "--json", "--config", str(tmp_path / "node/nostra.toml")])
            told = capsys.readouterr().out
            if "All 4 entries" in told:
                break
        export = tmp_path / "uni.tar"
        assert main(["export", str(export), "--config", str(tmp_path / "node/nostra.toml")]) == 0
        key = node.verifier_key("uni")
        unknown = main(["privacy-check", "nobody", "--config", str(tmp_path / "node/nostra.toml")])
    capsys.readouterr()
    assert main(["privacy-check", str(export), "--key", key, "--json"]) == 0
    exported = json.loads(capsys.readouterr().out)
    assert {step["name"]: step["result"] for step in exported["steps"]}["shape"] == "yes"
    report = json.loads(told)
    assert (code, unknown, report["verdict"]) == (0, 1, "verified")
    (found,) = [one for one in report["steps"] if one["name"] == "signs"]
    assert [one["text"] for one in found["parts"]] == [
        "entry 3: beside the log, texts.reasons.en: a person whom this node knows"
    ]
    assert not [name for name in ("Quispe", "Rosa", "Esimerkki", "0117") if name in told]


def _base64(document: bytes) -> str:
    return b64encode(document).decode()


async def test_a_partners_log_is_checked_in_its_mirror(dsn, tmp_path):
    """Its entries under the checkpoint that it has shown, and the texts beside it; whom to look for it can't say."""
    (tmp_path / "log").mkdir()
    log = StaticLog(tmp_path / "log", ORIGIN)
    config = make_config(tmp_path / "node", dsn, logs=("uni",))
    async with following(dsn, log) as followed:
        followed.server.lies[f"texts/{COMMITMENT}"] = answering(TEXTS)
        log.append([*sealed_entries("mirrored", 300), RULE])
        await followed.refresh()
        clean = (await walk_stored(config, ORIGIN, ())).plain()
        log.append([HIDDEN])
        await followed.refresh()
        hidden = (await walk_stored(config, ORIGIN, ())).plain()
        log.append(NOT_UNDERSTOOD[:1])
        await followed.refresh()
        strange = (await walk_stored(config, ORIGIN, ())).plain()
    told = results(clean)
    assert (clean["verdict"], told["shape"], told["texts"]) == ("verified", "yes", "yes")
    assert told["persons"] == "not checked"
    assert "1 " in next(step["text"] for step in clean["steps"] if step["name"] == "texts")
    assert (hidden["verdict"], results(hidden)["noise"]) == ("refused", "no")
    assert (strange["verdict"], results(strange)["shape"]) == ("refused", "no")
    assert "Esimerkki" not in json.dumps([clean, hidden, strange])
