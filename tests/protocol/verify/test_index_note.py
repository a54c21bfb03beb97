"""An index note as a file: what the report on it tells, and that nothing turns to yes without its check."""

import dataclasses

import pytest

from protocol.encoding.keys import Signer
from protocol.encoding.note import Note
from protocol.encoding.wire import b64
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.ended_key import EndedKey
from protocol.log.index_note import index_key
from protocol.verify.checks import Question, run
from protocol.verify.index_note import INDEX_NOTE
from protocol.verify.kinds import detect, verify_file
from protocol.verify.trust import Trust
from tests.support.examples import COSIGNED, LOG, ORIGIN, PARTNERS, POLICY
from tests.vectors.index import HEAD, LOG_ROOT
from tests.vectors.index_note import NO_NOTES, NOTE

TRUST = Trust(POLICY, "from the policy ours.policy")


def cosigned(*cosigners: Signer) -> bytes:
    """Return the index note with lines of cosigners."""
    note = Note.parse(NOTE)
    lines = [cosign(note.text, cosigner, time) for cosigner, time in zip(cosigners, COSIGNED, strict=False)]
    return note.adding(lines).render()


def results(data: bytes, trust: Trust = TRUST) -> tuple[str, list[str]]:
    """Return the verdict on a note and the result of each step."""
    report = run(INDEX_NOTE, Question(data, trust))
    return report.verdict, [step.result for step in report.steps]


def test_a_report_tells_who_signed_and_who_confirmed_it():
    """The log's key under the name of its index, and when the quorum was there."""
    report = verify_file(cosigned(*PARTNERS), TRUST)

    assert (report.kind, report.verdict) == ("index-note", "verified")
    facts = report.facts
    assert (facts["origin"], facts["size"], facts["hash"]) == (ORIGIN, HEAD.size, b64(HEAD.stated().root))
    assert facts["keys"] == [index_key(LOG.verifier).render()]
    assert facts["quorum_time"] == "2026-09-21T14:13:27Z"
    assert "confirmed this index of the log" in report.steps[2].text


def test_an_index_is_told_from_a_checkpoint():
    """By its first line; neither is verified as the other."""
    checkpoint = sign_checkpoint(Checkpoint(ORIGIN, HEAD.size, LOG_ROOT), LOG)
    assert [detect(data).name for data in (NOTE, checkpoint)] == ["index-note", "checkpoint"]
    assert results(checkpoint) == ("unreadable", ["no", "not checked", "not checked"])


@pytest.mark.parametrize(
    ("data", "trust", "verdict", "found"),
    [
        (cosigned(*PARTNERS[:1]), TRUST, "refused", ["yes", "yes", "no"]),
        (NOTE, Trust.by_keys([LOG.verifier]), "verified", ["yes", "yes", "warning"]),
        (NOTE, Trust(), "refused", ["yes", "not checked", "not checked"]),
        (NO_NOTES["impostor"][1], TRUST, "refused", ["yes", "not checked", "not checked"]),
        (NO_NOTES["damaged-signature"][1], TRUST, "refused", ["yes", "no", "not checked"]),
        (NO_NOTES["further-line"][1], TRUST, "unreadable", ["no", "not checked", "not checked"]),
    ],
    ids=["one of two", "nobody asked for", "nobody trusted", "impostor", "damaged", "further line"],
)
def test_a_note_is_worth_what_was_asked_for(data, trust, verdict, found):
    """Fewer cosigners than asked for, none asked for, another key, a bad line, another form."""
    assert results(data, trust) == (verdict, found)


def test_without_the_log_root_a_note_at_the_end_of_a_key_is_not_believed():
    """The note can't show which tree it is of; an answer of the index with its roots can."""
    ended = EndedKey.of(LOG.verifier, size=HEAD.size, root=LOG_ROOT, why="retired")
    assert results(NOTE, Trust(Policy.of_keys([ended])))[0] == "refused"


@pytest.mark.parametrize("name", INDEX_NOTE.steps)
def test_a_note_is_refused_once_a_check_is_missing(name):
    """Its step, and what builds on it, comes out 'not checked'."""
    checks = tuple(check for check in INDEX_NOTE.checks if check.name != name)
    report = run(dataclasses.replace(INDEX_NOTE, checks=checks), Question(cosigned(*PARTNERS), TRUST))
    assert (report.verdict, report.facts) == ("refused", {})
    assert next(step.result for step in report.steps if step.name == name) == "not checked"
