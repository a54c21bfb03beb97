"""Verdicts: what a node answers from its logs' indexes, and what a reader makes of it with policy and file alone."""

from dataclasses import replace

import msgspec
import pytest

from node.errors import ConflictError, InadmissibleError, PushBackError
from node.log.keys import load_key
from node.recognition.answers.asked import Ask
from node.recognition.answers.query import Queries
from node.recognition.awards.awarding import Awarding
from node.recognition.awards.named import ByReceipt
from node.recognition.proofs.dates import EntryDates
from node.recognition.proofs.excerpts import Excerpts
from node.recognition.proofs.logs import VerdictLogs
from node.recognition.proofs.verdicts import Verdicts
from node.recognition.publication.assertion_key import assertion_key_of
from node.recognition.publication.publish import Publisher
from node.recognition.publication.rosters import Rosters
from node.recognition.shown import show
from protocol.documents.presentation import Presentation
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.index_note import sign_index
from protocol.verify.checks import Question, run
from protocol.verify.report import Report, Step
from protocol.verify.trust import Trust
from protocol.verify.verdict import VERDICT
from tests.node.formats.documents import FULL
from tests.node.recognition.asking import DAY, WATER, credential, decisions, publish
from tests.node.recognition.test_change_status import change
from tests.support.decisions import a_decision
from tests.support.examples import seed
from tests.support.indexed import indexes_of
from tests.support.statements import BAY_ORIGIN, NORTHLAKE_ORIGIN, a_rule

COSIGNER = Signer("index.partner.example", seed("index cosigner"), COSIGNATURE)


class Indexed:
    """A ledger whose logs show an index, and what makes verdicts from it."""

    def __init__(self, ledger) -> None:
        """Keep one index of each log."""
        self.ledger = ledger
        self.indexes = indexes_of(ledger.database, ledger.known_logs)
        self.rosters = {}
        self.verdicts = self.with_logs(ledger.known_logs)

    def with_logs(self, logs) -> Verdicts:
        """Return what makes verdicts where these logs are known."""
        ledger = self.ledger
        queries = Queries(
            database=ledger.database,
            institutions=replace(ledger.institutions(), logs=logs),
            records={BAY_ORIGIN: ledger.records("bay")},
            clock=ledger.clock,
            freshness_seconds=DAY,
        )
        dates = EntryDates(ledger.database, self.policy())
        source = VerdictLogs(Excerpts(ledger.database, self.indexes, self.policy()), self.policy(), dates)
        return Verdicts(queries=queries, source=source, rosters=self._rosters, clock=ledger.clock)

    def _rosters(self, origin: str) -> Rosters:
        log = next(log for log in self.ledger.logs.values() if log.origin == origin)
        publisher = Publisher(log, Awarding(log, self.ledger.institutions()), self.ledger.database, self.ledger.clock)
        return Rosters(log, publisher, assertion_key_of(log.settings), self.ledger.database, self.ledger.clock)

    def policy(self) -> Policy:
        """Return the policy that believes the ledger's logs and asks for the one index cosigner."""
        keys = [load_key(log.settings.key).verifier for log in self.ledger.logs.values()]
        lines = [f"log {key.render()}" for key in keys]
        return Policy.parse("\n".join([*lines, f"witness p {COSIGNER.verifier.render()}", "quorum p", ""]).encode())

    async def show(self, *names: str, cosigned: bool = True) -> None:
        """Let logs show an index over all that they have published, cosigned now or by nobody."""
        for name in names or tuple(self.ledger.logs):
            log = self.ledger.logs[name]
            tree = self.indexes(log.origin)
            overlay = await tree.extend(log.reader.published.size)
            note = sign_index(overlay.head, load_key(log.settings.key))
            assert await tree.commit(overlay, self.cosigned(note) if cosigned else note)

    def cosigned(self, data: bytes) -> bytes:
        """Return a note with the partner's line of now."""
        note = Note.parse(data)
        return note.adding([cosign(note.text, COSIGNER, self.ledger.clock.now())]).render()

    async def listed(self) -> None:
        """Let the College of the Bay list the key by which it signs."""
        await self.show()
        with pytest.raises(PushBackError, match="ask again"):
            await self.make()
        await self.show("bay")

    async def make(self, **parts) -> bytes:
        """Return a verdict, by default on Northern Lake's course."""
        if "shown" not in parts:
            parts = {"achievements": (WATER,)} | parts
        return await self.verdicts.make(Ask(**{"institution": ("schac", "bay.example")} | parts))

    def verify(self, data: bytes, presentation: Presentation | None = None) -> Report:
        """Return the report of a reader who has only the policy, now."""
        shown = None if presentation is None else presentation.render()
        trust = Trust(self.policy(), "from my policy")
        return run(VERDICT, Question(data, trust, at=self.ledger.clock.now(), presentation=shown))


def step(report: Report, name: str) -> Step:
    """Return the step of that name."""
    return next(found for found in report.steps if found.name == name)


@pytest.fixture
async def indexed(partners) -> Indexed:
    """Give Northern Lake's mirror and the College of the Bay, which signs, both with an index."""
    made = Indexed(partners)
    await publish(partners, FULL | {"kind": "achievement"}, name="northlake")
    await publish(partners, a_rule())
    await made.listed()
    return made


async def test_a_verdict_on_an_achievement_proves_itself(indexed):
    """The outcome follows from the logs' own entries, under a cosigned index."""
    data = await indexed.make()
    report = indexed.verify(data)
    assert report.verdict == "verified", "\n".join(report.lines())
    assert report.facts["outcomes"] == {BAY_ORIGIN: {"index": "proved", "outcome": "full"}}
    told = msgspec.json.decode(data)
    assert told["issuer"] == {"id": "did:web:ledger.bay.example:nostra", "name": "College of the Bay"}
    assert {log["origin"]: log["read"] for log in told["credentialSubject"]["logs"]} == {
        BAY_ORIGIN: "own", NORTHLAKE_ORIGIN: "mirror"
    }  # fmt: skip


async def test_a_verdict_on_a_credential_is_proved_by_its_presentation(indexed):
    """Standing and decisions: good, and none; then decided."""
    ledger = indexed.ledger
    file, receipt = await credential(ledger)
    presentation = Presentation.of(receipt, decisions=[BAY_ORIGIN])
    shown = (show(document=file, presented=presentation.render()),)
    early = msgspec.json.decode(await indexed.make(shown=shown))["credentialSubject"]
    assert (early["standing"]["standing"], early["institutions"][0]["outcome"]) == ("unknown", "none-found")
    await indexed.show("northlake")
    report = indexed.verify(await indexed.make(shown=shown), presentation)
    assert (report.verdict, step(report, "standing").result) == ("verified", "yes"), "\n".join(report.lines())
    assert report.facts["outcomes"][BAY_ORIGIN]["outcome"] == "full"

    await decisions(ledger).decide(a_decision(), shown)
    await indexed.show("bay")
    report = indexed.verify(await indexed.make(shown=shown), presentation)
    assert report.verdict == "verified", "\n".join(report.lines())
    assert "by decision 1" in step(report, "institutions").parts[0].text
    assert "1 decisions stand" in step(report, "decisions").parts[0].text


async def test_a_node_that_hides_a_revocation_is_caught(indexed):
    """Its own verdict from before, on the log's new state, doesn't stand before the learner's presentation."""
    ledger = indexed.ledger
    file, receipt = await credential(ledger)
    presentation = Presentation.of(receipt, decisions=[BAY_ORIGIN])
    shown = (show(document=file, presented=presentation.render()),)
    await indexed.show("northlake")
    await change(ledger, "revoked", ByReceipt(receipt))
    await indexed.show("northlake")
    told = msgspec.json.decode(await indexed.make(shown=shown))
    assert told["credentialSubject"]["standing"]["standing"] == "revoked"
    assert told["credentialSubject"]["institutions"][0]["outcome"] == "none-found"


async def test_a_stale_index_is_no_good_standing(indexed):
    """A day later, without new cosignatures: unknown, and told apart."""
    ledger = indexed.ledger
    file, receipt = await credential(ledger)
    presentation = Presentation.of(receipt, decisions=[BAY_ORIGIN])
    shown = (show(document=file, presented=presentation.render()),)
    await indexed.show("northlake")
    ledger.clock.advance(DAY + 1)
    with pytest.raises(PushBackError, match="yet to confirm"):
        await indexed.make(shown=shown)  # whether its own log still lists the key it signs by isn't shown either
    await indexed.show("bay")
    data = await indexed.make(shown=shown)
    told = msgspec.json.decode(data)["credentialSubject"]
    stale = {log["origin"]: log.get("stale", False) for log in told["logs"]}
    assert (told["standing"]["standing"], stale) == ("unknown", {BAY_ORIGIN: False, NORTHLAKE_ORIGIN: True})
    assert told["institutions"][0]["outcome"] == "none-found"
    assert step(indexed.verify(data, presentation), "logs").result == "warning"


@pytest.mark.parametrize("checkpoint", [True, False], ids=["of the log itself they did", "nor of the log"])
async def test_an_index_that_no_partner_confirmed_is_no_good_standing(indexed, monkeypatch, checkpoint):
    """Where a quorum is asked for, what the awarding log alone says is complete leaves the standing unknown."""
    file, receipt = await credential(indexed.ledger)
    presentation = Presentation.of(receipt, decisions=[BAY_ORIGIN])
    shown = (show(document=file, presented=presentation.render()),)
    await indexed.show("northlake", cosigned=False)
    if checkpoint:
        as_it_is = Excerpts._checkpoint

        async def confirmed(self, log, reader, size):
            return indexed.cosigned(await as_it_is(self, log, reader, size))

        monkeypatch.setattr(Excerpts, "_checkpoint", confirmed)
    data = await indexed.make(shown=shown)
    told = msgspec.json.decode(data)["credentialSubject"]
    assert (told["standing"]["standing"], told["institutions"][0]["outcome"]) == ("unknown", "none-found")
    logs = {log["origin"]: log for log in told["logs"]}
    assert ("excerpt" in logs[NORTHLAKE_ORIGIN], "excerpt" in logs[BAY_ORIGIN]) == (checkpoint, True)
    assert ("confirmed nothing" in logs[NORTHLAKE_ORIGIN].get("failure", "")) is not checkpoint
    assert indexed.verify(data, presentation).verdict == "verified"


async def test_logs_without_an_index_are_unknown_and_convicted_ones_too(indexed):
    """Nothing is said in the name of a log that shows nothing, or two histories."""
    ledger = indexed.ledger
    await ledger.add("south", "South College", "FI", own=False)
    data = await indexed.with_logs(ledger.known_logs).make(Ask(achievements=(WATER,)))
    outcomes = {one["origin"]: one["outcome"] for one in msgspec.json.decode(data)["credentialSubject"]["institutions"]}
    assert outcomes == {BAY_ORIGIN: "full", "ledger.south.example/nostra": "unknown"}
    logs = [replace(log, convicted="ab" * 32) if log.origin == NORTHLAKE_ORIGIN else log for log in ledger.known_logs()]
    convicted = await indexed.with_logs(lambda: logs).make(
        Ask(achievements=(WATER,), institution=("origin", NORTHLAKE_ORIGIN))
    )
    told = msgspec.json.decode(convicted)["credentialSubject"]["institutions"][0]
    assert (told["outcome"], "two histories" in told["ground"]) == ("unknown", True)


async def test_an_institution_that_nobody_follows_is_unknown(indexed):
    """Asked by a name or an origin that no log here has."""
    for institution in (("schac", "nowhere.example"), ("origin", "ledger.nowhere.example/nostra")):
        data = await indexed.make(institution=institution)
        told = msgspec.json.decode(data)["credentialSubject"]["institutions"]
        assert [one["outcome"] for one in told] == ["unknown"]
        assert indexed.verify(data).verdict == "verified"


async def test_what_a_verdict_cannot_say_is_refused(indexed):
    """Two credentials."""
    file, receipt = await credential(indexed.ledger)
    one = show(document=file, presented=receipt.render())
    with pytest.raises(InadmissibleError, match="one credential"):
        await indexed.make(shown=(one, one))


async def test_while_its_own_index_is_away_nobody_signs(indexed, monkeypatch):
    """What can't be shown of the signer's own log is told as not ready."""
    read, calls = indexed.verdicts.source._anew, []

    async def fail(log, terms):
        calls.append(log.origin)
        if log.origin == BAY_ORIGIN and terms.question is not None:
            raise PushBackError("the index is catching up")
        return await read(log, terms)

    monkeypatch.setattr(VerdictLogs, "_anew", lambda self, log, terms: fail(log, terms))
    with pytest.raises(PushBackError, match="catching up"):
        await indexed.make()
    assert calls


async def test_without_an_institution_entry_nobody_signs(ledger):
    """The log says who signs, or there is no verdict."""
    ledger.foreign.add("northlake")
    await ledger.add("bay", "College of the Bay", "IE", [("schac", "bay.example")])
    await publish(ledger, a_rule(id="first"))
    indexed = Indexed(ledger)
    await indexed.show("bay")
    with pytest.raises(ConflictError, match="institution entry"):
        await indexed.make()
