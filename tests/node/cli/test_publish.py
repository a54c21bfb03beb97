"""`nostra institution`, `achievement`, `rule`, `mandate`: drafted, published, listed, ended, from files."""

import json

import pytest

from tests.node.cli.desk import mode
from tests.support.credentials import a_credential, an_achievement
from tests.support.entries import an_achievement_entry, bundle_of
from tests.support.statements import a_mandate, a_partial_rule, a_rule, an_institution

PUBLISHED = [
    pytest.param("institution", an_institution(), "uni", id="institution"),
    pytest.param("achievement", an_achievement(id="wat-204"), "wat-204", id="achievement"),
    pytest.param("rule", a_rule(id="full"), "full", id="rule"),
    pytest.param("rule", a_partial_rule(id="partly"), "partly", id="rule with texts"),
    pytest.param("mandate", a_mandate(id="bay"), "bay", id="mandate"),
]


@pytest.mark.parametrize(("kind", "value", "id_"), PUBLISHED)
def test_what_a_file_says_is_published_once(desk, kind, value, id_):
    """Id, version and leaf are printed; the very same again stood already, a change is the next version."""
    file = desk.write("entry.json", value)
    first, again = desk.run(kind, "publish", file), desk.run(kind, "publish", file, "--json")
    assert (first.code, again.code, first.err) == (0, 0, "")
    leaf = again.json()["leaf"]
    assert first.out == f"{kind} {id_} version 1 published: leaf {leaf}\n"
    assert again.json()["new"] is False
    assert desk.node.get(f"/v1/entries/{leaf}")["entry"] == again.json()["entry"]
    stood = desk.run(kind, "publish", file)
    assert stood.out == f"{kind} {id_} version 1 stood already: leaf {leaf}\n"


def test_a_change_is_the_next_version(desk):
    """The file is edited and published again, without any number in it."""
    desk.run("rule", "publish", desk.write("rule.json", a_rule(id="grows")))
    changed = desk.run("rule", "publish", desk.write("rule.json", a_rule(id="grows", validUntil="2029-12-31")))
    assert changed.out.startswith("rule grows version 2 published: leaf ")


def test_a_rule_is_ended_with_a_reason(desk):
    """From a day on; what ends is named by its id, and its newest version is meant."""
    desk.run("rule", "publish", desk.write("rule.json", a_rule(id="ends")))
    asked = ["rule", "withdraw", "ends", "--reason", "Kurssi on päättynyt.", "--language", "fi"]
    ran = desk.run(*asked, "--from", "2027-01-01", "--json")
    told = ran.json()
    assert (ran.code, told["entry"]["from"]) == (0, "2027-01-01")
    assert told["entry"]["target"]["version"] == 1
    assert told["texts"]["texts"]["reasons"] == {"fi": "Kurssi on päättynyt."}
    again = desk.run(*asked, "--from", "2027-01-01", "--version", "1")
    assert (again.code, "stood already" in again.out) == (0, True)
    nothing = desk.run("rule", "withdraw", "unheard-of", "--reason", "?")
    assert (nothing.code, nothing.err.splitlines()[0].startswith("nostra rule: this withdrawal can't be")) == (1, True)


def test_what_is_published_is_listed(desk):
    """Every one in its line, over as many pages as it takes; as JSON with the entries."""
    for number in range(3):
        value = an_achievement("college", id=f"c-{number}", code=f"C-{number}")
        desk.run("achievement", "publish", desk.write("entry.json", value), "--log", "college")
    listed = desk.run("achievement", "list", "--log", "college")
    assert listed.out.splitlines()[-1] == "3 in all"
    assert "c-1 version 1  C-1: Urban water quality" in listed.out
    told = desk.run("achievement", "list", "--log", "college", "--json").json()
    assert [one["entry"]["id"] for one in told] == ["c-0", "c-1", "c-2"]
    desk.run("rule", "publish", desk.write("rule.json", a_rule(id="r")), "--log", "college")
    rules = desk.run("rule", "list", "--log", "college").out
    assert "r version 1  full, for credit, from 2026-01-01" in rules


def test_more_than_a_page_is_listed(desk):
    """The node gives a hundred at once; the list goes on."""
    bundle = bundle_of(an_achievement_entry(f"PAGE-{number:03}") for number in range(201))
    octets = {"Content-Type": "application/octet-stream"}
    assert desk.node.post("/v1/entries", bundle, headers=octets).status == 201
    told = desk.run("achievement", "list", "--json").json()
    ids = [one["entry"]["id"] for one in told if one["entry"]["id"].startswith("page-")]
    assert ids == [f"page-{number:03}" for number in range(201)]


def test_a_draft_is_completed_and_published(desk):
    """What the document states goes into a file; what it doesn't is named; the file as it is can be published."""
    whole = desk.write("diploma.json", a_credential())
    ran = desk.run("achievement", "draft", whole, "--out", "draft.json")
    draft = desk.folder / "draft.json"
    assert ran.out.splitlines()[-1] == "draft  draft.json: complete it, then `nostra achievement publish draft.json`"
    assert mode(draft) == 0o600
    assert desk.run("achievement", "publish", draft).code == 0
    before = draft.read_bytes()
    refused = desk.run("achievement", "draft", whole, "--out", "draft.json")
    assert (refused.code, "is there already: give another name" in refused.err) == (1, True)
    assert draft.read_bytes() == before


def test_a_draft_on_the_terminal_stays_readable_by_programs(desk):
    """The entry is all there is on stdout; what is missing is named beside it, with the word that helps."""
    document = a_credential().replace(b'"learningOutcome"', b'"learningOutcomesOfAnotherProfile"')
    file = desk.write("diploma.json", document)
    ran = desk.run("achievement", "draft", file)
    assert "learningOutcomes" not in ran.json()
    assert "learningOutcomes     must be added: learning outcomes" in ran.err
    told = desk.run("achievement", "draft", file, "--json", "--out", "draft.json").json()
    assert told["complete"] is False
    assert json.loads((desk.folder / "draft.json").read_bytes()) == told["entry"]


def test_every_problem_of_a_file_is_a_line(desk):
    """One line says that it can't be published, and then each place with what is wrong there."""
    broken = a_rule(id="broken", outcome="partial", purposes=["fun"], validFrom="soon")
    ran = desk.run("rule", "publish", desk.write("rule.json", broken))
    first, *problems = ran.err.splitlines()
    assert (ran.code, ran.out) == (1, "")
    assert first.startswith("nostra rule: this rule can't be published: ")
    assert {line.strip().partition(": ")[0] for line in problems} >= {"purposes[0]", "validFrom"}
    assert all(line.startswith("  ") and ": " in line for line in problems)


@pytest.mark.parametrize("kind", ["institution", "achievement", "rule", "mandate"])
@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        pytest.param(None, 3, "No such file", id="no file"),
        pytest.param(b"{", 3, "not JSON", id="not JSON"),
        pytest.param(b"[]", 3, "expected a JSON object", id="a list"),
        pytest.param(b'{"id":"a","id":"b"}', 3, "stands twice", id="a member twice"),
        pytest.param(b'{"kind":"sealed"}', 1, "must be", id="another kind"),
    ],
)
def test_what_can_not_be_published_is_said_in_one_line(desk, kind, content, code, says):
    """With its exit code."""
    file = desk.folder / "missing.json" if content is None else desk.write("entry.json", content)
    ran = desk.run(kind, "publish", file)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert ran.err.startswith(f"nostra {kind}: ")
    assert says in ran.err


@pytest.mark.parametrize("arguments", [["rule"], ["rule", "withdraw", "x"], ["mandate", "list"], ["rule", "publish"]])
def test_wrong_usage_is_two(desk, arguments):
    """No action, no reason, an action that isn't there, no file."""
    assert desk.run(*arguments).code == 2
