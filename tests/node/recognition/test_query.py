"""Questions: four ways of not being told yes, dates, precedence, and what is proved."""

import json
from dataclasses import replace

import msgspec
import pytest

from node.formats.write_elm import write_elm
from node.recognition.asked import Ask, NamedAchievement
from node.recognition.awarding import Awarding
from node.recognition.decide import Decisions
from node.recognition.issue import Awards
from node.recognition.known_logs import KnownLog
from node.recognition.publish import Publisher
from node.recognition.query import Queries
from node.recognition.question import AskedScope
from node.recognition.shown import show
from node.recognition.times import observe
from protocol.documents.presentation import Presentation
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding.keys import VerifierKey
from protocol.log.checkpoint import open_checkpoint
from tests.node.formats.documents import FULL, an_award, as_bytes
from tests.node.formats.sealing import proved
from tests.node.recognition.test_issue import a_credential, awards
from tests.support.decisions import PAPER, a_decision, a_refusal
from tests.support.ledger import Ledger
from tests.support.statements import BAY_ORIGIN, NORTHLAKE_ORIGIN, a_partial_rule, a_rule, an_institution

WATER = NamedAchievement(body=("schac", "northlake.example"), code="WAT-204")
DAY = 86_400


@pytest.fixture
async def two(ledger):
    """Give Northern Lake, a partner whose log is mirrored, and the College of the Bay, which asks and recognises."""
    ledger.foreign.add("northlake")
    await ledger.add("bay", "College of the Bay", "IE", [("schac", "bay.example")])
    await publish(ledger, an_institution(), name="northlake")
    await publish(ledger, an_institution("College of the Bay", "bay", country="IE"))
    return ledger


async def publish(ledger: Ledger, *values, name="bay"):
    """Publish in a log."""
    log = ledger.logs[name]
    publisher = Publisher(log, Awarding(log, ledger.institutions()), ledger.database, ledger.clock)
    return [await publisher.publish(value) for value in values]


def decisions(ledger: Ledger) -> Decisions:
    """Return what decides in the College of the Bay's log."""
    return Decisions(ledger.logs["bay"], ledger.records("bay"), ledger.database, ledger.clock)


async def ask(ledger: Ledger, *, logs=None, **parts):
    """Ask, by default about Northern Lake's course at the College of the Bay."""
    institutions = ledger.institutions()
    if logs is not None:
        institutions = replace(institutions, logs=lambda: logs)
    queries = Queries(
        database=ledger.database,
        institutions=institutions,
        records={BAY_ORIGIN: ledger.records("bay")},
        clock=ledger.clock,
        freshness_seconds=DAY,
    )
    if "shown" not in parts:
        parts = {"achievements": (WATER,)} | parts
    return await queries.ask(Ask(**{"institution": ("schac", "bay.example")} | parts))


async def told(ledger: Ledger, **parts):
    """Return what the one institution asked says."""
    (answer,) = (await ask(ledger, **parts)).institutions
    return answer


async def test_a_rule_answers_in_a_sentence_that_a_registrar_understands(two):
    """Outcome, credits, basis, the rule and since when."""
    await publish(two, a_rule())
    answer = await told(two)
    assert answer.sentence == (
        "College of the Bay recognises WAT-204 of Northern Lake University as 5 ECTS"
        " (Elective in environmental engineering), automatically, under rule northlake-water 1,"
        " in force since 2026-01-01, logged by 2026-11-24."
    )
    assert (answer.outcome, answer.credits.points, answer.basis) == ("full", "5", "automatic")
    assert (answer.applies[0].wins, answer.applies[0].why) == (True, "nothing else applies")


async def test_whatever_is_relied_on_is_proved(two):
    """The entry leads to the checkpoint that the log's key signed."""
    await publish(two, a_rule())
    source = (await told(two)).applies[0].source
    key = VerifierKey.parse(two.logs["bay"].reader.state.head.verifier_key)
    proof = TlogProof.parse(source.log_proof.encode())
    checkpoint, _ = open_checkpoint(proof.checkpoint, [key])
    verify_entry(bytes(source.entry), proof, checkpoint)
    assert (proof.index, json.loads(bytes(source.entry))["id"]) == (source.leaf, "northlake-water")


@pytest.mark.parametrize(
    "body",
    [("schac", "northlake.example"), ("erasmus", "SF NORTH01"), ("name", "FI:Northern Lake University")],
)
async def test_a_body_is_found_by_any_of_its_identifiers(two, body):
    """The rule names one; the awarding body's own log says which others are the same."""
    await publish(two, a_rule())
    assert (await told(two, achievements=(NamedAchievement(body=body, code="WAT-204"),))).outcome == "full"


async def test_no_statement_is_not_a_refusal(two):
    """Nothing found says so, with whom to ask."""
    answer = await told(two)
    assert answer.outcome == "none-found"
    assert "That is not a refusal." in answer.sentence
    assert answer.contact.mailbox == "recognition@bay.example"


async def test_an_institution_without_a_log_is_unknown(two):
    """Neither yes nor no can be said."""
    answer = await told(two, institution=("schac", "unheard-of.example"))
    assert (answer.outcome, answer.ground) == ("unknown", "this node follows no log of it")


async def test_a_partner_never_reached_is_unreachable(two):
    """What was never read is neither silence nor refusal."""
    partner = KnownLog(origin="ledger.far.example/nostra", reader=None, name="far", failure="connection refused")
    answer = await ask(two, institution=("origin", partner.origin), logs=[*two.known_logs(), partner])
    assert answer.institutions[0].outcome == "unreachable"
    assert "connection refused" in answer.institutions[0].sentence
    assert [(log.read, log.failure) for log in answer.logs if log.origin == partner.origin] == [
        ("unreachable", "connection refused")
    ]


async def test_all_known_institutions_are_asked_but_the_awarding_one(two):
    """Each answers for itself."""
    await two.add("south", "South College", "FI", own=False)
    await publish(two, a_rule())
    answer = await ask(two, institution=None)
    assert {one.institution: one.outcome for one in answer.institutions} == {
        "College of the Bay": "full",
        "ledger.south.example/nostra": "none-found",
    }


async def test_others_rules_are_precedents(two):
    """Advice only: what a third institution says of the same."""
    south = await two.add("south", "South College", "FI")
    await publish(two, a_rule(), name="south")
    answer = await ask(two)
    assert answer.institutions[0].outcome == "none-found"
    assert [(one.origin, one.outcome, one.credits.points) for one in answer.precedents] == [(south.origin, "full", "5")]


RULES = {
    "partial": a_partial_rule(),
    "full": a_rule(),
    "full for one programme": a_rule(id="only-eng", scope={"programmes": ["ENG"]}),
    "access": a_rule(id="may-apply", purposes=["access"]),
    "not yet": a_rule(id="later", validFrom="2027-01-01"),
    "ended": a_rule(id="earlier", validFrom="2020-01-01", validUntil="2025-12-31"),
    "of versions": a_rule(
        id="versions",
        subject={
            "type": "achievements",
            "group": [{"body": {"scheme": "schac", "value": "northlake.example"}, "code": "WAT-204", "versions": [1]}],
        },
    ),
}


@pytest.mark.parametrize(
    ("published", "parts", "wins", "why"),
    [
        pytest.param(["partial", "full"], {}, "northlake-water 1", "more favourable", id="the more favourable"),
        pytest.param(["full", "partial"], {}, "northlake-water 1", "more favourable", id="in any order"),
        pytest.param(
            ["full for one programme", "partial"], {}, "northlake-water-partly 1", "wherever", id="an open scope"
        ),
        pytest.param(
            ["full for one programme", "partial"],
            {"scope": AskedScope(programme="ENG")},
            "only-eng 1",
            "more favourable",
            id="its own programme",
        ),
        pytest.param(
            ["full for one programme"],
            {"scope": AskedScope(programme="LAW")},
            None,
            "its scope",
            id="another programme",
        ),
        pytest.param(["access"], {}, None, "it is for access", id="another purpose"),
        pytest.param(["access"], {"purpose": "access"}, "may-apply 1", "nothing else", id="its own purpose"),
        pytest.param(["not yet"], {}, None, "it begins on 2027-01-01", id="not yet"),
        pytest.param(["not yet"], {"at": "2027-03-01"}, "later 1", "nothing else", id="asked for a later day"),
        pytest.param(["ended"], {}, None, "it ended on 2025-12-31", id="ended"),
        pytest.param(["ended"], {"award_date": "2025-06-01"}, "earlier 1", "nothing else", id="awarded in its time"),
        pytest.param(["of versions"], {}, None, "the version of WAT-204", id="a version that isn't shown"),
        pytest.param(
            ["full", "of versions"],
            {"achievements": (replace(WATER, version=1),)},
            "versions 1",
            "the very version",
            id="the listed version",
        ),
        pytest.param(
            ["of versions"], {"achievements": (replace(WATER, version=2),)}, None, "no rule", id="another version"
        ),
    ],
)
async def test_which_rule_counts(two, published, parts, wins, why):
    """All that apply are shown, the first counts and says why; what doesn't apply says why not."""
    await publish(two, *(RULES[name] for name in published))
    answer = await told(two, **parts)
    first = answer.applies[0] if answer.applies else None
    assert (first.name if first else None) == wins
    assert why in (first.why if first else answer.ground)
    assert [one.wins for one in answer.applies] == [True, *[False] * (len(answer.applies) - 1)][: len(answer.applies)]


async def test_a_superseded_or_withdrawn_rule_applies_no_more(two):
    """From the day on which the next one, or the withdrawal, begins; before that day it still does."""
    await publish(two, a_rule(), a_rule(validFrom="2026-07-01", effect=a_partial_rule()["effect"]))
    assert (await told(two, award_date="2026-06-01")).credits.points == "5"
    later = await told(two, award_date="2026-08-01")
    assert (later.credits.points, later.others[0].state) == ("3", "superseded")
    end = {"kind": "withdrawal", "target": {"id": "northlake-water"}, "from": "2026-09-01", "reasons": {"en": "Ended."}}
    await publish(two, end)
    assert (await told(two, award_date="2026-08-01")).credits.points == "3"
    ended = await told(two, award_date="2026-09-02")
    assert (ended.outcome, {one.state for one in ended.others}) == ("none-found", {"superseded", "withdrawn"})


async def test_criteria_are_met_by_what_is_published(two):
    """By the achievement's own entry; unpublished elements aren't shown, hence not met."""
    criteria = {"type": "criteria", "eqfLevels": [6, 7], "credits": {"system": "ects", "least": "2"}, "iscedF": ["07"]}
    await publish(two, a_rule(id="by-criteria", subject=criteria))
    before = await told(two)
    assert (before.outcome, "it also needs the EQF level" in before.ground) == ("none-found", True)
    await publish(two, FULL | {"kind": "achievement"}, name="northlake")
    assert (await told(two)).outcome == "full"
    elements = (await ask(two)).asked.achievements[0].elements
    assert elements["level"] == {"eqfLevel": 7, "cycle": "second"}


async def test_a_group_counts_as_a_whole(two):
    """Both courses together; one of them alone says what is missing."""
    body = {"scheme": "schac", "value": "northlake.example"}
    group = [{"body": body, "code": "WAT-204"}, {"body": body, "code": "WAT-205"}]
    await publish(two, a_rule(id="both", subject={"type": "achievements", "group": group}))
    alone = await told(two)
    assert (alone.outcome, "it also needs WAT-205" in alone.ground) == ("none-found", True)
    assert (await told(two, achievements=(WATER, replace(WATER, code="WAT-205")))).outcome == "full"


def moved(ledger, seconds):
    """Let time pass."""
    ledger.clock.advance(seconds)


async def test_what_was_known_when(two):
    """Before, after, and between two looks: not yet, already, undetermined; a rule logged late is marked."""
    await observe(two.database, two.known_logs, two.clock.now())
    moved(two, 2 * DAY)
    await publish(two, a_rule())
    moved(two, 2 * DAY)
    await observe(two.database, two.known_logs, two.clock.now())
    assert (await told(two, known="2026-11-23")).outcome == "none-found"
    between = await told(two, known="2026-11-25")
    assert (between.outcome, between.applies[0].known) == ("full", "undetermined")
    after = await told(two, known="2026-11-28")
    assert (after.outcome, after.applies[0].known) == ("full", "already")
    assert (await told(two, award_date="2026-11-20")).applies[0].retroactive == "yes"
    assert (await told(two, award_date="2026-11-25")).applies[0].retroactive == "undetermined"
    assert (await told(two, award_date="2026-11-28")).applies[0].retroactive == ""


async def credential(ledger, **changed):
    """Return a credential that Northern Lake awarded: its file and receipt."""
    file = a_credential(**changed)
    return file, (await awards(ledger).issue(file)).receipt


async def test_a_credential_with_its_receipt_keeps_the_trusts_apart(two):
    """Authentic by its award, issued by whom it names, quality as stated, good standing: each with its source."""
    await publish(two, a_rule())
    await publish(two, FULL | {"kind": "achievement"}, name="northlake")
    file, receipt = await credential(two)
    answer = await ask(two, shown=(show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN]),))
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
    ],
)
async def test_without_good_standing_nothing_is_relied_on(two, shown, standing, why):
    """None found, with that ground; what would apply is shown as advice."""
    await publish(two, a_rule())
    file, receipt = await credential(two)
    presentation = Presentation.of(receipt, standing=shown.get("standing", True), decisions=[BAY_ORIGIN])
    if shown.get("superseded"):
        await credential(two, grade={"en": "excellent"})
    logs = list(two.known_logs())
    if shown.get("old"):
        logs = [log if log.own else replace(log, seen_at=two.clock.now() - 3 * DAY) for log in logs]
    if shown.get("empty"):
        other = await two.add("south", "South College", "FI", own=False)
        logs = [log if log.own else replace(log, reader=other.reader) for log in logs]
    presented = presentation.render() if shown.get("presented", True) else None
    answer = await ask(two, shown=(show(document=file, presented=presented),), logs=logs)
    (bay,) = answer.institutions
    assert (answer.standing.standing, bay.outcome) == (standing, "none-found")
    assert why in bay.ground
    assert [(one.name, one.wins) for one in bay.applies] == [("northlake-water 1", False)]


async def test_an_award_in_a_stranger_s_log_confirms_nothing(two):
    """Anybody can enter anything in a log of theirs: the awarding body has not confirmed it."""
    await publish(two, a_rule())
    await two.add("mill", "Northern Lake University", "FI", [("schac", "mill.example")])
    file = a_credential()
    log = two.logs["mill"]
    institutions = replace(two.institutions(), logs=lambda: [log.known()])
    receipt = (await Awards(log, two.records("mill"), Awarding(log, institutions), two.database).issue(file)).receipt
    logs = [one for one in two.known_logs() if one.origin != log.origin]
    stranger = KnownLog(origin=log.origin, reader=log.reader, seen_at=two.clock.now())
    shown = show(document=file, presented=receipt.render())
    answer = await ask(two, shown=(shown,), logs=[*logs, stranger])
    assert (answer.trusts.issuer.result, answer.institutions[0].outcome) == ("no", "none-found")
    assert "has not confirmed" in answer.institutions[0].ground


async def test_no_log_can_take_another_s_name(two):
    """An identifier that two logs claim leads to neither, and the contradiction is told."""
    await publish(two, a_rule(subject=_by("erasmus", "SF NORTH01")))
    assert (await told(two)).outcome == "full"
    await two.add("mill", "The Mill", "FI", own=False)
    claimed = [{"scheme": "schac", "value": "northlake.example"}]
    await publish(two, an_institution("The Mill", "mill", identifiers=claimed), name="mill")
    answer = await ask(two)
    assert answer.institutions[0].outcome == "none-found"
    assert "both claim to be" in answer.notes[0]


def _by(scheme, value):
    """Return a subject that names the course's body otherwise."""
    return {"type": "achievements", "group": [{"body": {"scheme": scheme, "value": value}, "code": "WAT-204"}]}


async def test_a_decision_on_the_credential_comes_before_every_rule(two):
    """With its opening; a refusal is one of the four answers; a rule that came later may be reason to ask again."""
    file, receipt = await credential(two)
    shown = show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN])
    await decisions(two).decide(a_refusal(), [shown])
    await publish(two, a_rule())
    answer = await told(two, shown=(shown,))
    assert (answer.outcome, answer.applies[0].type) == ("refused", "decision")
    assert answer.applies[0].why == "a decision on this credential comes before every rule"
    assert answer.applies[0].reconsideration
    assert answer.applies[0].source.opening["outcome"] == "refused"
    assert answer.applies[0].appeal["withinDays"] == 30
    other_purpose = await told(two, shown=(shown,), purpose="access")
    assert other_purpose.outcome == "none-found"


async def test_a_partner_s_decision_is_opened_by_the_learner_s_key(two):
    """Without the document: outcome and purpose are all that the log says."""
    file, receipt = await credential(two)
    shown = show(document=file, presented=receipt.render(), origins=[BAY_ORIGIN])
    await decisions(two).decide(a_decision(), [shown])
    two.foreign |= {"bay"}
    two.foreign -= {"northlake"}
    queries = Queries(
        database=two.database, institutions=two.institutions(), records=dict, clock=two.clock, freshness_seconds=DAY
    )  # fmt: skip
    (answer,) = (await queries.ask(Ask(shown=(shown,), institution=("origin", BAY_ORIGIN)))).institutions
    assert (answer.outcome, answer.applies[0].basis, answer.applies[0].name) == ("full", None, "1")


async def test_a_decision_on_paper_is_found_by_the_paper_s_data(two):
    """The institution's own records know the key; standing is not stated, and the steps go on."""
    await decisions(two).decide(a_decision(), [show(paper=PAPER)])
    answer = await ask(two, shown=(show(paper=PAPER),))
    assert (answer.standing.standing, answer.institutions[0].outcome) == ("not stated", "full")
    assert answer.trusts.authentic.result == "not checked"
    assert (await told(two, shown=(show(paper=PAPER | {"number": "2019/0043"}),))).outcome == "none-found"


async def test_a_broken_seal_is_never_recognised(two):
    """A document that was changed after it was sealed is not authentic; nothing is relied on."""
    await publish(two, a_rule())
    file = as_bytes(proved(write_elm(an_award())) | {"validUntil": "2099-12-31T23:59:59Z"})
    answer = await ask(two, shown=(show(document=file),))
    assert (answer.trusts.authentic.result, answer.institutions[0].outcome) == ("no", "none-found")


async def test_the_answer_is_information(two):
    """It says so in its own data, and is written in camelCase without absent members."""
    written = json.loads(msgspec.json.encode(await ask(two)))
    assert written["legalEffect"] == "information"
    assert written["answeredAt"] == "2026-11-24T07:00:00Z"
    assert None not in written.values()
