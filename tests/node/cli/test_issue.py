"""`nostra issue`: a credential in, a receipt beside it that verifies, and one line about what went wrong."""

import json

import pytest

from node.formats.write_elm import write_elm
from tests.node.cli.desk import mode
from tests.node.formats.documents import LEAST, an_award, as_bytes
from tests.support.credentials import a_badge, a_credential


@pytest.mark.parametrize("written", [a_credential, a_badge], ids=["European", "Open Badge"])
def test_a_credential_is_awarded_and_its_receipt_verified(desk, written):
    """What is printed names title, leaf and receipt; the receipt is the learner's own file and holds offline."""
    document = desk.write("diploma.json", written())
    ran = desk.run("issue", document)
    receipt, leaf = desk.folder / "diploma.json.nostra-receipt.json", desk.node.get("/v1/log")["size"] - 1
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"Urban water quality is awarded now: leaf {leaf} of uni.example.org/nostra",
        f"receipt  {receipt}: give it to the learner; it opens the award to whoever holds it",
    ]
    assert mode(receipt) == 0o600
    assert desk.verdict(receipt, "--document", document) == "verified"
    assert desk.verdict(receipt, "--document", desk.write("other.json", a_credential())) == "refused"


def test_json_tells_the_same_without_the_secrets(desk):
    """For programs: the receipt is named, not printed."""
    document = desk.write("diploma.json", a_credential())
    ran = desk.run("issue", document, "--json", "--out", "receipt.json")
    told = ran.json()
    assert (told["new"], told["receipt"]) == (True, "receipt.json")
    secrets = json.loads((desk.folder / "receipt.json").read_bytes())["secrets"]
    assert not [secret for secret in secrets.values() if secret in ran.out]


def test_a_lost_receipt_is_made_anew_by_the_same_command(desk):
    """Same leaf, another receipt; one that is there is never written over."""
    document = desk.write("diploma.json", a_credential())
    first = desk.run("issue", document, "--json").json()
    receipt = desk.folder / "diploma.json.nostra-receipt.json"
    before = receipt.read_bytes()
    refused = desk.run("issue", document)
    assert refused.code == 1
    assert refused.err == f"nostra issue: {receipt} is there already: give another name with --out\n"
    assert receipt.read_bytes() == before
    again = desk.run("issue", document, "--out", "again.json")
    assert f"was awarded already: leaf {first['leaf']} of" in again.out
    assert desk.verdict(desk.folder / "again.json") == "verified"


def test_a_changed_file_supersedes(desk):
    """By the credential's own id, or by the leaf that it is told to replace."""
    for name, grade in (("old.json", "good"), ("new.json", "excellent")):
        desk.write(name, a_credential(credential_id="urn:x:changed", grade={"en": grade}))
    first = desk.run("issue", "old.json", "--json").json()
    second = desk.run("issue", "new.json")
    assert f"the award at leaf {first['leaf']} gives way to it" in second.out
    refused = desk.run("issue", "old.json", "--out", "x.json")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert f"say that it replaces leaf {first['leaf']}" in refused.err
    third = desk.run("issue", "old.json", "--out", "x.json", "--replaces", first["leaf"] + 1)
    assert third.code == 0, third.err


def test_a_log_is_chosen_by_name(desk):
    """Where a node holds several; a name that none has is told."""
    document = desk.write("diploma.json", a_credential("college"))
    refused = desk.run("issue", document)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "it can be decided on" in refused.err
    assert desk.run("issue", document, "--log", "college").code == 0
    assert desk.verdict(desk.folder / "diploma.json.nostra-receipt.json", log="college") == "verified"
    assert "no log named" in desk.run("issue", document, "--log", "a/b", "--out", "x").err


def test_a_request_key_is_sent_along(desk):
    """Another file under it is refused."""
    for name in ("one.json", "two.json"):
        desk.write(name, a_credential())
    assert desk.run("issue", "one.json", "--request-key", "batch-1").code == 0
    refused = desk.run("issue", "two.json", "--request-key", "batch-1")
    assert (refused.code, "was used for another file" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        pytest.param(None, 3, "missing.json: No such file", id="no file"),
        pytest.param(b"%PDF-1.7", 1, "this file is a PDF", id="no credential"),
        pytest.param(b" " * (6 << 20) + b"1", 1, "at most 6,291,456 are sent", id="too large"),
        pytest.param(as_bytes(write_elm(an_award(LEAST))), 1, "Hogeschool aan Zee", id="another's"),
    ],
)
def test_what_can_not_be_awarded_is_said_in_one_line(desk, content, code, says):
    """With its exit code, and without a receipt."""
    document = desk.folder / "missing.json" if content is None else desk.write("diploma.json", content)
    ran = desk.run("issue", document, "--out", "receipt.json")
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert ran.err.startswith("nostra issue: ")
    assert says in ran.err
    assert not (desk.folder / "receipt.json").exists()


@pytest.mark.parametrize(
    ("token", "arguments", "code", "says"),
    [
        pytest.param("nst_" + "A" * 43, [], 1, "`nostra token add` makes a token", id="unknown"),
        pytest.param("publish", [], 1, "the role issue", id="of another role"),
        pytest.param("", [], 2, "a token is needed: give --token-file FILE", id="none"),
        pytest.param("", ["--token-file", "missing"], 2, "No such file", id="file missing"),
        pytest.param("", ["--token-file", "open"], 2, "run `chmod 600 open`", id="file that others can read"),
        pytest.param("", ["--token-file", "binary"], 2, "holds no token", id="file of something else"),
        pytest.param("", ["--token-file", "closed"], 0, "", id="in a file"),
    ],
)
def test_the_token_comes_from_where_it_is_said(desk, monkeypatch, token, arguments, code, says):
    """From the environment or a file that nobody else can read; what is wrong with it is one line."""
    document = desk.write("diploma.json", a_credential())
    for name, content, bits in (("open", b"x", 0o644), ("binary", b"\xff\xfe", 0o600),
                                ("closed", desk.node.token.encode() + b"\n", 0o600)):  # fmt: skip
        desk.write(name, content).chmod(bits)
    monkeypatch.setenv(
        "NOSTRA_TOKEN", desk.node.make_token("publishes only", "publish") if token == "publish" else token
    )
    ran = desk.run("issue", document, *arguments)
    assert (ran.code, ran.err.count("\n")) == (code, 1 if code else 0), ran.err
    assert says in ran.err


@pytest.mark.parametrize("node", [["--node", "http://127.0.0.1:1"], []], ids=["unreachable", "unnamed"])
def test_a_node_that_is_not_there_is_said_in_one_line(desk, node):
    """Nobody answers, or nobody was named."""
    ran = desk.run("issue", desk.write("diploma.json", a_credential()), to=node)
    assert (ran.code, ran.err.count("\n")) == (1 if node else 2, 1)
    assert ("127.0.0.1:1" if node else "give --node URL, or --config FILE") in ran.err
