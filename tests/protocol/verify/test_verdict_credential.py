"""What a verdict says of one credential: proved with a presentation's keys, else by the signer's word."""

import dataclasses
from typing import Any

import msgspec
import pytest

from protocol.documents.presentation import Presentation
from protocol.encoding.wire import b64url
from protocol.verify.checks import run
from protocol.verify.verdict import VERDICT
from tests.support.examples import RECOGNITION, STANDING
from tests.support.verdict_logs import make_excerpts, make_subject, make_verdict, signed
from tests.support.verdict_world import (
    ALONE,
    DATA,
    GOOD,
    a_consortium,
    changed,
    is_refused_for,
    step,
    verify,
)


def test_a_hidden_revocation_is_caught_by_the_presentation():
    """The log holds it, the verdict says 'good': whoever has the key of the standing sees it."""
    revoked = a_consortium("revoked")
    excerpts = make_excerpts(revoked)
    subject = make_subject(revoked, excerpts, revoked.policy())
    assert subject.standing.standing == "revoked"
    assert {one.outcome for one in subject.institutions} == {"none-found"}
    honest = verify(make_verdict(revoked, subject=subject), presentation=revoked.presentation().render())
    assert (honest.verdict, step(honest, "standing").result) == ("verified", "yes")

    before = make_subject(GOOD, make_excerpts(GOOD), GOOD.policy())
    lie = msgspec.structs.replace(
        before, logs=subject.logs, standing=msgspec.structs.replace(before.standing, award=subject.standing.award)
    )
    report = verify(make_verdict(revoked, subject=lie), presentation=revoked.presentation().render())
    assert (report.verdict, step(report, "standing").result) == ("refused", "no")
    assert "revoked" in step(report, "standing").text


def test_a_revocation_that_an_index_hides_is_caught():
    """The log's own index leaves it out: nobody recomputed that, so the credential isn't in good standing."""
    revoked = a_consortium("revoked")
    north = revoked.first
    north.left_out, north.indexers = (len(north.entries) - 1,), 1
    subject = make_subject(revoked, make_excerpts(revoked), revoked.policy())
    assert subject.standing.standing == "good"
    report = verify(make_verdict(revoked, subject=subject), presentation=revoked.presentation().render())
    assert (report.verdict, step(report, "standing").result) == ("refused", "no")
    assert "claimed by its log alone" in step(report, "standing").why


def test_a_hidden_decision_is_caught_by_the_presentation():
    """The verdict tells the rule below it instead: without the key nobody sees that, with it everybody."""
    lie = make_verdict(dataclasses.replace(GOOD, decided={}))
    alone = run(VERDICT, dataclasses.replace(ALONE, data=lie))
    assert (alone.verdict, step(alone, "decisions").result) == ("verified", "not checked")
    assert is_refused_for(lie, "decisions")


def test_an_end_of_a_chain_that_is_not_shown_is_no_good_standing():
    """Without the proof that there is no next status, nothing stands."""
    excerpts = make_excerpts(GOOD)
    subject = make_subject(GOOD, excerpts, GOOD.policy())
    first = subject.logs[0]
    for at in range(len(first.excerpt.index.answers)):
        answers = [one for position, one in enumerate(first.excerpt.index.answers) if position != at]
        index = msgspec.structs.replace(first.excerpt.index, answers=answers)
        log = msgspec.structs.replace(first, excerpt=msgspec.structs.replace(first.excerpt, index=index))
        cut = msgspec.structs.replace(subject, logs=(log, *subject.logs[1:]))
        assert verify(make_verdict(GOOD, subject=cut)).verdict == "refused"


def test_decisions_under_a_key_that_the_verdict_was_not_asked_with_are_refused():
    """The presentation shows more than the verdict answers."""
    subject = make_subject(GOOD, make_excerpts(GOOD), GOOD.policy())
    third = msgspec.structs.replace(subject.institutions[2], chains=())
    unasked = msgspec.structs.replace(subject, institutions=(*subject.institutions[:2], third))
    assert is_refused_for(make_verdict(GOOD, subject=unasked), "decisions")


def further_chain(subject: dict[str, Any], *, shown: bool) -> None:
    """Say that the second decided under a key more, which the presentation doesn't show."""
    (chain,) = subject["institutions"][1]["chains"]
    more = {name: value for name, value in chain.items() if name != "shown"}
    subject["institutions"][1]["chains"].append(more | ({"shown": True} if shown else {}))
    subject["institutions"][1]["applies"].insert(1, subject["institutions"][1]["applies"][0])


def test_decisions_under_other_keys_stay_the_signers_word():
    """Openings don't tell whose they are: only the chain under the key shown is proved to be the credential's."""
    report = verify(changed(lambda subject: further_chain(subject, shown=False)))
    assert (report.verdict, step(report, "decisions").result) == ("verified", "warning")
    assert "1 further chains" in " ".join(part.text for part in step(report, "decisions").parts)
    assert is_refused_for(changed(lambda subject: further_chain(subject, shown=True)), "decisions")


def test_what_a_decisions_document_says_is_the_signers_word():
    """Its entry says outcome and purpose; credits, scope, and whose it is come out as a warning, never as a yes."""

    def tell_document(subject: dict[str, Any]) -> None:
        amount = {"points": "5", "system": "ects"}
        lake = subject["institutions"][1]
        lake["chains"][0]["documents"] = [{"number": 1, "credits": amount}]
        lake["applies"][0]["credits"] = amount

    for data, told in ((DATA, False), (changed(tell_document), True)):
        part = step(verify(data), "institutions").parts[1]
        assert (part.result, "5 ects" in part.text, "signer's word" in part.why) == ("warning", told, True)


def test_keys_of_decisions_alone_are_not_seen_to_be_of_the_credential():
    """Nothing ties them to the file, so that they belong to it is a warning."""
    keys = dataclasses.replace(GOOD.presentation(), award=None, status_key=None)
    report = verify(DATA, presentation=keys.render())
    assert (report.verdict, step(report, "presentation").result) == ("verified", "warning")
    assert "presenter's word" in step(report, "presentation").why


def test_what_a_presentation_does_not_show_stays_the_signers_word():
    """An award alone leaves the standing and the decisions to the signer, told as a warning."""
    award_alone = dataclasses.replace(GOOD.presentation(), status_key=None, decisions={})
    report = verify(DATA, presentation=award_alone.render())
    assert report.verdict == "verified"
    assert (step(report, "standing").result, step(report, "decisions").result) == ("warning", "warning")
    assert "signer's word" in step(report, "standing").why


def test_another_credentials_presentation_is_refused():
    """It is of another file."""
    award = dataclasses.replace(GOOD.presentation().award, file_hash=b"\0" * 32)
    other = dataclasses.replace(GOOD.presentation(), award=award)
    assert is_refused_for(DATA, "presentation", presentation=other.render())


def test_another_file_is_refused():
    """The credential given is not the one that the verdict is about."""
    assert is_refused_for(DATA, "file", document=b"another file")


def test_it_carries_no_key_of_the_learner():
    """Neither secrets nor keys of chains stand in it, only openings."""
    keys = [STANDING, RECOGNITION, GOOD.presentation().status_key, *GOOD.presentation().decisions.values()]
    assert not [key for key in keys if b64url(key).encode() in DATA]


def no_standing(subject: dict[str, Any]) -> None:
    """Say nothing of the standing."""
    del subject["standing"]


def not_stated(subject: dict[str, Any]) -> None:
    """Say that the awarding body has no log."""
    subject["standing"] = {"standing": "not stated", "why": "the awarding body has no log that this node follows"}


def other_log(subject: dict[str, Any]) -> None:
    """Say that the award stands in another log."""
    subject["standing"] = {"standing": "good", "why": "so it is", "origin": "ledger.bay.example/nostra"}


@pytest.mark.parametrize("change", [no_standing, not_stated, other_log])
def test_a_standing_that_is_not_told_lets_nothing_count(change):
    """Whoever shows an award with its key sees that the verdict passes it over."""
    assert is_refused_for(changed(change), "standing")


def doubts(subject: dict[str, Any]) -> None:
    """Rely on nothing for the credential, for a reason that isn't in the logs."""
    subject["standing"] = {"standing": "unknown", "why": "its issuer is in doubt"}
    for one in subject["institutions"]:
        one |= {"outcome": "none-found", "ground": "its standing is unknown: its issuer is in doubt"}


def doubts_in_its_log(subject: dict[str, Any]) -> None:
    """The same, and the award's log is named."""
    doubts(subject)
    subject["standing"]["origin"] = "ledger.north.example/nostra"


@pytest.mark.parametrize("change", [doubts, doubts_in_its_log])
def test_a_signer_may_rely_on_less_than_the_logs_show(change):
    """That is told as the signer's word, and turns nothing to yes."""
    report = verify(changed(change))
    assert (report.verdict, step(report, "standing").result) == ("verified", "warning")
    assert "relies on nothing" in step(report, "standing").text


def another_award(**changes: Any) -> Presentation:
    """Return the presentation with another award."""
    shown = GOOD.presentation()
    return dataclasses.replace(shown, award=dataclasses.replace(shown.award, **changes))


def test_an_award_that_the_verdict_does_not_show_is_refused():
    """Another place, or an opening that is not its own."""
    elsewhere = dataclasses.replace(GOOD.presentation().award.log_proof, index=0)
    for presented in (another_award(log_proof=elsewhere), another_award(opening=b"\0" * 32)):
        assert is_refused_for(DATA, "standing", presentation=presented.render())


def test_a_question_on_an_achievement_alone_concerns_nobody():
    """Without a credential there is neither standing nor a sealed entry."""
    value = msgspec.json.decode(DATA)
    subject = value["credentialSubject"]
    for name in ("standing", "trusts"):
        del subject[name]
    del subject["asked"]["credential"]
    for one in subject["institutions"]:
        del one["chains"]
    lake = subject["institutions"][1]
    lake |= {"outcome": "full", "applies": lake["applies"][1:]}
    decisions_alone = dataclasses.replace(
        GOOD.presentation(), award=None, status_key=None, decisions={"x.example": b"k" * 32}
    )
    report = verify(signed(value, GOOD.institutions[1]), document=None, presentation=decisions_alone.render())
    assert report.verdict == "verified", "\n".join(report.lines())
    assert "no credential" in step(report, "standing").text
    assert "no sealed entry" in step(report, "openings").text
