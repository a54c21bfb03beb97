"""`nostra present`: what a learner shows of a receipt goes to a file of its own."""

import json

import pytest

from tests.node.cli.desk import mode
from tests.support.credentials import a_credential


@pytest.fixture
def receipt(desk):
    """Give a receipt's file."""
    assert desk.run("issue", desk.write("diploma.json", a_credential()), "--out", "diploma.receipt.json").code == 0
    return desk.folder / "diploma.receipt.json"


def shown(file) -> dict:
    """Return what a presentation holds."""
    return json.loads(file.read_bytes())


def test_the_award_and_its_standing_are_shown(desk, receipt):
    """By default; the file is the learner's own, holds no secret of the receipt, and verifies."""
    ran = desk.run("present", receipt, "--out", "shown.json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("shown  the award\nshown  its standing, today and later\n")
    file = desk.folder / "shown.json"
    assert (mode(file), desk.verdict(file, "--document", desk.folder / "diploma.json")) == (0o600, "verified")
    assert [secret for secret in shown(receipt)["secrets"].values() if secret in file.read_text()] == []
    assert desk.run("present", receipt, "--out", "shown.json").code == 1


def test_what_is_chosen_is_shown(desk, receipt):
    """The award alone; and the decisions of one institution besides."""
    assert desk.run("present", receipt, "--show", "award", "--out", "award.json").code == 0
    assert "standing" not in shown(desk.folder / "award.json")
    ran = desk.run("present", receipt, "--to", "ledger.other.example/nostra", "--out", "to.json", "--json")
    assert list(shown(desk.folder / "to.json")["decisions"]) == ["ledger.other.example/nostra"]
    assert any("doesn't follow it" in note for note in ran.json()["notes"])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param(["--show", "everything"], 2, id="an unknown choice"),
        pytest.param(["--to", "nobody.example"], 1, id="an unknown institution"),
    ],
)
def test_what_cannot_be_shown_is_refused(desk, receipt, options, code):
    """No file is written."""
    assert desk.run("present", receipt, *options, "--out", "none.json").code == code
    assert not (desk.folder / "none.json").exists()
