"""What reports tell: their words, their facts, and nothing that a file says by itself."""

import dataclasses

import pytest

from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note, NoteSignature
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError
from protocol.verify.checks import Question, run
from protocol.verify.kinds import MAX_FILE_BYTES, detect, verify_file
from protocol.verify.receipt import RECEIPT
from protocol.verify.report import MAX_SHOWN, Finding, Part, Report, Step, instant, shown
from protocol.verify.trust import Trust
from tests.support.examples import (
    CREDENTIAL,
    DECIDER,
    DECIDING_LOG,
    LEAF,
    LOG,
    ORIGIN,
    PARTNERS,
    POLICY,
    RECOGNITION,
    SIZE,
    STANDING,
    a_decision_receipt,
    a_note,
    a_receipt,
    among_others,
    the_decision_receipt,
)
from tests.vectors.receipt import ANNULLED, REPLACED, noted

TRUST = Trust(POLICY, "from the policy ours.policy")
DATA = a_receipt().render()


def step(report: Report, name: str) -> Step:
    """Return the step of that name."""
    return next(found for found in report.steps if found.name == name)


def test_a_receipts_report_tells_what_was_verified():
    """Who signed, who cosigned, where the entry stands and which file it is about."""
    report = verify_file(DATA, TRUST, document=CREDENTIAL)

    assert [(line.number, line.name, line.result) for line in report.steps] == [
        (1, "readable", "yes"),
        (2, "signed", "yes"),
        (3, "witnessed", "yes"),
        (4, "included", "yes"),
        (5, "tag", "yes"),
        (6, "statement", "yes"),
        (7, "document", "yes"),
        (8, "file", "yes"),
        (9, "standing", "not checked"),
    ]
    facts = report.facts
    assert (facts["origin"], facts["size"], facts["leaf"], facts["says"]) == (ORIGIN, SIZE, LEAF, "awarded")
    assert [one["name"] for one in facts["cosigned"]] == ["partner-1", "partner-2", "partner-3"]
    assert facts["quorum_time"] == "2026-09-21T14:13:27Z"
    assert facts["keys"] == [LOG.verifier.render()]
    assert "from the policy ours.policy" in step(report, "signed").why


def test_a_line_that_was_not_verified_names_no_signer():
    """Another trusted log's key did not sign because its name stands in the note: nobody verified that line."""
    forged = NoteSignature(DECIDER, DECIDING_LOG.verifier.key_id, bytes(64))
    note = Note.parse(a_receipt().log_proof.checkpoint).adding([forged]).render()
    signed = step(verify_file(note, TRUST), "signed")
    assert (signed.result, signed.facts["keys"]) == ("yes", [LOG.verifier.render()])
    assert DECIDING_LOG.verifier.render() not in signed.why


def test_a_refused_report_passes_on_no_fact():
    """What one step established is not shown as the file's content once another step failed."""
    report = verify_file(DATA, TRUST, document=b"another file")

    assert report.verdict == "refused"
    assert step(report, "signed").facts
    assert report.facts == {}


def test_what_nothing_vouches_for_stands_in_no_report():
    """The file's name and the secrets are the receipt's own words."""
    report = verify_file(dataclasses.replace(a_receipt(), file_name="made-up.pdf").render(), TRUST)

    text = "\n".join(report.lines()) + str(report.plain())
    assert report.verdict == "verified"
    assert "made-up" not in text
    assert [secret for secret in (STANDING, RECOGNITION) if b64url(secret) in text or secret.hex() in text] == []


def test_a_trusted_key_is_asked_for_by_the_logs_name():
    """Without one the file is refused, and the reader told whose key to get."""
    report = verify_file(DATA, Trust())

    assert report.verdict == "refused"
    assert f"no trusted key for {ORIGIN}" in step(report, "signed").text
    assert step(report, "included").why == "it builds on step 2"


def test_a_receipt_under_a_key_alone_is_unwitnessed():
    """It verifies with a warning: only the log vouches for its state."""
    report = verify_file(DATA, Trust.by_keys([LOG.verifier], "given with --key"))

    assert (report.verdict, step(report, "witnessed").result) == ("verified", "warning")
    assert report.facts["cosigned"] == []


def test_too_few_cosignatures_are_told():
    """The reader sees who was asked for and who is there."""
    report = verify_file(noted(a_note(among_others(a_receipt().entry), cosigners=PARTNERS[:1])), TRUST)

    assert "'partners', and partner-1 cosigned" in step(report, "witnessed").why


@pytest.mark.parametrize(
    ("receipt", "told"),
    [
        (the_decision_receipt(), "1 on the credential: decided, with the outcome 'full' for the purpose 'credit'."),
        (
            a_decision_receipt(REPLACED),
            "2 on the credential: no. 1 is replaced, with the outcome 'partial' for the purpose 'credit'.",
        ),
        (ANNULLED, "2 on the credential: no. 1 is annulled."),
    ],
)
def test_a_decisions_report_tells_the_decision(receipt, told):
    """Number, act, outcome and purpose, in a sentence and as facts."""
    report = verify_file(receipt.render(), TRUST)

    assert step(report, "statement").text == f"The entry says, as decision no. {told}"
    assert step(report, "statement").facts["number"] == receipt.statement.number
    assert ("outcome" in step(report, "statement").facts) == bool(receipt.statement.outcome)


def test_a_verified_decision_is_passed_on_whole():
    """The document is among the facts once it is verified."""
    report = verify_file(the_decision_receipt().render(), TRUST)

    assert report.facts["decision"]["fileNumber"] == "REC/2026/0117"
    assert report.facts["origin"] == DECIDER


def test_kinds_are_told_apart_by_their_bytes():
    """Also where the bytes then turn out to be no good file of the kind."""
    pretty = DATA.replace(b'","', b'", "')
    found = {
        "receipt": [DATA, pretty],
        "decision-receipt": [the_decision_receipt().render()],
        "tlog-proof": [a_receipt().log_proof.render(), b"c2sp.org/tlog-proof@v1"],
        "checkpoint": [a_receipt().log_proof.checkpoint],
    }
    for name, files in found.items():
        assert [kind.name for data in files if (kind := detect(data))] == [name] * len(files)
    assert verify_file(pretty, TRUST).kind == "receipt"
    assert detect(b"hello") is None


def test_a_program_may_know_further_kinds():
    """The kinds are an argument: a node passes more, and none is known that is not passed."""
    report = verify_file(DATA, TRUST, kinds=())

    assert (report.kind, report.verdict) == ("unknown", "unreadable")


def test_a_file_has_a_largest_size():
    """What is larger is not looked at."""
    assert "larger than 16 MiB" in verify_file(bytes(MAX_FILE_BYTES + 1), TRUST).steps[0].why


def test_only_logs_keys_are_trusted_by_themselves():
    """A cosigner's key speaks for no log."""
    with pytest.raises(MalformedError, match="cosigner"):
        Trust.by_keys([LOG.verifier, PARTNERS[0].verifier])


def test_texts_can_not_play_with_the_readers_screen():
    """Control and direction marks are spelt out, long texts cut."""
    assert shown("a\x1b[31m\u202eb\n") == "a\\u001b[31m\\u202eb\\u000a"
    assert shown("\u00e4" * 600) == "\u00e4" * (MAX_SHOWN - 1) + "\u2026"
    name = "evil\u202e.example"
    key = VerifierKey(name, 1, LOG.verifier.public_key)
    note = a_note(among_others(b"x")).replace(ORIGIN.encode(), name.encode())
    report = verify_file(note, Trust.by_keys([key]))
    assert "\u202e" not in "".join(report.lines())


def test_facts_go_with_a_positive_result_only():
    """A finding that is negative or not checked loses what it may have brought."""
    for result, kept in (("yes", {"a": 1}), ("warning", {"a": 1}), ("no", {}), ("not checked", {})):
        assert Step.of(1, "name", Finding(result, "text", "why", {"a": 1})).facts == kept


def test_a_report_is_a_json_value():
    """Steps without facts have none; the verdict stands beside the kind."""
    report = run(RECEIPT, Question(DATA, TRUST))

    plain = report.plain()
    assert (plain["kind"], plain["verdict"]) == ("receipt", "verified")
    assert [line["name"] for line in plain["steps"] if "facts" in line] == [
        "signed", "witnessed", "included", "tag", "statement", "document",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (253402300799, "9999-12-31T23:59:59Z"),
        (2**63 - 1, "9223372036854775807 seconds after 1970"),
    ],
)
def test_every_time_of_a_cosignature_can_be_told(seconds, text):
    """Times beyond the calendar are told as the number they are."""
    assert instant(seconds) == text


def test_a_step_is_as_good_as_the_worst_of_its_parts():
    """Nine good parts and one bad one are no yes, and each part stands in the lines and in the JSON."""
    good, bad = Part("yes", "one is good"), Part("no", "the other isn't", "it differs")
    assert Finding("yes", "all").sound().result == "yes"
    assert Finding("yes", "all", parts=[good, Part("warning", "hm")]).sound().result == "warning"
    finding = Finding("yes", "all", facts={"size": 1}, parts=[good, bad]).sound()
    step = Step.of(1, "logs", finding)
    report = Report("verdict", "refused", (step,))
    assert (step.result, step.facts) == ("no", {})
    assert list(report.lines())[1:3] == [
        "      yes          one is good",
        "      no           the other isn't (it differs)",
    ]
    assert report.plain()["steps"][0]["parts"][1] == {"result": "no", "text": "the other isn't", "why": "it differs"}
