"""`nostra decide`: on what a learner shows, on a file, on paper; replaced, taken back, its files got again."""

import json

import pytest

from tests.node.cli.desk import mode
from tests.support.credentials import a_credential
from tests.support.decisions import PAPER, a_decision, a_refusal


@pytest.fixture
def learner(desk):
    """Give a learner's credential, awarded by the university, and the receipt beside it."""
    document = desk.write("diploma.json", a_credential())
    assert desk.run("issue", document, "--out", "receipt.json").code == 0
    return document, desk.folder / "receipt.json"


@pytest.fixture
def decision(desk):
    """Give the file of a decision."""
    return desk.write("decision.json", a_decision())


def a_paper(desk, number: str):
    """Write what a paper says."""
    return desk.write(f"paper-{number}.json", PAPER | {"number": number})


def leaf_of(ran) -> int:
    """Return the leaf that a command's first line names."""
    return int(ran.out.partition("at leaf ")[2].partition(":")[0])


def test_a_decision_on_what_a_learner_shows(desk, learner, decision):
    """One line of what was entered, and the learner's file: mode 0600, verified offline beside the credential."""
    document, receipt = learner
    ran = desk.run("decide", decision, "--receipt", receipt, "--document", document, "--log", "college")
    leaf = leaf_of(ran)
    file = desk.folder / f"decision-{leaf}.nostra-decision.json"
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [f"entered at leaf {leaf}: full, for credit", f"for the learner  {file.name}"]
    assert mode(file) == 0o600
    assert desk.verdict(file, "--document", document, log="college") == "verified"
    assert desk.verdict(file, log="uni") == "refused"


@pytest.mark.parametrize("shown", ["document", "paper"])
def test_without_a_receipt_the_learner_gets_the_key_too(desk, decision, shown):
    """On a file from outside the network or on paper: a presentation beside the decision receipt."""
    file = desk.write("scan.pdf", b"%PDF-1.7") if shown == "document" else a_paper(desk, "1")
    ran = desk.run("decide", decision, f"--{shown}", file)
    names = [line.partition("  ")[2] for line in ran.out.splitlines()[1:]]
    assert [name.partition(".")[2] for name in names] == ["nostra-decision.json", "nostra-presentation.json"]
    assert [mode(desk.folder / name) for name in names] == [0o600, 0o600]
    kept = json.loads((desk.folder / names[1]).read_bytes())
    assert list(kept["decisions"]) == ["uni.example.org/nostra"]


def test_json_names_the_files_and_prints_no_secret(desk, decision):
    """For programs: what was entered, the document, and where the learner's files are."""
    ran = desk.run("decide", decision, "--paper", a_paper(desk, "2"), "--json")
    told = ran.json()
    assert (told["new"], told["decision"]["outcome"], len(told["files"])) == (True, "full", 2)
    receipt, presentation = (json.loads((desk.folder / name).read_bytes()) for name in told["files"])
    assert receipt["opening"]["key"] not in ran.out
    assert presentation["decisions"]["uni.example.org/nostra"] not in ran.out


def test_a_group_gets_a_file_for_each_credential(desk, learner, decision):
    """Each document beside its receipt, in the same order, and a paper: three receipts, one presentation."""
    document, receipt = learner
    other = desk.write("other.json", a_credential())
    desk.run("issue", other, "--out", "other-receipt.json")
    pairs = ["--document", document, "--document", other, "--receipt", receipt, "--receipt", "other-receipt.json"]
    ran = desk.run("decide", decision, *pairs, "--paper", a_paper(desk, "3"))
    leaf = leaf_of(ran)
    kinds = [f"{leaf}-1.nostra-decision", f"{leaf}-2.nostra-decision", f"{leaf}-3.nostra-decision"]
    names = [f"decision-{kind}.json" for kind in (*kinds, f"{leaf}.nostra-presentation")]
    assert ran.out.splitlines()[1:] == [f"for the learner  {name}" for name in names]
    assert [desk.verdict(desk.folder / name) for name in names[:3]] == ["verified"] * 3
    crossed = ["--document", document, "--document", other, "--receipt", "other-receipt.json", "--receipt", receipt]
    refused = desk.run("decide", decision, *crossed)
    assert (refused.code, "about another file" in refused.err) == (1, True)


def test_a_decision_is_replaced_and_taken_back(desk, decision):
    """By leaf or id, each with its receipt for the learner."""
    first = desk.run("decide", decision, "--paper", a_paper(desk, "4"))
    refusal = desk.write("refusal.json", a_refusal())
    second = desk.run("decide", refusal, "--replaces", leaf_of(first), "--json").json()
    assert second["decision"]["outcome"] == "refused"
    third = desk.run("decide", "--withdraw", second["decision"]["id"])
    assert third.out.startswith(f"entered at leaf {leaf_of(third)}: the earlier decision stands no longer\n")
    file = desk.folder / f"decision-{leaf_of(third)}.nostra-decision.json"
    assert "withdrawn" in desk.alone("receipt", "show", file).out
    refused = desk.run("decide", "--annul", second["leaf"])
    assert (refused.code, refused.err) == (1, "nostra decide: this decision doesn't stand any more\n")


def test_a_decision_is_not_lost_where_its_file_can_not_be_written(desk, decision):
    """The message says that it stands and how to get the files; they verify, and no file was written over."""
    paper = a_paper(desk, "5")
    leaf = desk.node.get("/v1/log")["size"]
    taken = desk.write(f"decision-{leaf}.nostra-decision.json", b"somebody's own")
    ran = desk.run("decide", decision, "--paper", paper)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"nostra decide: what was decided stands at leaf {leaf}, but {taken.name} is there already: "
        f"get its files with `nostra decide --again {leaf} --out FOLDER`\n"
    )
    assert taken.read_bytes() == b"somebody's own"
    (desk.folder / "again").mkdir()
    again = desk.run("decide", "--again", leaf, "--out", "again")
    assert again.out.splitlines()[0] == f"entered already at leaf {leaf}: full, for credit"
    assert desk.verdict(desk.folder / f"again/{taken.name}") == "verified"
    assert {mode(file) for file in (desk.folder / "again").iterdir()} == {0o600}
    assert desk.node.get("/v1/log")["size"] == leaf + 1


def test_the_same_decision_again_was_entered_already(desk, decision):
    """Into another folder, as the first one's files stay; another decision under its request key is refused."""
    (desk.folder / "again").mkdir()
    paper = a_paper(desk, "6")
    first = desk.run("decide", decision, "--paper", paper, "--request-key", "case-6")
    again = desk.run("decide", decision, "--paper", paper, "--request-key", "case-6", "--out", "again")
    assert again.out.startswith(f"entered already at leaf {leaf_of(first)}: ")
    other = desk.write("other.json", a_decision(purpose="access"))
    refused = desk.run("decide", other, "--paper", paper, "--request-key", "case-6", "--out", "again")
    assert (refused.code, "request key belongs to another decision" in refused.err) == (1, True)


def test_every_problem_of_a_decision_is_a_line(desk):
    """One line that it can't be entered, then each place; nothing is entered."""
    before = desk.node.get("/v1/log")["size"]
    broken = desk.write("decision.json", {**a_refusal(), "grounds": [], "unit": "Registry", "colour": "green"})
    first, *problems = desk.run("decide", broken, "--paper", a_paper(desk, "7")).err.splitlines()
    assert first.startswith("nostra decide: this decision can't be entered: ")
    assert {line.strip().partition(": ")[0] for line in problems} >= {"unit", "colour"}
    assert desk.node.get("/v1/log")["size"] == before


REFUSED = [
    pytest.param(["decision.json", "--paper", "missing"], 3, "missing: No such file", id="no paper"),
    pytest.param(["missing", "--paper", "paper.json"], 3, "missing: No such file", id="no decision"),
    pytest.param(
        ["decision.json", "--receipt", "scan"], 3, "scan: line 1, column 1: not JSON", id="a receipt that is none"
    ),
    pytest.param(["decision.json", "--receipt", "paper.json"], 1, "is of kind 'None'", id="another file as receipt"),
    pytest.param(["decision.json", "--paper", "paper.json", "--out", "no"], 1, "no is no folder", id="no folder"),
    pytest.param(["--annul", "999999"], 1, "no decision of this node is known as 999999", id="no such decision"),
    pytest.param(["--again", "999999"], 1, "no decision of this node is known as 999999", id="no such files"),
    pytest.param(["--paper", "paper.json"], 2, "a decision document is needed", id="no document"),
    pytest.param(["decision.json"], 2, "on which credential?", id="no credential"),
    pytest.param(
        ["decision.json", "--document", "scan", "--document", "scan", "--receipt", "paper.json"],
        2,
        "2 documents and 1 receipts",
        id="a receipt short",
    ),
    pytest.param(["decision.json", "--annul", "1"], 2, "--annul names a decision and takes no a dec", id="annul more"),
    pytest.param(["--withdraw", "1", "--paper", "paper.json"], 2, "takes no --paper", id="withdraw more"),
    pytest.param(["decision.json", "--replaces", "1", "--receipt", "x"], 2, "takes no --receipt", id="replace more"),
    pytest.param(["--again", "1", "--request-key", "k"], 2, "takes no --request-key", id="again more"),
]


@pytest.mark.parametrize(("arguments", "code", "says"), REFUSED)
def test_what_can_not_be_done_is_said_in_one_line(desk, decision, arguments, code, says):
    """With its exit code, and nothing entered."""
    desk.write("paper.json", PAPER)
    desk.write("scan", b"%PDF")
    before = desk.node.get("/v1/log")["size"]
    ran = desk.run("decide", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1), ran.err
    assert ran.err.startswith("nostra decide: ")
    assert says in ran.err
    assert desk.node.get("/v1/log")["size"] == before


@pytest.mark.parametrize("arguments", [["--again", "x"], ["--again", "-1"], ["--annul", "1", "--withdraw", "1"]])
def test_wrong_usage_is_two(desk, arguments):
    """A leaf that is none, two acts at once."""
    assert desk.run("decide", *arguments).code == 2
