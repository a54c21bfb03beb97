"""Questions about a person's credential: trusts kept apart, standing, decisions before rules."""

from dataclasses import replace

import pytest

from node.errors import InadmissibleError
from node.formats.write_elm import write_elm
from node.recognition.answers.asked import Ask
from node.recognition.answers.query import Queries
from node.recognition.awards.awarding import Awarding
from node.recognition.awards.issue import Awards
from node.recognition.known_logs import KnownLog
from node.recognition.logs.times import observe
from node.recognition.shown import show
from protocol.documents.presentation import Presentation
from tests.node.formats.documents import FULL, an_award, as_bytes
from tests.node.formats.sealing import proved
from tests.node.recognition.asking import DAY, ask, credential, decisions, publish, told
from tests.node.recognition.test_issue import a_credential
from tests.support.decisions import PAPER, a_decision, a_refusal
from tests.support.statements import BAY_ORIGIN, NORTHLAKE_ORIGIN, a_mandate, a_rule


async def test_a_credential_with_its_receipt_keeps_the_trusts_apart(partners):
    """Authentic by its award, issued by whom it names, quality as stated, good standing: each with its source."""
    await publish(partners, a_rule())
    await publish(partners, FULL | {"kind": "achievement"}, name="northlake")
    file, receipt = await credential(partners)
    answer = await ask(partners, shown=(show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN]),))
    trusts = answer.trusts
    assert [trusts.authentic.result, trusts.issuer.result, trusts.quality.result] == ["yes", "yes", "stated"]
    assert (answer.standing.standing, answer.standing.origin) == ("good", NORTHLAKE_ORIGIN)
    assert answer.institutions[0].outcome == "full"
    assert answer.standing.award.opening["says"] == "awarded"


@pytest.mark.parametrize(
    ("shown", "standing", "why"),
    [
        pytest.param({"presented": False}, "unknown", "no receipt", id="no receipt"),
        pytest.param({"standing": False}, "unknown", "key of its standing", id="the key isn't shown"),
        pytest.param({"superseded": True}, "superseded", "superseded", id="superseded"),
        pytest.param({"old": True}, "unknown", "seconds old", id="a stale mirror"),
        pytest.param({"empty": True}, "unknown", "isn't in this node's copy", id="not in the mirror"),
        pytest.param({"convicted": True}, "unknown", "this log has shown two histories", id="two histories"),
    ],
)
async def test_without_good_standing_nothing_is_relied_on(partners, shown, standing, why):
    """None found, with that ground; what would apply is shown as advice."""
    await publish(partners, a_rule())
    file, receipt = await credential(partners)
    presentation = Presentation.of(receipt, standing=shown.get("standing", True), decisions=[BAY_ORIGIN])
    if shown.get("superseded"):
        await credential(partners, grade={"en": "excellent"})
    logs = list(partners.known_logs())
    if shown.get("old"):
        logs = [log if log.own else replace(log, seen_at=partners.clock.now() - 3 * DAY) for log in logs]
    if shown.get("convicted"):
        logs = [log if log.own else replace(log, convicted="ab" * 32) for log in logs]
    if shown.get("empty"):
        other = await partners.add("south", "South College", "FI", own=False)
        logs = [log if log.own else replace(log, reader=other.reader) for log in logs]
    presented = presentation.render() if shown.get("presented", True) else None
    answer = await ask(partners, shown=(show(document=file, presented=presented),), logs=logs)
    (bay,) = answer.institutions
    assert (answer.standing.standing, bay.outcome) == (standing, "none-found")
    assert why in bay.ground
    assert [(one.name, one.wins) for one in bay.applies] == [("northlake-water 1", False)]


async def test_a_decision_on_another_credential_is_not_told_of_this_one(partners):
    """Whoever shows one award with the key of what was decided on another is refused by whoever decided."""
    file, receipt = await credential(partners)
    _, other = await credential(partners, credential_id="urn:uuid:other")
    shown = show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN])
    await decisions(partners).decide(a_decision(), [shown])
    key = shown.decisions_key(BAY_ORIGIN)
    mixed = replace(Presentation.of(other), decisions={BAY_ORIGIN: key})
    with pytest.raises(InadmissibleError, match="another credential"):
        await ask(partners, shown=(show(presented=mixed.render()),))
    assert (await told(partners, shown=(shown,))).applies[0].type == "decision"


async def test_an_award_in_a_stranger_s_log_confirms_nothing(partners):
    """Anybody can enter anything in a log of theirs: the awarding body has not confirmed it."""
    await publish(partners, a_rule())
    await partners.add("mill", "Northern Lake University", "FI", [("schac", "mill.example")])
    file = a_credential()
    log = partners.logs["mill"]
    institutions = replace(partners.institutions(), logs=lambda: [log.known()])
    receipt = (
        await Awards(log, partners.records("mill"), Awarding(log, institutions), partners.database).issue(file)
    ).receipt
    logs = [one for one in partners.known_logs() if one.origin != log.origin]
    stranger = KnownLog(origin=log.origin, reader=log.reader, seen_at=partners.clock.now())
    shown = show(document=file, presented=receipt.render())
    answer = await ask(partners, shown=(shown,), logs=[*logs, stranger])
    assert (answer.trusts.issuer.result, answer.institutions[0].outcome) == ("no", "none-found")
    assert "has not confirmed" in answer.institutions[0].ground


async def test_an_award_under_a_mandate_is_the_awarding_body_s(partners):
    """Named with the mandate that confirms it."""
    log = await partners.add("south", "South Consortium", "FI")
    await publish(partners, a_mandate(log.origin), name="northlake")
    await publish(partners, a_rule())
    file = a_credential()
    issuer = Awards(log, partners.records("south"), Awarding(log, partners.institutions()), partners.database)
    receipt = (await issuer.issue(file)).receipt
    answer = await ask(partners, shown=(show(document=file, presented=receipt.render()),))
    assert (answer.trusts.issuer.result, answer.institutions[0].outcome) == ("yes", "full")
    assert "by mandate bay-seals" in answer.trusts.issuer.why


async def test_a_decision_on_the_credential_comes_before_every_rule(partners):
    """With its opening; a refusal is one of the four answers; a rule that came later may be reason to ask again."""
    file, receipt = await credential(partners)
    shown = show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN])
    await decisions(partners).decide(a_refusal(), [shown])
    await publish(partners, a_rule())
    answer = await told(partners, shown=(shown,))
    assert (answer.outcome, answer.applies[0].type) == ("refused", "decision")
    assert answer.applies[0].why == "a decision on this credential comes before every rule"
    assert answer.applies[0].reconsideration
    assert answer.applies[0].source.opening["outcome"] == "refused"
    assert answer.applies[0].appeal["withinDays"] == 30
    other_purpose = await told(partners, shown=(shown,), purpose="access")
    assert other_purpose.outcome == "none-found"


async def test_a_decision_logged_after_the_day_asked_about_is_marked(partners):
    """It stands, and nobody could know of it then; where the clocks leave that open, so does the answer."""
    await observe(partners.database, partners.known_logs, partners.clock.now())
    partners.clock.advance(2 * DAY)
    file, receipt = await credential(partners)
    shown = show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN])
    await decisions(partners).decide(a_decision(), [shown])
    await observe(partners.database, partners.known_logs, partners.clock.now())
    days = ("2026-11-23", "2026-11-25", "2026-11-26")
    found = [(await told(partners, shown=(shown,), at=day)).applies[0] for day in days]
    assert [(one.type, one.retroactive) for one in found] == [
        ("decision", "yes"), ("decision", "undetermined"), ("decision", "")
    ]  # fmt: skip


async def test_a_partner_s_decision_is_opened_by_the_learner_s_key(partners):
    """Without the document: outcome and purpose are all that the log says."""
    file, receipt = await credential(partners)
    shown = show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN])
    await decisions(partners).decide(a_decision(), [shown])
    partners.foreign |= {"bay"}
    partners.foreign -= {"northlake"}
    queries = Queries(
        database=partners.database,
        institutions=partners.institutions(),
        records={},
        clock=partners.clock,
        freshness_seconds=DAY,
    )
    (answer,) = (await queries.ask(Ask(shown=(shown,), institution=("origin", BAY_ORIGIN)))).institutions
    assert (answer.outcome, answer.applies[0].basis, answer.applies[0].name) == ("full", None, "1")


async def test_a_receipt_alone_tells_trusts_and_decisions(partners):
    """Without the file nothing says what it is about; its award says by whom, and the key what was decided."""
    file, receipt = await credential(partners)
    shown = show(presented=receipt.render(), origins=[BAY_ORIGIN])
    await decisions(partners).decide(
        a_decision(), [show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN])]
    )
    answer = await ask(partners, shown=(shown,))
    assert (answer.trusts.issuer.result, answer.standing.standing) == ("yes", "good")
    assert answer.institutions[0].sentence.startswith("College of the Bay recognises this credential as 5 ECTS")


async def test_a_decision_on_paper_is_found_by_the_paper_s_data(partners):
    """The institution's own records know the key; standing is not stated, and the steps go on."""
    await decisions(partners).decide(a_decision(), [show(paper=PAPER)])
    answer = await ask(partners, shown=(show(paper=PAPER),))
    assert (answer.standing.standing, answer.institutions[0].outcome) == ("not stated", "full")
    assert answer.trusts.authentic.result == "not checked"
    assert (await told(partners, shown=(show(paper=PAPER | {"number": "2019/0043"}),))).outcome == "none-found"


async def test_a_broken_seal_is_never_recognised(partners):
    """A document that was changed after it was sealed is not authentic; nothing is relied on."""
    await publish(partners, a_rule())
    file = as_bytes(proved(write_elm(an_award())) | {"validUntil": "2099-12-31T23:59:59Z"})
    answer = await ask(partners, shown=(show(document=file),))
    assert (answer.trusts.authentic.result, answer.institutions[0].outcome) == ("no", "none-found")
