"""Verdicts as of a date and as known at a date: what a node dates, by whose clock, and what a reader makes of it."""

import msgspec
import pytest

from node.clock import instant
from node.errors import InadmissibleError
from node.recognition.awards.named import ByReceipt
from node.recognition.logs.times import observe
from node.recognition.shown import show
from node.storage.quorum_times import Recorded, store_recorded
from protocol.documents.presentation import Presentation
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from tests.node.formats.documents import FULL
from tests.node.recognition.asking import DAY, credential, decisions, publish
from tests.node.recognition.test_change_status import change
from tests.node.recognition.test_verdicts import COSIGNER, Indexed, step
from tests.support.decisions import a_decision
from tests.support.statements import BAY_ORIGIN, NORTHLAKE_ORIGIN, a_rule

MINUTE = 60


async def dated(ledger, *names: str) -> None:
    """Write down that a quorum has cosigned what these logs show now."""
    for name in names or ("northlake", "bay"):
        log, now = ledger.logs[name], ledger.clock.now()
        note = Note.parse(log.reader.published.note)
        cosigned = note.adding([cosign(note.text, COSIGNER, now)]).render()
        row = Recorded(log.reader.state.head.log_id, log.reader.published.size, now, True, cosigned)
        await store_recorded(ledger.database, [row])


@pytest.fixture
async def indexed(partners) -> Indexed:
    """Give both institutions, dated; on the day after, within a minute, the College publishes its rule."""
    made = Indexed(partners)
    await publish(partners, FULL | {"kind": "achievement"}, name="northlake")
    await made.listed()
    await dated(partners)
    await later(made, DAY, publish(partners, a_rule()))
    return made


async def later(indexed: Indexed, seconds: int, act) -> int:
    """Let time pass, then something happen, dated within a minute and shown; return when that minute began."""
    indexed.ledger.clock.advance(seconds)
    await dated(indexed.ledger)
    begins = indexed.ledger.clock.now()
    await act
    indexed.ledger.clock.advance(MINUTE)
    await dated(indexed.ledger)
    await indexed.show()
    return begins


def instant_of(indexed: Indexed, back: int) -> str:
    """Return the instant so many seconds ago."""
    return instant(indexed.ledger.clock.now() - back)


def logs_of(data: bytes) -> dict[str, dict]:
    """Return what a verdict tells of its logs, by origin."""
    return {log["origin"]: log for log in msgspec.json.decode(data)["credentialSubject"]["logs"]}


def found(indexed: Indexed, data: bytes, presentation: Presentation | None = None) -> dict:
    """Return what a reader finds that the College says."""
    report = indexed.verify(data, presentation)
    assert report.verdict == "verified", "\n".join(report.lines())
    return report.facts["outcomes"][BAY_ORIGIN]


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        (MINUTE + 1, {"outcome": "none-found"}),
        (MINUTE, {"outcome": "none-found"}),
        (MINUTE // 2, {"outcome": "full", "known": "undetermined"}),
        (0, {"outcome": "full"}),
    ],
)
async def test_a_verdict_tells_what_was_known_then(indexed, back, expected):
    """Before the rule, within the minute in which it was logged, and after; the brackets prove it to the reader."""
    data = await indexed.make(known=instant_of(indexed, back), award_date="2026-12-24")
    told = found(indexed, data)
    assert {name: told[name] for name in ("outcome", "known") if name in told} == expected
    assert told["times"] == "proved"
    text = " ".join(part.text for part in step(indexed.verify(data), "institutions").parts)
    assert ("not known before" in text) == (expected["outcome"] == "none-found")
    assert ("can't be determined" in text) == ("known" in expected)


async def test_a_verdict_on_today_carries_no_brackets(indexed):
    """Nothing in it was logged after the day that it is applied to."""
    data = await indexed.make(award_date="2026-12-24")
    assert not [log["origin"] for log in logs_of(data).values() if "times" in log]
    assert found(indexed, data) == {"index": "proved", "outcome": "full"}


async def test_what_is_retroactive_is_told_with_its_bracket(indexed):
    """The rule is applied to an award from before it was logged: one entry is dated, and proves that."""
    data = await indexed.make(award_date="2026-11-01")
    (time,) = logs_of(data)[BAY_ORIGIN]["times"]
    assert "bracket" in time
    assert "times" not in logs_of(data)[NORTHLAKE_ORIGIN]
    assert found(indexed, data) == {"index": "proved", "outcome": "full", "retroactive": "yes", "times": "proved"}
    told = msgspec.json.decode(data)["credentialSubject"]["institutions"][0]
    assert "retroactive for 2026-11-01" in told["sentence"]
    # Asked again it is taken as it was worked out: with its bracket too.
    assert "times" in logs_of(await indexed.make(award_date="2026-11-01"))[BAY_ORIGIN]


async def test_as_of_an_earlier_day_what_applies_is_dated(indexed):
    """Whether it was logged by then or not."""
    indexed.ledger.clock.advance(3 * DAY)
    await indexed.show()
    yesterday = instant_of(indexed, DAY)[:10]
    data = await indexed.make(at=yesterday, award_date=yesterday)
    assert [("bracket" in time) for time in logs_of(data)[BAY_ORIGIN]["times"]] == [True]
    assert found(indexed, data) == {"index": "proved", "outcome": "full", "times": "proved"}


async def test_where_no_quorum_dates_it_the_node_s_own_clock_does_and_that_is_said(indexed, partners):
    """By what the node saw of the log; a reader is warned."""
    await observe(partners.database, partners.known_logs, partners.clock.now())
    partners.clock.advance(DAY)
    await publish(partners, a_rule(version=2, validFrom="2026-02-01"))
    partners.clock.advance(MINUTE)
    await observe(partners.database, partners.known_logs, partners.clock.now())
    await indexed.show()
    for back, version in ((2 * DAY, ""), (DAY + MINUTE, "1"), (0, "2")):
        data = await indexed.make(known=instant_of(indexed, back), award_date="2026-12-24")
        report = indexed.verify(data)
        assert report.verdict == "verified", "\n".join(report.lines())
        assert step(report, "times").result == "warning"
        assert "answering node's clock alone" in " ".join(part.text for part in step(report, "times").parts)
        assert report.facts["outcomes"][BAY_ORIGIN]["times"] == "by the answering node's clock"
        applies = msgspec.json.decode(data)["credentialSubject"]["institutions"][0].get("applies", [])
        assert [one["name"] for one in applies] == ([f"northlake-water {version}"] if version else [])


async def test_once_a_quorum_dates_it_the_verdict_carries_that(indexed, partners):
    """What the node's own clock told is looked up again after some seconds."""
    partners.clock.advance(DAY)
    await publish(partners, a_rule(version=2))
    await indexed.show()
    asked = {"award_date": "2026-11-01"}
    assert "bracket" not in logs_of(await indexed.make(**asked))[BAY_ORIGIN]["times"][0]
    await dated(partners)
    partners.clock.advance(11)
    assert "bracket" in logs_of(await indexed.make(**asked))[BAY_ORIGIN]["times"][0]


async def test_standing_and_decisions_are_told_as_they_were_known(indexed):
    """A decision and a revocation, one after the other: of each only what had been logged by then."""
    ledger = indexed.ledger
    file, receipt = await credential(ledger)
    presentation = Presentation.of(receipt, decisions=[BAY_ORIGIN])
    shown = (show(document=file, presented=presentation.render()),)
    ledger.clock.advance(MINUTE)
    await dated(ledger)
    decided = await later(indexed, DAY, decisions(ledger).decide(a_decision(), shown))
    revoked = await later(indexed, DAY, change(ledger, "revoked", ByReceipt(receipt)))
    now = ledger.clock.now()
    for moment, standing, rests_on in (
        (decided - 1, "good", "rule"),
        (decided + MINUTE, "good", "decision"),
        (revoked + MINUTE // 2, "unknown", ""),
        (revoked + MINUTE, "revoked", ""),
    ):
        data = await indexed.make(shown=shown, known=instant_of(indexed, now - moment))
        report = indexed.verify(data, presentation)
        assert report.verdict == "verified", "\n".join(report.lines())
        told = msgspec.json.decode(data)["credentialSubject"]
        assert told["standing"]["standing"] == standing
        assert step(report, "standing").result == "yes"
        first = next(iter(told["institutions"][0].get("applies", ())), {"type": ""})
        assert (first["type"] if "ground" not in told["institutions"][0] else "") == rests_on


async def test_an_award_from_later_on_has_no_standing(indexed):
    """It is told that it had not been logged."""
    file, receipt = await credential(indexed.ledger)
    await dated(indexed.ledger)
    await indexed.show()
    shown = (show(document=file, presented=Presentation.of(receipt, decisions=[BAY_ORIGIN]).render()),)
    data = await indexed.make(shown=shown, known=instant_of(indexed, MINUTE))
    assert "had not been logged" in msgspec.json.decode(data)["credentialSubject"]["standing"]["why"]
    assert found(indexed, data)["outcome"] == "none-found"


async def test_what_lies_ahead_or_is_too_much_is_refused(indexed, monkeypatch):
    """Today may be named, tomorrow not; and of a log only so many entries are dated."""
    today = instant_of(indexed, 0)[:10]
    assert found(indexed, await indexed.make(known=today, award_date="2026-12-24"))["outcome"] == "full"
    for known in (instant_of(indexed, -1), instant_of(indexed, -DAY)[:10]):
        with pytest.raises(InadmissibleError, match="lies ahead"):
            await indexed.make(known=known)
    monkeypatch.setattr("node.recognition.proofs.dating.MOST_DATED", 0)
    with pytest.raises(InadmissibleError, match="more than 0 entries"):
        await indexed.make(known=today)


async def test_a_verdict_that_nobody_could_read_is_not_signed(indexed, monkeypatch):
    """Readers take so many bytes and no more."""
    monkeypatch.setattr("node.recognition.proofs.verdicts.MAX_DOCUMENT_BYTES", 1000)
    with pytest.raises(InadmissibleError, match="too long"):
        await indexed.make()


async def test_where_nobody_has_an_answer_it_says_that_precedents_were_not_looked_at(indexed):
    """And says nothing of them where somebody has one."""
    silent = msgspec.json.decode(await indexed.make(purpose="access"))["credentialSubject"]
    assert [note for note in silent["notes"] if "precedents" in note]
    assert "notes" not in msgspec.json.decode(await indexed.make())["credentialSubject"]
