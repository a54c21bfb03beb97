"""What the report on evidence tells, and what the command says of it."""

import json

import pytest

from protocol.__main__ import main
from protocol.documents.evidence import evidence_id
from protocol.encoding.wire import b64
from protocol.log.merkle import root_of
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.support.examples import LOG, ORIGIN, POLICY
from tests.vectors.evidence import AT_ONE_SIZE, BOTH_KEYS, DATA, FALSE, REFUSED, SUCCESSOR, TRUE, VERIFIED

TRUST = Trust(POLICY, "from the policy ours.policy")


def test_a_report_tells_both_histories():
    """Who signed what, in the order of the file, and what the second tree has where the first was signed."""
    report = verify_file(DATA, TRUST)

    assert [(step.name, step.result) for step in report.steps] == [
        ("readable", "yes"), ("first", "yes"), ("second", "yes"), ("conflict", "yes"), ("cause", "not checked"),
    ]  # fmt: skip
    keys = [LOG.verifier.render()]
    assert report.facts == {
        "first": {"keys": keys, "root": b64(root_of(FALSE[:5])), "size": 5},
        "id": evidence_id(DATA),
        "origin": ORIGIN,
        "root": b64(root_of(TRUE[:5])),
        "second": {"keys": keys, "root": b64(root_of(TRUE)), "size": 9},
    }
    assert b64(root_of(TRUE[:5])) in report.steps[3].why


def test_a_report_at_one_size_has_no_root_of_its_own():
    """The two notes say it all."""
    report = verify_file(AT_ONE_SIZE, TRUST)
    assert (report.verdict, "root" in report.facts) == ("verified", False)
    assert report.steps[3].why == "they give one size two root hashes"


def test_each_note_is_laid_at_the_key_that_signed_it():
    """Where a log has two keys, the reader sees which one signed which history."""
    report = verify_file(VERIFIED["two-keys"][1], Trust(BOTH_KEYS, "given"))
    assert [report.facts[name]["keys"] for name in ("first", "second")] == [
        [LOG.verifier.render()],
        [SUCCESSOR.verifier.render()],
    ]


def test_evidence_needs_no_quorum():
    """A policy that asks for partners' cosignatures believes evidence without any: the log convicts itself."""
    assert POLICY.quorum != "none"
    assert verify_file(DATA, TRUST).verdict == "verified"


@pytest.mark.parametrize("name", [name for name, case in REFUSED.items() if case[3] == "conflict"])
def test_no_accusation_passes_a_fact_on(name):
    """A failed proof leaves nothing behind that a page could show as found."""
    report = verify_file(REFUSED[name][1], TRUST)
    assert (report.verdict, report.facts) == ("refused", {})
    assert "this is no evidence" in report.steps[3].text


@pytest.mark.parametrize(
    ("data", "code"), [(DATA, 0), (REFUSED["honest"][1], 1), (DATA + b"\n", 3)], ids=["holds", "honest", "unreadable"]
)
def test_the_command_tells_what_came_of_it(tmp_path, capsys, data, code):
    """0 the evidence holds, 1 it does not, 3 it is none."""
    file = tmp_path / "found.nostra-evidence.json"
    file.write_bytes(data)
    assert main([str(file), "--key", LOG.verifier.render(), "--json"]) == code
    assert json.loads(capsys.readouterr().out)["kind"] == "split-view"
