"""Questions about achievements: four ways of not being told yes, dates, precedence, and what is proved."""

import json
from dataclasses import replace

import msgspec
import pytest

from node.log.ended import Ended
from node.recognition.answers.asked import NamedAchievement
from node.recognition.known_logs import KnownLog
from node.recognition.logs.times import observe
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding.keys import VerifierKey
from protocol.log.checkpoint import open_checkpoint
from protocol.recognition.question import AskedScope
from tests.node.formats.documents import FULL
from tests.node.recognition.asking import DAY, WATER, ask, publish, told
from tests.support.statements import a_partial_rule, a_rule, an_institution


async def test_a_rule_answers_in_a_sentence_that_a_registrar_understands(partners):
    """Outcome, credits, basis, the rule and since when."""
    await publish(partners, a_rule())
    answer = await told(partners)
    assert answer.sentence == (
        "College of the Bay recognises WAT-204 of Northern Lake University as 5 ECTS"
        " (Elective in environmental engineering), automatically, under rule northlake-water, version 1,"
        " in force since 2026-01-01, logged by 2026-11-24."
    )
    assert (answer.outcome, answer.credits.points, answer.basis) == ("full", "5", "automatic")
    assert (answer.applies[0].wins, answer.applies[0].why) == (True, "nothing else applies")


async def test_whatever_is_relied_on_is_proved(partners):
    """The entry leads to the checkpoint that the log's key signed."""
    await publish(partners, a_rule())
    source = (await told(partners)).applies[0].source
    key = VerifierKey.parse(partners.logs["bay"].reader.state.head.verifier_key)
    proof = TlogProof.parse(source.log_proof.encode())
    checkpoint, _ = open_checkpoint(proof.checkpoint, [key])
    verify_entry(bytes(source.entry), proof, checkpoint)
    assert (proof.index, json.loads(bytes(source.entry))["id"]) == (source.leaf, "northlake-water")


@pytest.mark.parametrize(
    "body",
    [("schac", "northlake.example"), ("erasmus", "SF NORTH01"), ("name", "FI:Northern Lake University")],
)
async def test_a_body_is_found_by_any_of_its_identifiers(partners, body):
    """The rule names one; the awarding body's own log says which others are the same."""
    await publish(partners, a_rule())
    assert (await told(partners, achievements=(NamedAchievement(body=body, code="WAT-204"),))).outcome == "full"


async def test_no_statement_is_not_a_refusal(partners):
    """Nothing found says so, with whom to ask."""
    answer = await told(partners)
    assert answer.outcome == "none-found"
    assert "That is not a refusal." in answer.sentence
    assert answer.contact.mailbox == "recognition@bay.example"


async def test_what_stands_behind_a_log_s_own_end_is_not_relied_on(partners):
    """It is there, and counts for nothing; the answer names the origin that follows."""
    await publish(partners, a_rule())
    state = partners.logs["bay"].reader.state
    end = Ended(state.head.size - 1, "ledger.bay.example/nostra-2")
    state.position = replace(state.position, ended=end)
    assert (await told(partners)).outcome == "none-found"
    (used,) = [log for log in (await ask(partners)).logs if log.origin == partners.logs["bay"].origin]
    assert (used.size, used.successor) == (end.size, end.successor)


async def test_an_institution_without_a_log_is_unknown(partners):
    """Neither yes nor no can be said."""
    answer = await told(partners, institution=("schac", "unheard-of.example"))
    assert (answer.outcome, answer.ground) == ("unknown", "this node follows no log of it")


async def test_a_partner_never_reached_is_unreachable(partners):
    """What was never read is neither silence nor refusal."""
    partner = KnownLog(origin="ledger.far.example/nostra", reader=None, name="far", failure="connection refused")
    answer = await ask(partners, institution=("origin", partner.origin), logs=[*partners.known_logs(), partner])
    assert answer.institutions[0].outcome == "unreachable"
    assert "connection refused" in answer.institutions[0].sentence
    assert [(log.read, log.failure) for log in answer.logs if log.origin == partner.origin] == [
        ("unreachable", "connection refused")
    ]


async def test_all_known_institutions_are_asked_but_the_awarding_one(partners):
    """Each answers for itself."""
    await partners.add("south", "South College", "FI", own=False)
    await publish(partners, a_rule())
    answer = await ask(partners, institution=None)
    assert {one.institution: one.outcome for one in answer.institutions} == {
        "College of the Bay": "full",
        "ledger.south.example/nostra": "none-found",
    }


async def test_an_answer_from_a_stale_copy_says_so(partners):
    """The rule is still shown; what was said since isn't known."""
    await publish(partners, a_rule())
    old = [replace(log, settings=None, seen_at=partners.clock.now() - DAY - 1) for log in partners.known_logs()]
    answer = await ask(partners, logs=old)
    assert answer.institutions[0].outcome == "full"
    assert "86401 seconds old" in answer.institutions[0].notes[0]
    assert [log.stale for log in answer.logs] == [True, True]


EVIDENCE = "ab" * 32


def convicted(partners, name):
    """Return all logs, one of them as one that has shown two histories."""
    origin = partners.logs[name].origin
    return [replace(log, convicted=EVIDENCE) if log.origin == origin else log for log in partners.known_logs()]


async def test_what_a_convicted_log_says_is_unknown_whatever_stands_in_it(partners):
    """The answer names the evidence, for the institution and for the log, and shows nothing of what stood there."""
    await publish(partners, a_rule())
    answer = await ask(partners, logs=convicted(partners, "bay"))
    ground = f"this log has shown two histories (evidence {EVIDENCE})"
    one = answer.institutions[0]
    assert (one.outcome, one.ground, one.applies) == ("unknown", ground, ())
    assert ground in one.sentence
    assert [log.convicted for log in answer.logs if log.origin == one.origin] == [EVIDENCE]


async def test_a_convicted_log_is_no_precedent(partners):
    """Nobody is told to follow it."""
    await partners.add("south", "South College", "FI")
    await publish(partners, a_rule(), name="south")
    answer = await ask(partners, logs=convicted(partners, "south"))
    assert (answer.institutions[0].outcome, answer.precedents) == ("none-found", ())


async def test_a_convicted_log_takes_nobodys_name(partners):
    """An identifier that it claims besides another leads to the other again."""
    await partners.add("liar", "Liar College", "FI", own=False)
    await publish(partners, a_rule())
    claim = an_institution(identifiers=[{"scheme": "schac", "value": "northlake.example"}])
    await publish(partners, claim, name="liar")
    contested, honest = await ask(partners), await ask(partners, logs=convicted(partners, "liar"))
    assert [len(answer.notes) for answer in (contested, honest)] == [1, 0]


async def test_others_rules_are_precedents(partners):
    """Advice only: what a third institution says of the same."""
    south = await partners.add("south", "South College", "FI")
    await publish(partners, a_rule(), name="south")
    answer = await ask(partners)
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
async def test_which_rule_counts(partners, published, parts, wins, why):
    """All that apply are shown, the first counts and says why; what doesn't apply says why not."""
    await publish(partners, *(RULES[name] for name in published))
    answer = await told(partners, **parts)
    first = answer.applies[0] if answer.applies else None
    assert (first.name if first else None) == wins
    assert why in (first.why if first else answer.ground)
    assert [one.wins for one in answer.applies] == [True, *[False] * (len(answer.applies) - 1)][: len(answer.applies)]


async def test_a_superseded_or_withdrawn_rule_applies_no_more(partners):
    """From the day on which the next one, or the withdrawal, begins; before that day it still does."""
    await publish(partners, a_rule(), a_rule(validFrom="2026-07-01", effect=a_partial_rule()["effect"]))
    assert (await told(partners, award_date="2026-06-01")).credits.points == "5"
    later = await told(partners, award_date="2026-08-01")
    assert (later.credits.points, later.others[0].state) == ("3", "superseded")
    end = {"kind": "withdrawal", "target": {"id": "northlake-water"}, "from": "2026-09-01", "reasons": {"en": "Ended."}}
    await publish(partners, end)
    assert (await told(partners, award_date="2026-08-01")).credits.points == "3"
    ended = await told(partners, award_date="2026-09-02")
    assert (ended.outcome, {one.state for one in ended.others}) == ("none-found", {"superseded", "withdrawn"})


async def test_criteria_are_met_by_what_is_published(partners):
    """By the achievement's own entry; unpublished elements aren't shown, hence not met."""
    criteria = {"type": "criteria", "eqfLevels": [6, 7], "credits": {"system": "ects", "least": "2"}, "iscedF": ["07"]}
    await publish(partners, a_rule(id="by-criteria", subject=criteria))
    before = await told(partners)
    assert (before.outcome, "it also needs the EQF level" in before.ground) == ("none-found", True)
    await publish(partners, FULL | {"kind": "achievement"}, name="northlake")
    assert (await told(partners)).outcome == "full"
    elements = (await ask(partners)).asked.achievements[0].elements
    assert elements["level"] == {"eqfLevel": 7, "cycle": "second"}


async def test_a_group_counts_as_a_whole(partners):
    """Both courses together; one of them alone says what is missing."""
    body = {"scheme": "schac", "value": "northlake.example"}
    group = [{"body": body, "code": "WAT-204"}, {"body": body, "code": "WAT-205"}]
    await publish(partners, a_rule(id="both", subject={"type": "achievements", "group": group}))
    alone = await told(partners)
    assert (alone.outcome, "it also needs WAT-205" in alone.ground) == ("none-found", True)
    assert (await told(partners, achievements=(WATER, replace(WATER, code="WAT-205")))).outcome == "full"


def moved(ledger, seconds):
    """Let time pass."""
    ledger.clock.advance(seconds)


async def test_what_was_known_when(partners):
    """Before, after, and between partners looks: not yet, already, undetermined; a rule logged late is marked."""
    await observe(partners.database, partners.known_logs, partners.clock.now())
    moved(partners, 2 * DAY)
    await publish(partners, a_rule())
    moved(partners, 2 * DAY)
    await observe(partners.database, partners.known_logs, partners.clock.now())
    assert (await told(partners, known="2026-11-23")).outcome == "none-found"
    between = await told(partners, known="2026-11-25")
    assert (between.outcome, between.applies[0].known) == ("full", "undetermined")
    after = await told(partners, known="2026-11-28")
    assert (after.outcome, after.applies[0].known) == ("full", "already")
    assert (await told(partners, award_date="2026-11-20")).applies[0].retroactive == "yes"
    assert (await told(partners, award_date="2026-11-25")).applies[0].retroactive == "undetermined"
    assert (await told(partners, award_date="2026-11-28")).applies[0].retroactive == ""


async def test_no_log_can_take_another_s_name(partners):
    """An identifier that two logs claim leads to neither, and the contradiction is told."""
    await publish(partners, a_rule(subject=_by("erasmus", "SF NORTH01")))
    assert (await told(partners)).outcome == "full"
    await partners.add("mill", "The Mill", "FI", own=False)
    claimed = [{"scheme": "schac", "value": "northlake.example"}]
    await publish(partners, an_institution("The Mill", "mill", identifiers=claimed), name="mill")
    answer = await ask(partners)
    assert answer.institutions[0].outcome == "none-found"
    assert "both claim to be" in answer.notes[0]


async def test_nobody_takes_an_own_log_s_name(partners):
    """A partner that claims the College's identifier changes nothing at the College's own node."""
    claimed = [{"scheme": "schac", "value": "bay.example"}]
    await publish(partners, an_institution(identifiers=claimed), name="northlake")
    await publish(partners, a_rule())
    assert (await told(partners)).outcome == "full"


def _by(scheme, value):
    """Return a subject that names the course's body otherwise."""
    return {"type": "achievements", "group": [{"body": {"scheme": scheme, "value": value}, "code": "WAT-204"}]}


async def test_the_answer_is_information(partners):
    """It says so in its own data, and is written in camelCase without absent members."""
    written = json.loads(msgspec.json.encode(await ask(partners)))
    assert written["legalEffect"] == "information"
    assert written["answeredAt"] == "2026-11-24T07:00:00Z"
    assert None not in written.values()
