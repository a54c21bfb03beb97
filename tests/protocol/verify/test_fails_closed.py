"""Verification fails closed: with a check taken away nothing turns to yes, and no changed file verifies as another."""

import dataclasses
import json
from collections.abc import Iterator

import pytest

from protocol.documents.presentation import Presentation
from protocol.verify.checks import Kind, Question, run
from protocol.verify.decision import DECISION_RECEIPT
from protocol.verify.evidence import SPLIT_VIEW
from protocol.verify.kinds import KINDS, verify_file
from protocol.verify.log_files import CHECKPOINT, TLOG_PROOF
from protocol.verify.presentation import DECISIONS, PRESENTATION
from protocol.verify.receipt import RECEIPT
from protocol.verify.report import Report
from protocol.verify.trust import Trust
from protocol.verify.wrong_index import WRONG_INDEX
from tests.support import excerpts
from tests.support.examples import CREDENTIAL, LOG, POLICY, a_receipt, seed, the_decision_receipt
from tests.vectors import evidence, wrong_index
from tests.vectors import policy as policies
from tests.vectors import presentation as presentations
from tests.vectors import receipt as receipts
from tests.vectors import tlog_proof as proofs

TRUST = Trust(POLICY, "from a policy")
DATA = a_receipt().render()
PROOF = a_receipt().log_proof

GOOD = [
    (RECEIPT, Question(DATA, TRUST, CREDENTIAL)),
    (DECISION_RECEIPT, Question(the_decision_receipt().render(), TRUST, CREDENTIAL)),
    (PRESENTATION, Question(presentations.FULL.render(), TRUST, CREDENTIAL)),
    (PRESENTATION, Question(presentations.PROVED.render(), Trust(excerpts.POLICY), CREDENTIAL, excerpts.ASKED_AT)),
    (DECISIONS, Question(presentations.DECIDED.render(), Trust(excerpts.POLICY), None, excerpts.ASKED_AT)),
    (TLOG_PROOF, Question(PROOF.render(), TRUST, a_receipt().entry)),
    (CHECKPOINT, Question(PROOF.checkpoint, TRUST)),
    (SPLIT_VIEW, Question(evidence.DATA, TRUST)),
    (SPLIT_VIEW, Question(evidence.AT_ONE_SIZE, TRUST)),
    (WRONG_INDEX, Question(wrong_index.OMITTED.render(), TRUST)),
    (WRONG_INDEX, Question(wrong_index.TREE.render(), TRUST)),
]


def forged_presentations() -> Iterator[bytes]:
    """Give presentations of which one part is another's, and one that shows keys of decisions alone."""
    award = presentations.FULL.award
    for part in ("opening", "status_key_id", "file_hash"):
        other = dataclasses.replace(award, **{part: seed(part)})
        yield Presentation(award=other).render()
    other_leaf = dataclasses.replace(award.log_proof, index=award.log_proof.index - 1)
    yield Presentation(award=dataclasses.replace(award, log_proof=other_leaf)).render()
    yield presentations.PAPER.render()


LOG_ALONE = Trust.by_keys([LOG.verifier])
ENTRY = proofs.ENTRIES[proofs.LEAF]
BAD = (
    [(RECEIPT, Question(data, Trust(trusted), file)) for _, data, trusted, file, _ in receipts.REFUSED.values()]
    + [(RECEIPT, Question(data, TRUST)) for _, data in receipts.UNREADABLE.values()]
    + [(DECISION_RECEIPT, Question(data, TRUST, file)) for _, data, file, _ in receipts.DECISIONS_REFUSED.values()]
    + [(DECISION_RECEIPT, Question(data, TRUST)) for _, data in receipts.DECISIONS_UNREADABLE.values()]
    + [(PRESENTATION, Question(data, TRUST, CREDENTIAL)) for data in forged_presentations()]
    + [
        (PRESENTATION, Question(data, Trust(excerpts.POLICY), CREDENTIAL, excerpts.ASKED_AT))
        for _, data in presentations.NOT_SHOWN.values()
    ]
    + [(TLOG_PROOF, Question(data, LOG_ALONE, ENTRY)) for _, data, _ in proofs.UNSOUND.values()]
    + [(TLOG_PROOF, Question(data, LOG_ALONE, ENTRY)) for _, data in proofs.MALFORMED.values()]
    + [(TLOG_PROOF, Question(PROOF.render(), TRUST))]
    + [
        (CHECKPOINT, Question(note, Trust(policies.Policy.parse(text.encode()))))
        for _, text, note, _ in policies.UNFULFILLED.values()
    ]
    + [(SPLIT_VIEW, Question(data, Trust(policy))) for _, data, policy, _ in evidence.REFUSED.values()]
    + [(SPLIT_VIEW, Question(data, TRUST)) for _, data in evidence.UNREADABLE.values()]
    + [(WRONG_INDEX, Question(data, Trust(policy))) for _, data, policy, _ in wrong_index.REFUSED.values()]
    + [(WRONG_INDEX, Question(data, TRUST)) for _, data in wrong_index.UNREADABLE.values()]
)


def without(kind: Kind, name: str) -> Kind:
    """Return the kind with one check taken out of its table."""
    return dataclasses.replace(kind, checks=tuple(check for check in kind.checks if check.name != name))


def positive(report: Report) -> set[str]:
    """Return the names of the steps that a reader would take as a yes."""
    return {step.name for step in report.steps if step.result in ("yes", "warning")}


def test_the_good_files_are_verified():
    """Else the tests below would show nothing."""
    for kind, question in GOOD:
        report = run(kind, question)
        assert (kind.name, report.verdict) == (kind.name, "verified")
        left_out = set() if question.at else {"proofs", "standing", "decisions", "cause"}
        assert positive(report) | left_out == set(kind.steps) | left_out


@pytest.mark.parametrize(("kind", "question"), GOOD, ids=[kind.name for kind, _ in GOOD])
def test_a_good_file_is_refused_once_a_check_is_missing(kind, question):
    """Each check in turn is taken away: its step, and what builds on it, comes out 'not checked'."""
    for name in kind.steps:
        report = run(without(kind, name), question)
        missing = next(step for step in report.steps if step.name == name)
        assert (name, report.verdict, missing.result, report.facts) == (name, "refused", "not checked", {})


def test_no_bad_file_gains_a_yes_once_a_check_is_missing():
    """Each bad file, with each check in turn taken away, is not verified and no step turns to yes."""
    assert len(BAD) > 130
    for kind, question in BAD:
        before = run(kind, question)
        assert before.verdict != "verified"
        for name in kind.steps:
            report = run(without(kind, name), question)
            assert report.verdict != "verified"
            assert positive(report) <= positive(before)


def test_the_table_has_one_check_for_each_step():
    """No step stands without a check, and no check without a step."""
    for kind in KINDS:
        assert tuple(check.name for check in kind.checks) == kind.steps


@pytest.mark.parametrize(
    ("good", "bytes_of"),
    [(DATA, lambda byte: (byte ^ 1, byte ^ 0x20, 0x41)), (the_decision_receipt().render(), lambda byte: (byte ^ 1,))],
    ids=["receipt", "decision-receipt"],
)
def test_every_changed_byte_is_refused_or_changes_nothing_shown(good, bytes_of):
    """A file with any byte replaced does not verify, or the report establishes the very same."""
    expected = verify_file(good, TRUST, document=CREDENTIAL).facts
    verified = 0
    for at in range(len(good)):
        for byte in bytes_of(good[at]):
            changed = good[:at] + bytes([byte]) + good[at + 1 :]
            report = verify_file(changed, TRUST, document=CREDENTIAL)
            if report.verdict != "verified":
                continue
            verified += 1
            assert all(one in expected["cosigned"] for one in report.facts["cosigned"])
            assert established(report) == {name: expected[name] for name in established(report)}
    # A file's name, the recognition secret and the lines of unknown cosigners are vouched for by nothing.
    assert 0 < verified < len(good)


def established(report: Report) -> dict:
    """Return what a report establishes, but for who cosigned: fewer may have, up to the quorum."""
    return {name: value for name, value in report.facts.items() if name not in ("cosigned", "quorum_time")}


def test_every_cut_receipt_is_unreadable():
    """A receipt that lost its end is no receipt."""
    assert {verify_file(DATA[:at], TRUST).verdict for at in range(len(DATA))} == {"unreadable"}


def test_a_key_inside_the_file_proves_nothing():
    """A file that carries its own key, policy or trust is refused as unreadable."""
    for member in ("key", "policy", "trust"):
        data = receipts.written(DATA, **{member: LOG.verifier.render()})
        assert verify_file(data, Trust()).verdict == "unreadable"


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"{}", b"[", b"[" * 100_000, b"\xff\xfe", b"hello", b'{"kind":"receipt"}']
)
def test_nothing_about_a_file_raises(data):
    """Whatever the bytes are, a report comes out, and it is not 'verified'."""
    report = verify_file(data, TRUST, document=data)
    assert report.verdict == "unreadable"
    assert json.dumps(report.plain())
