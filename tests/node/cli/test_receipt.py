"""`nostra receipt`: what a receipt says without its secrets, and its proof renewed."""

import hashlib
import json

import pytest

from tests.node.cli.desk import mode
from tests.support.credentials import a_credential
from tests.support.decisions import PAPER, a_decision
from tests.support.lying_log import answering, served


@pytest.fixture
def receipts(desk):
    """Give the receipts of an award and of a decision."""
    document = desk.write("diploma.json", a_credential())
    assert desk.run("issue", document, "--out", "award.json").code == 0
    decision, paper = desk.write("decision.json", a_decision()), desk.write("paper.json", PAPER)
    (desk.folder / "files").mkdir()
    told = desk.run("decide", decision, "--paper", paper, "--out", "files", "--json").json()
    return {"award": desk.folder / "award.json", "decision": desk.folder / told["files"][0]}


def secrets_of(receipt: dict) -> list[str]:
    """Return what whoever holds a receipt keeps to themselves."""
    return [*receipt.get("secrets", {}).values(), *([receipt["opening"]["key"]] if "opening" in receipt else [])]


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["lines", "JSON"])
@pytest.mark.parametrize("kind", ["award", "decision"])
def test_what_a_receipt_says_is_shown_without_its_secrets(desk, receipts, kind, options):
    """Log, leaf and size; the file of an award, the words of a decision."""
    ran = desk.alone("receipt", "show", receipts[kind], *options)
    assert (ran.code, ran.err) == (0, "")
    file_hash = hashlib.sha256((desk.folder / "diploma.json").read_bytes()).hexdigest()
    for word in ("uni.example.org/nostra", *((file_hash, "diploma.json") if kind == "award" else ("full", "credit"))):
        assert word in ran.out
    secrets = secrets_of(json.loads(receipts[kind].read_bytes()))
    assert secrets
    assert [secret for secret in secrets if secret in ran.out] == []


@pytest.mark.parametrize("kind", ["award", "decision"])
def test_a_proof_is_renewed(desk, receipts, kind):
    """The same entry and secrets under a newer checkpoint, in a file of mode 0600 that still verifies."""
    desk.run("issue", desk.write("later.json", a_credential()))
    size = desk.node.get("/v1/log")["size"]
    renew = ["receipt", "renew", receipts[kind], "--node", desk.node.public_url, "--out"]
    ran = desk.alone(*renew, "new.json")
    new = desk.folder / "new.json"
    assert (ran.code, ran.out) == (0, f"proved at tree size {size}: new.json\n")
    assert (mode(new), desk.verdict(new)) == (0o600, "verified")
    old, renewed = json.loads(receipts[kind].read_bytes()), json.loads(new.read_bytes())
    assert {name for name in old if old[name] != renewed[name]} == {"log_proof"}
    before = new.read_bytes()
    refused = desk.alone(*renew, "new.json")
    assert (refused.code, "new.json is there already: give another name" in refused.err) == (1, True)
    assert new.read_bytes() == before
    assert desk.alone(*renew, "newer.json", "--json").json() == {"file": "newer.json", "tree_size": size}


def test_a_further_log_is_named_by_its_address(desk):
    """Where a node serves several, `/logs/NAME` is where the log is; the first log's proof is refused."""
    document = desk.write("college.json", a_credential("college"))
    desk.run("issue", document, "--log", "college", "--out", "receipt.json")
    at, out = f"{desk.node.public_url}/logs/college", ["--out", "renewed.json"]
    wrong = desk.alone("receipt", "renew", "receipt.json", "--node", desk.node.public_url, *out)
    assert (wrong.code, wrong.err.count("\n"), (desk.folder / "renewed.json").exists()) == (1, 1, False)
    assert desk.alone("receipt", "renew", "receipt.json", "--node", at, *out).code == 0
    assert desk.verdict(desk.folder / "renewed.json", log="college") == "verified"


@pytest.mark.parametrize("answer", [b"[]", b"{}", b'{"log_proof":7}', b'{"log_proof":"x"}', b"<html>", b'"\\ud800"'])
def test_a_node_that_answers_something_else_is_refused(desk, receipts, tmp_path, answer):
    """In one line, and without a file."""
    with served(tmp_path) as server:
        server.lies["*"] = answering(answer, content_type="application/json")
        ran = desk.alone("receipt", "renew", receipts["award"], "--node", server.url, "--out", "new.json")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "unexpectedly" not in ran.err
    assert not (desk.folder / "new.json").exists()


def test_another_entry_s_proof_is_refused(desk, receipts, tmp_path):
    """What is proved has to be this very entry."""
    leaf = desk.alone("receipt", "show", receipts["decision"], "--json").json()["leaf"]
    other = json.dumps(desk.node.get(f"/v1/entries/{leaf}"))
    with served(tmp_path) as server:
        server.lies["*"] = answering(other.encode(), content_type="application/json")
        ran = desk.alone("receipt", "renew", receipts["award"], "--node", server.url, "--out", "new.json")
    assert (ran.code, ran.err.count("\n"), (desk.folder / "new.json").exists()) == (1, 1, False)


@pytest.mark.parametrize("action", [["show"], ["renew", "--node", "http://127.0.0.1:1", "--out", "new.json"]])
@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"%PDF", "is not a receipt"), (b"{}", "is not a receipt"),
     (b'{"kind":"decision-receipt"}', "is not a receipt")],
    ids=["no file", "a PDF", "other JSON", "a broken one"],
)  # fmt: skip
def test_what_is_no_receipt_is_three(desk, action, content, says):
    """A file that can't be read, in one line."""
    file = desk.folder / "missing" if content is None else desk.write("file", content)
    ran = desk.alone("receipt", action[0], file, *action[1:])
    assert (ran.code, ran.out, ran.err.count("\n")) == (3, "", 1)
    assert says in ran.err


def test_a_receipt_is_given_again(desk, receipts):
    """By receipt, file or leaf, to a file of mode 0600; the secret that was drawn anew is another."""
    first = json.loads(receipts["award"].read_bytes())
    leaf = int(first["log_proof"].splitlines()[1].removeprefix("index "))
    names = (("--receipt", receipts["award"]), ("--document", desk.folder / "diploma.json"), ("--leaf", leaf))
    for number, name in enumerate(names):
        ran = desk.run("receipt", "reissue", *name, "--out", f"again{number}.json")
        assert (ran.code, f"the award at leaf {leaf} stands as before" in ran.out) == (0, True)
        again = desk.folder / f"again{number}.json"
        secrets = json.loads(again.read_bytes())["secrets"]
        assert (mode(again), secrets["standing"]) == (0o600, first["secrets"]["standing"])
        assert secrets["recognition"] != first["secrets"]["recognition"]


def test_a_receipt_is_rekeyed_and_taken_in(desk, receipts):
    """Rekeyed only when meant; a receipt that is known already is taken in without a trace."""
    refused = desk.run("receipt", "rekey", "--receipt", receipts["award"], "--out", "new.json")
    assert (refused.code, (desk.folder / "new.json").exists()) == (1, False)
    done = desk.run("receipt", "rekey", "--receipt", receipts["award"], "--out", "new.json", "--yes", "--json").json()
    assert (done["new"], done["receipt"], desk.verdict(desk.folder / "new.json")) == (True, "new.json", "verified")
    taken = desk.run("receipt", "import", "new.json").out
    assert taken == f"the award at leaf {done['leaf']} was known already; its standing is good\n"
