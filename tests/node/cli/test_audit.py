"""`nostra audit`: what a log can do wrong, and how it is told."""

import json

import pytest

from node.cli import main
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.support import lying_log
from tests.support.entries import sealed_entries
from tests.support.foreign_entries import NOT_UNDERSTOOD, a_rule_with_texts
from tests.support.lying_log import answering, served
from tests.support.static_log import StaticLog

ORIGIN = "audited.example/log"
SIZE = 600
RULE, COMMITMENT, TEXTS = a_rule_with_texts()
ENTRIES = [*sealed_entries("audited", SIZE - 1), RULE]


@pytest.fixture
def log(tmp_path):
    """Give a log of two full bundles and a part, with a rule at its end."""
    (tmp_path / "log").mkdir()
    log = StaticLog(tmp_path / "log", ORIGIN)
    log.append(ENTRIES[:300])
    log.append(ENTRIES[300:])
    return log


@pytest.fixture
def audit(log, capsys):
    """Give a function that audits the served log and returns (exit code, report)."""

    def run(*options, lies=None, key=None):
        with served(log.folder) as server:
            server.lies |= {f"texts/{COMMITMENT}": answering(TEXTS)} | (lies or {})
            code = main(["audit", server.url, "--key", key or log.verifier_key, "--json", *map(str, options)])
        out = capsys.readouterr()
        return code, json.loads(out.out) if out.out else out.err

    return run


def steps(report):
    """Return the results by step."""
    return {step["name"]: step["result"] for step in report["steps"]}


def told(report):
    """Return all that a report says of what is not so."""
    return " ".join(
        f"{step['text']} {step['why']}" for step in report["steps"] if step["result"] in ("no", "not checked")
    )


def test_an_honest_log_is_verified(audit):
    """All entries, tiles, hashes; the kinds are counted."""
    code, report = audit()
    assert (code, report["verdict"]) == (0, "verified")
    assert set(steps(report).values()) == {"yes", "warning", "not checked"}
    facts = next(step["facts"] for step in report["steps"] if step["name"] == "understood")
    assert facts == {"kinds": {"rule": 1, "sealed": SIZE - 1}, "not_understood": 0}


@pytest.mark.parametrize("size", [0, 1, 256, 257])
def test_a_log_of_any_size_is_verified(tmp_path, capsys, size):
    """The empty log, too."""
    log = StaticLog(tmp_path, ORIGIN)
    log.append(ENTRIES[:size])
    with served(tmp_path) as server:
        assert main(["audit", server.url, "--key", log.verifier_key]) == 0
    assert "log: verified" in capsys.readouterr().out


def test_without_a_key_nobody_is_trusted(log, capsys, monkeypatch, tmp_path):
    """A log's own word on its key proves nothing."""
    monkeypatch.chdir(tmp_path)
    with served(log.folder) as server:
        assert main(["audit", server.url]) == 1
    assert f"no trusted key for {ORIGIN}" in capsys.readouterr().out


def flip(log, path, at):
    """Flip one bit of a served file."""
    data = bytearray((log.folder / path).read_bytes())
    data[at] ^= 4
    (log.folder / path).write_bytes(data)


def signed(size=SIZE, root=b"\1" * 32, origin=ORIGIN, seed=bytes(range(32))):
    """Return a checkpoint note with something wrong in it."""
    return answering(sign_checkpoint(Checkpoint(origin, size, root), Signer(origin, seed)))


FILES = [
    ("tile/entries/001", 192 * 7 + 100, "tiles", "entry 263 is not the one that was signed"),
    ("tile/entries/002.p/88", 100, "tiles", "entry 512 is not the one that was signed"),
    ("tile/0/001", 32 * 9, "tiles", "tile/0/001: hash 9 is not the one that the entries from 265 on give"),
    ("tile/0/002.p/88", 5, "tiles", "tile/0/002.p/88: hash 0 is not the one that the entries from 512 on give"),
    ("tile/1/000.p/2", 40, "tiles", "tile/1/000.p/2: hash 1 is not the one that the entries from 256 on give"),
]


@pytest.mark.parametrize(("path", "at", "step", "says"), FILES, ids=[f"{case[0]}:{case[1]}" for case in FILES])
def test_a_flipped_bit_is_found_and_placed(audit, log, path, at, step, says):
    """A false entry and a false tile are told apart, each with its place."""
    flip(log, path, at)
    code, report = audit()
    assert (code, report["verdict"], steps(report)[step]) == (1, "refused", "no")
    assert says in told(report)


CHECKPOINTS = [
    ("another key", signed(seed=b"\7" * 32), "signed", "not signed by a trusted key"),
    ("another origin", signed(origin="other.example/log"), "signed", "no trusted key"),
    ("another root", signed(), "root", "do not give the signed root hash"),
    ("a size beyond", signed(size=700), "entries", "Only 512 of 700"),
    ("a size within", signed(size=300), "root", "do not give the signed root hash"),
]


@pytest.mark.parametrize(
    ("lie", "step", "says"), [case[1:] for case in CHECKPOINTS], ids=[case[0] for case in CHECKPOINTS]
)
def test_a_false_checkpoint_is_refused(audit, lie, step, says):
    """Whatever is signed wrongly is not what the entries give."""
    code, report = audit(lies={"checkpoint": lie})
    assert (code, report["verdict"]) == (1, "refused")
    assert steps(report)[step] in ("no", "not checked")
    assert says in told(report)


SERVED = [
    ("bundle missing", "tile/entries/001", answering(b"", 404), "Only 256 of 600", "404"),
    ("tile missing", "tile/0/001", answering(b"", 404), "was not computed", "404"),
    ("bundle cut", "tile/entries/001", answering(b"\0\5abc"), "Only 256 of 600", "ends inside entry 0"),
    ("bundle short", "tile/entries/001", answering(b"\0\1x"), "Only 256 of 600", "holds 1 entries, not 256"),
    ("bundle endless", "tile/entries/001", lying_log.endless, "Only 256 of 600", "doesn't end"),
    ("bundle of 10 GB", "tile/entries/001", lying_log.huge, "Only 256 of 600", "10,000,000,000"),
]


@pytest.mark.parametrize(
    ("path", "lie", "text", "why"), [case[1:] for case in SERVED], ids=[case[0] for case in SERVED]
)
def test_a_log_that_can_not_be_read_is_refused_with_what_was_read(audit, path, lie, text, why):
    """The report says how far the audit came, and why not further."""
    code, report = audit(lies={path: lie})
    assert (code, report["verdict"]) == (1, "refused")
    assert text in told(report)
    assert why in told(report)


def test_a_checkpoint_that_is_none_is_unreadable(audit):
    """A page in the place of a log is no log."""
    code, report = audit(lies={"checkpoint": answering(b"<html>")})
    assert (code, report["verdict"]) == (3, "unreadable")


def test_an_unreachable_log_is_one_line(capsys, log):
    """Nobody there: one line on stderr, with the address."""
    assert main(["audit", "http://127.0.0.1:1", "--key", log.verifier_key]) == 1
    err = capsys.readouterr().err
    assert err.startswith("nostra audit: http://127.0.0.1:1/checkpoint: no connection")
    assert err.count("\n") == 1


@pytest.mark.parametrize("size", [0, 1, 255, 256, 300, SIZE])
def test_an_earlier_checkpoint_is_held_against_the_entries(tmp_path, audit, size):
    """What was kept then is compared with the entries read now."""
    (tmp_path / "then").mkdir()
    then = StaticLog(tmp_path / "then", ORIGIN)
    then.append(ENTRIES[:size])
    code, report = audit("--since", then.folder / "checkpoint")
    assert (code, steps(report)["consistent"]) == (0, "yes")


def test_a_rewritten_history_is_refused(tmp_path, audit):
    """The entries are not those that the log signed before."""
    (tmp_path / "then").mkdir()
    then = StaticLog(tmp_path / "then", ORIGIN)
    then.append(sealed_entries("other", 300))
    code, report = audit("--since", then.folder / "checkpoint")
    assert (code, steps(report)["consistent"], steps(report)["root"]) == (1, "no", "yes")
    assert "two histories" in told(report)


def test_a_log_that_shrank_is_refused(tmp_path, audit):
    """Less than it has signed before."""
    (tmp_path / "then").mkdir()
    then = StaticLog(tmp_path / "then", ORIGIN)
    then.append([*ENTRIES, *sealed_entries("more", 100)])
    code, report = audit("--since", then.folder / "checkpoint")
    assert (code, steps(report)["consistent"]) == (1, "no")
    assert "shows 600 entries and has signed 700 before" in told(report)


def test_a_verified_checkpoint_is_kept_and_a_refused_one_is_not(tmp_path, audit, log):
    """`--keep` writes what the next audit's `--since` reads."""
    kept = tmp_path / "kept"
    flip(log, "tile/0/001", 0)
    audit("--keep", kept)
    assert not kept.exists()
    flip(log, "tile/0/001", 0)
    audit("--keep", kept)
    assert kept.read_bytes() == (log.folder / "checkpoint").read_bytes()
    assert audit("--since", kept)[0] == 0


def test_what_is_not_understood_is_a_warning(tmp_path, audit, log):
    """Kinds to come don't make a log false."""
    log.append(NOT_UNDERSTOOD)
    code, report = audit()
    assert (code, steps(report)["understood"]) == (0, "warning")


def test_a_repeated_tag_is_a_warning(audit, log):
    """A tag that stands twice is shown."""
    log.append(ENTRIES[:3])
    code, report = audit()
    assert (code, steps(report)["tags"]) == (0, "warning")


def test_a_log_of_nothing_but_faults_is_not_read_to_the_end(audit, log):
    """After twenty faults the audit stops."""
    for at in range(0, 256 * 192, 192):
        flip(log, "tile/entries/000", at + 100)
    log.append(sealed_entries("more", 10_000))
    for at in range(30):
        flip(log, f"tile/0/{at:03d}", 0)
    _, report = audit()
    assert told(report).count("tile/0/") <= 20
    assert "Only" in told(report)


def test_a_policy_is_trusted_and_its_quorum_asked_for(tmp_path, log, capsys):
    """A policy that asks for cosignatures isn't content with the log's own."""
    policy = tmp_path / "policy"
    with served(log.folder) as server:
        policy.write_text(f"log {log.verifier_key}\nquorum none\n")
        assert main(["audit", server.url, "--policy", str(policy)]) == 0
        policy.write_text("quorum none")
        assert main(["audit", server.url, "--policy", str(policy)]) == 2
    assert capsys.readouterr().err.startswith("nostra audit: ")


@pytest.mark.parametrize(
    ("lie", "code", "result"),
    [
        (answering(TEXTS), 0, "yes"),
        (answering(b"", 404), 0, "warning"),
        (answering(b"", 410), 0, "warning"),
        (answering(TEXTS.replace(b"bridging", b"bringing")), 1, "no"),
        (answering(b"{}"), 1, "no"),
        (lying_log.endless, 1, "no"),
    ],
    ids=["there", "missing", "taken down", "another", "nothing", "endless"],
)
def test_the_texts_beside_the_log_are_verified(audit, lie, code, result):
    """False texts refuse the log; texts that are gone don't."""
    found, report = audit(lies={f"texts/{COMMITMENT}": lie})
    assert (found, steps(report)["texts"]) == (code, result)
