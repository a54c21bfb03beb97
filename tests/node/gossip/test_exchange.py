"""Partners are told what was seen, and whatever they answer costs their own loop and nothing else."""

import asyncio
import json

import pytest

from node.client import HttpClient
from node.config.partner_sections import PartnerSettings
from node.errors import UnreachableError
from node.gossip.evidence.compare import MOST_NOT_SIGNED, Comparisons
from node.gossip.evidence.convictions import Convictions
from node.gossip.exchange import exchange as exchange_module
from node.gossip.exchange.exchange import PartnerLoop
from node.gossip.exchange.exchanges import Exchanges
from node.gossip.exchange.newest import NewestNotes
from node.gossip.exchange.sight import Sight
from node.gossip.partners.nodes import partner_nodes
from protocol.documents.evidence import MAX_EVIDENCE_BYTES, evidence_id, show_split_view
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, NoteSignature
from protocol.gossip.exchange import MAX_EXCHANGE_BYTES, Exchange
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.node.gossip.test_compare import NoDatabase
from tests.support.clock import FakeClock
from tests.support.memory_log import ORIGIN, SIGNER, History, watched
from tests.support.weather import Asked, an_answer

OTHER = Signer("other.example/log", b"\7" * 32)
INTERVAL = 60
HISTORY = History(b"entry %d" % at for at in range(200))


def evidence(signer=SIGNER, size=5):
    """Return evidence against a log."""
    notes = [sign_checkpoint(Checkpoint(signer.verifier.name, size, bytes([root]) * 32), signer) for root in (1, 2)]
    return show_split_view(*notes, [signer.verifier], read={}.__getitem__).render()


class FakePartner(HttpClient):
    """A partner's node; `lies` answer or raise in the place of a path."""

    def __init__(self, notes=(), documents=()):
        super().__init__()
        self.notes, self.documents = tuple(notes), list(documents)
        self.told, self.brought, self.asked = [], [], []
        self.lies = {}

    async def request(self, method, url, *, most, body=None, headers=None):
        """Answer as a node does, within what the caller reads."""
        path = url.removeprefix("https://partner.example")
        asked = Asked("", "", method, url)
        self.asked.append(f"{method} {path}")
        lie = self.lies.get(f"{method} {path}", self.lies.get("*"))
        if isinstance(lie, Exception):
            raise lie
        if lie is not None:
            status, data = lie
            return an_answer(asked, data, status=status)
        return an_answer(asked, self._answer(method, path, body))

    def _answer(self, method, path, body):
        if path == "/gossip/exchange":
            self.told += Exchange.parse(body).notes
            return Exchange(self.notes).render()
        if path == "/gossip/evidence" and method == "POST":
            self.brought.append(body)
            self.documents.append(body)
            return b"{}"
        if path == "/gossip/evidence":
            rows = [{"id": evidence_id(one), "origin": json.loads(one)["origin"], "at": ""} for one in self.documents]
            return json.dumps({"evidence": rows}).encode()
        return next(one for one in self.documents if path.endswith(evidence_id(one)))


class Telling:
    """A node that holds a log up to a size, and its loop with one partner."""

    def __init__(self, partner, size=100, logs=None):
        self.clock = FakeClock()
        self.log = watched(HISTORY, size=size)
        logs = [self.log] if logs is None else logs
        keys = {log.origin: log.keys for log in logs}
        self.convictions = Convictions(NoDatabase(), lambda origin: keys.get(origin, ()), self.clock)
        self.comparisons = Comparisons(logs, self.convictions, clock=self.clock, patience_seconds=180)
        self.notes = NewestNotes(logs, self.comparisons, self.convictions)
        settings = PartnerSettings("partner", "partner.example/log", OTHER.verifier, "https://partner.example")
        self.loop = PartnerLoop(
            Sight(*partner_nodes([settings])),
            partner,
            notes=self.notes,
            comparisons=self.comparisons,
            convictions=self.convictions,
            clock=self.clock,
            interval_seconds=INTERVAL,
        )
        self.exchanges = Exchanges([self.loop], self.notes, comparisons=self.comparisons, convictions=self.convictions)

    @property
    def sight(self):
        """What is kept of the partner."""
        return self.loop.sight


async def test_both_tell_what_they_have_seen():
    """Our newest note goes to the partner with the log's own line, theirs comes to be compared."""
    partner = FakePartner([HISTORY.note(150)])
    here = Telling(partner)
    await here.loop.exchange_all()
    assert partner.told == [HISTORY.note(100)]
    assert [note.note for note in here.comparisons.unsettled(ORIGIN)] == [HISTORY.note(150)]
    assert (here.sight.failure, here.sight.told) == ("", {ORIGIN: 150})


async def test_a_log_that_copies_another_hides_nothing_of_it():
    """Two logs of the very same entries: whoever told of the one is told of the other, in both directions."""
    copier = History(HISTORY.entries, signer=OTHER)
    partner = FakePartner([copier.note(100)])
    here = Telling(partner, logs=[watched(HISTORY, size=100), watched(copier, size=100)])
    await here.loop.exchange_all()
    assert partner.told == [HISTORY.note(100)]
    assert here.exchanges.answer(Exchange((copier.note(100),))).notes == (HISTORY.note(100),)
    assert set(here.notes.all().values()) == {HISTORY.note(100), copier.note(100)}


async def test_a_node_that_has_seen_nothing_asks_all_the_same():
    """A node that was just set up hears what others have."""
    partner = FakePartner([HISTORY.note(150)])
    here = Telling(partner, logs=[])
    await here.loop.exchange_all()
    assert (partner.told, here.sight.failure) == ([], "")


async def test_what_a_partner_has_is_not_told_to_it():
    """It is asked first; and what it has told itself is no news for it either."""
    partner = FakePartner([HISTORY.note(100)])
    here = Telling(partner)
    await here.loop.exchange_all()
    assert (partner.told, here.sight.told, here.loop._has_news()) == ([], {ORIGIN: 100}, False)


async def test_evidence_goes_both_ways_once():
    """What the partner has and we don't is fetched and verified; what it doesn't have is sent; then both have all."""
    theirs, ours = evidence(), evidence(OTHER)
    partner = FakePartner(documents=[theirs])
    other = watched(History([], signer=OTHER))
    here = Telling(partner, logs=[watched(HISTORY), other])
    await here.convictions.take(ours)
    await here.loop.exchange_all()
    assert (here.convictions.evidence_of(ORIGIN), partner.brought) == (evidence_id(theirs), [ours])
    before = len(partner.asked)
    await here.loop.exchange_all()
    assert partner.asked[before:] == ["POST /gossip/exchange", "GET /gossip/evidence"]


async def test_evidence_of_logs_that_are_not_known_here_is_left():
    """It can't be verified, so it isn't even fetched."""
    partner = FakePartner(documents=[evidence(OTHER)])
    here = Telling(partner)
    await here.loop.exchange_all()
    assert (here.convictions.origins(), here.sight.failure) == ([], "")
    assert partner.asked == ["POST /gossip/exchange", "POST /gossip/exchange", "GET /gossip/evidence"]


async def test_a_partner_that_does_not_know_the_log_costs_nothing():
    """It answers 404 to the evidence, and is told again at the next round, when it may know it."""
    partner = FakePartner()
    partner.lies["POST /gossip/evidence"] = (404, b"")
    here = Telling(partner)
    await here.convictions.take(evidence())
    for _ in range(2):
        await here.loop.exchange_all()
    assert (here.sight.failure, partner.asked.count("POST /gossip/evidence")) == ("", 2)


async def test_of_a_convicted_log_nothing_is_told_any_more():
    """Only the evidence."""
    partner = FakePartner()
    here = Telling(partner)
    await here.convictions.take(evidence())
    await here.loop.exchange_all()
    assert partner.told == []


async def test_what_is_not_settled_is_passed_on():
    """Another partner may be able to hold it against something."""
    partner = FakePartner()
    here = Telling(partner)
    here.comparisons.tell(HISTORY.note(150), "somebody else")
    await here.loop.exchange_all()
    assert partner.told == [HISTORY.note(100), HISTORY.note(150)]


BOGUS = json.dumps({"evidence": [{"id": "ab" * 32, "origin": ORIGIN}]}).encode()
ENDLESS_LIST = json.dumps({"evidence": [{"id": f"{at:064x}", "origin": ORIGIN} for at in range(1025)]}).encode()
LIES = {
    "silent": ("*", UnreachableError("no answer in time"), True),
    "failing": ("*", (500, b""), True),
    "noise": ("POST /gossip/exchange", (200, b"noise"), True),
    "empty": ("POST /gossip/exchange", (200, b""), True),
    "too many notes": (
        "POST /gossip/exchange",
        (200, json.dumps({"notes": [HISTORY.note().decode()] * 257, "v": 1}, separators=(",", ":")).encode()),
        True,
    ),
    "notes that are none": ("POST /gossip/exchange", (200, b'{"notes":["x"],"v":1}'), True),
    "another version": ("POST /gossip/exchange", (200, b'{"notes":[],"v":2}'), True),
    "a list that is none": ("GET /gossip/evidence", (200, b'{"evidence":1}'), True),
    "a list of noise": ("GET /gossip/evidence", (200, b"\xff\xfe"), True),
    "a list without end": ("GET /gossip/evidence", (200, ENDLESS_LIST), True),
    "ids that are paths": ("GET /gossip/evidence", (200, BOGUS.replace(b"abab", b"../.")), True),
    "evidence that isn't there": ("GET /gossip/evidence/" + "ab" * 32, (404, b""), False),
    "evidence of noise": ("GET /gossip/evidence/" + "ab" * 32, (200, b"noise"), False),
    "evidence of another log": ("GET /gossip/evidence/" + "ab" * 32, (200, evidence(OTHER)), False),
    "evidence under another key": (
        "GET /gossip/evidence/" + "ab" * 32,
        (200, evidence(Signer(ORIGIN, b"\x09" * 32))),
        False,
    ),
}


@pytest.mark.parametrize(("path", "lie", "fails"), LIES.values(), ids=LIES.keys())
async def test_whatever_a_partner_answers_convicts_nobody_and_ends_nothing(path, lie, fails):
    """The loop goes on; an exchange that failed is told as such, and the next good one mends it."""
    partner = FakePartner()
    partner.lies = {"GET /gossip/evidence": (200, BOGUS), path: lie}
    here = Telling(partner)
    await here.loop.exchange_all()
    assert (here.convictions.origins(), bool(here.sight.failure)) == ([], fails)
    partner.lies.clear()
    here.clock.advance(1000)
    await here.loop.exchange_all()
    assert here.sight.failure == ""


async def test_evidence_that_was_none_is_not_fetched_again():
    """A partner that lists it for ever costs one request."""
    partner = FakePartner()
    partner.lies = {"GET /gossip/evidence": (200, BOGUS), f"GET /gossip/evidence/{'ab' * 32}": (200, b"noise")}
    here = Telling(partner)
    for _ in range(3):
        await here.loop.exchange_all()
    assert partner.asked.count(f"GET /gossip/evidence/{'ab' * 32}") == 1


async def test_only_so_much_is_read_of_an_answer():
    """Each request says how many bytes it takes at most."""
    asked = {}

    class Bounded(FakePartner):
        async def request(self, method, url, *, most, body=None, headers=None):
            asked[f"{method} {url.rpartition('/')[2][:8]}"] = most
            return await super().request(method, url, most=most, body=body, headers=headers)

    partner = Bounded(documents=[evidence()])
    here = Telling(partner, logs=[watched(HISTORY), watched(History([], signer=OTHER))])
    await here.convictions.take(evidence(OTHER))
    await here.loop.exchange_all()
    assert asked == {
        "POST exchange": MAX_EXCHANGE_BYTES,
        "GET evidence": 1 << 20,
        f"GET {evidence_id(evidence())[:8]}": MAX_EVIDENCE_BYTES,
        "POST evidence": 1 << 14,
    }


async def test_a_partner_that_fails_is_left_alone_for_longer_and_longer():
    """Half an interval at first, five minutes at most; one good exchange ends it."""
    partner = FakePartner()
    partner.lies["*"] = UnreachableError("away")
    here = Telling(partner)
    pauses = []
    for _ in range(8):
        await here.loop.exchange_all()
        tried, pause = len(partner.asked), 0
        while len(partner.asked) == tried:
            here.clock.advance(1)
            pause += 1
            await here.loop.exchange_all()
        pauses.append(pause)
    assert pauses == [30, 60, 120, 240, 300, 300, 300, 300]
    partner.lies.clear()
    here.clock.advance(300)
    await here.loop.exchange_all()
    partner.lies["*"] = UnreachableError("away")
    await here.loop.exchange_all()
    here.clock.advance(30)
    before = len(partner.asked)
    await here.loop.exchange_all()
    assert len(partner.asked) == before + 1


async def test_a_log_of_another_program_is_told_apart():
    """It answers that it has no such address: that is no gossip, and no failure of its log."""
    partner = FakePartner()
    partner.lies["*"] = (404, b"404 page not found")
    here = Telling(partner)
    await here.loop.exchange_all()
    assert here.sight.speaks_no_gossip


async def test_what_is_new_is_told_at_once_and_nothing_twice(monkeypatch):
    """A larger tree wakes the loop; a look without news asks nobody."""
    monkeypatch.setattr(exchange_module, "PUSH_SECONDS", 0)
    monkeypatch.setattr("node.gossip.exchange.exchanges.LOOK_SECONDS", 0)
    partner = FakePartner()
    here = Telling(partner)
    told = asyncio.Event()
    answer = partner._answer

    def answering(method, path, body):
        told.set()
        return answer(method, path, body)

    partner._answer = answering
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(here.exchanges.run())
        await told.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        told.clear()
        reader = here.log.reader()
        reader.state.published = HISTORY.reader().state.published
        await told.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        running.cancel()
    assert partner.told == [HISTORY.note(100), HISTORY.note(200)]


async def test_a_partner_that_stalls_holds_up_no_other():
    """Each has its own loop."""

    class Stalling(FakePartner):
        async def request(self, method, url, *, most, body=None, headers=None):
            await asyncio.Event().wait()

    stalled, quick = Telling(Stalling()), Telling(FakePartner())
    both = [asyncio.create_task(here.loop.exchange_all()) for here in (stalled, quick)]
    await both[1]
    assert (both[0].done(), quick.sight.failure) == (False, "")
    again = asyncio.create_task(stalled.loop.exchange_all())
    await again  # it is being asked already: that is left to whoever asks
    both[0].cancel()


async def test_an_exchange_that_comes_to_us_is_answered_with_what_we_have():
    """Whoever asks; what it told is compared like anything else."""
    here = Telling(FakePartner())
    answer = here.exchanges.answer(Exchange((HISTORY.note(150),)))
    assert (answer.notes, len(here.comparisons.unsettled(ORIGIN))) == ((HISTORY.note(100),), 1)


async def test_what_somebody_has_told_is_not_told_in_turn():
    """An answer is what isn't among what was told."""
    here = Telling(FakePartner())
    assert here.exchanges.answer(Exchange((HISTORY.note(100),))).notes == ()


async def test_a_stranger_that_brings_many_notes_that_nobody_signed_is_not_listened_to():
    """A signature costs time to verify: eight wrong ones are enough to stop."""
    verified = []

    class Counting(type(SIGNER.verifier)):
        def verify(self, message, signature):
            verified.append(1)
            return super().verify(message, signature)

    key = Counting(SIGNER.verifier.name, SIGNER.verifier.algorithm, SIGNER.verifier.public_key)
    here = Telling(FakePartner())
    object.__setattr__(here.log, "keys_now", lambda: (key,))
    line = NoteSignature(ORIGIN, SIGNER.verifier.key_id, b"\1" * 64)
    forged = [Note(Checkpoint(ORIGIN, 1000 + at, b"\1" * 32).render(), (line,)).render() for at in range(200)]
    here.notes.all()
    verified.clear()
    here.exchanges.answer(Exchange(tuple(forged)))
    assert (len(here.comparisons.unsettled(ORIGIN)), len(verified)) == (0, MOST_NOT_SIGNED)
