"""Alarms stand until their cause is gone, are told once a day, and reach a webhook that may be away for long."""

import asyncio
import json

import pytest

from node.client import HttpClient
from node.errors import BadAnswerError, UnreachableError
from node.gossip.alarm import webhook
from node.gossip.alarm.alarms import KINDS, Alarms
from node.gossip.alarm.webhook import Pulse, Webhook
from tests.support.clock import FakeClock
from tests.support.weather import Asked, an_answer

URL = "https://hooks.example/secret-4711"
LOG = "liar.example/log"
DAY = 86_400


class Hook(HttpClient):
    """A webhook's server: answers with `status`, or fails with `failure`."""

    def __init__(self):
        super().__init__()
        self.status, self.failure = 200, None
        self.taken, self.asked = [], 0
        self.called = asyncio.Event()

    async def request(self, method, url, *, most, body=None, headers=None):
        """Keep what is sent."""
        self.asked += 1
        self.called.set()
        assert (method, url, headers["Content-Type"]) == ("POST", URL, "application/json")
        if self.failure is not None:
            raise self.failure
        if self.status < 300:
            self.taken.append(json.loads(body))
        return an_answer(Asked("", "", method, url), b"", status=self.status)


@pytest.fixture
def clock():
    """Give a clock that is told the time."""
    return FakeClock()


@pytest.fixture
def alarms(clock):
    """Give alarms, and what they have told as `told`."""
    alarms = Alarms(clock)
    told = []
    alarms.on_news = told.append
    return alarms, told


def test_an_alarm_is_told_once_while_it_stands_and_again_every_day(alarms, clock):
    """Its detail changes silently; taken back and raised anew it is told anew."""
    alarms, told = alarms
    for detail in ("first", "second"):
        alarms.tell("behind", LOG, detail)
    assert ([one.detail for one in told], [one.detail for one in alarms.standing()]) == (["first"], ["second"])
    clock.advance(DAY)
    alarms.tell("behind", LOG, "third")
    assert [one.detail for one in told] == ["first", "third"]
    alarms.clear("behind", LOG)
    alarms.clear("behind", LOG)
    alarms.tell("behind", LOG, "fourth")
    assert [(one.detail, one.raised) for one in told[2:]] == [("third", False), ("fourth", True)]


def test_alarms_of_several_kinds_and_logs_stand_side_by_side(alarms):
    """One taken back leaves the others."""
    alarms, _ = alarms
    for kind in KINDS:
        alarms.tell(kind, LOG, "x")
        alarms.tell(kind, "", "x")
    alarms.clear("split-view", LOG)
    stand = {(one.kind, one.origin) for one in alarms.standing()}
    assert stand == {(kind, origin) for kind in KINDS if kind != "test" for origin in (LOG, "")} - {("split-view", LOG)}
    assert len(alarms.reasons()) == len(stand)


def test_a_test_alarm_stands_for_nothing(alarms, caplog):
    """It is written down as an error, and is no reason for anything."""
    alarms, told = alarms
    alarms.tell("test", "", "nothing is wrong")
    assert (alarms.standing(), told) == ([], [])
    assert [(record.levelname, record.fields["kind"]) for record in caplog.records] == [("ERROR", "test")]


async def test_a_webhook_is_sent_what_people_and_programs_need(alarms, clock):
    """One POST an alarm, with a line that a chat program shows."""
    alarms, _ = alarms
    hook = Hook()
    sender = Webhook(URL, hook, node="tuni", clock=clock)
    alarms.on_news = sender.take
    alarms.tell("split-view", LOG, "it has shown two histories")
    assert await sender.send_next()
    alarms.clear("split-view", LOG)
    assert await sender.send_next()
    raised, over = hook.taken
    assert raised == {
        "alarm": "split-view",
        "at": "2026-11-24T07:00:00Z",
        "detail": "it has shown two histories",
        "log": LOG,
        "node": "tuni",
        "state": "raised",
        "text": f"tuni: alarm 'split-view' of {LOG}: it has shown two histories",
        "v": 1,
    }
    assert (over["state"], over["text"].startswith("tuni: over: alarm")) == ("over", True)


@pytest.mark.parametrize(
    ("failure", "status", "says"),
    [
        (UnreachableError(f"{URL}: no answer in time"), 200, "no answer"),
        (BadAnswerError(f"{URL}: too large"), 200, "its answer can't be used"),
        (None, 404, "it answered with HTTP status 404"),
        (None, 302, "it answered with HTTP status 302"),
        (None, 500, "it answered with HTTP status 500"),
    ],
)
async def test_an_alarm_that_is_not_taken_waits_and_its_address_stays_secret(
    alarms, clock, caplog, failure, status, says
):
    """It is said once why; the node isn't fresh meanwhile; and in the end it is sent."""
    alarms, _ = alarms
    hook = Hook()
    hook.failure, hook.status = failure, status
    sender = Webhook(URL, hook, node="tuni", clock=clock)
    alarms.on_news = sender.take
    alarms.tell("behind", LOG, "x")
    for _ in range(3):
        assert not await sender.send_next()
        clock.advance(60)
    assert sender.reasons() == ["the webhook has taken no alarm since 2026-11-24T07:00:00Z"]
    told = [record.fields["failure"] for record in caplog.records if record.message == "webhook_failed"]
    assert told == [says]
    assert "4711" not in str([record.fields for record in caplog.records])
    hook.failure, hook.status = None, 204
    assert await sender.send_next()
    assert (len(hook.taken), sender.reasons()) == (1, [])


async def test_what_waits_is_the_newest_word_on_each_alarm(alarms, clock):
    """A webhook that is away for a year costs no memory, and isn't told of what was over meanwhile twice."""
    alarms, _ = alarms
    hook = Hook()
    hook.status = 500
    sender = Webhook(URL, hook, node="tuni", clock=clock)
    alarms.on_news = sender.take
    for number in range(1000):
        alarms.tell("quorum-short", "", str(number))
        alarms.clear("quorum-short", "")
        alarms.tell("unresolved", LOG, str(number))
        clock.advance(DAY)
    assert not await sender.send_next()
    hook.status = 200
    for _ in range(5):
        assert await sender.send_next()
    assert sorted((one["alarm"], one["state"], one["detail"]) for one in hook.taken) == [
        ("quorum-short", "over", "999"),
        ("unresolved", "raised", "999"),
    ]


async def test_an_alarm_that_is_refused_holds_up_no_other(alarms, clock):
    """The next one is tried before it is tried again."""
    alarms, _ = alarms
    hook = Hook()
    sender = Webhook(URL, hook, node="tuni", clock=clock)
    alarms.on_news = sender.take
    alarms.tell("behind", LOG, "refused")
    alarms.tell("behind", "other.example/log", "taken")
    hook.status = 400
    await sender.send_next()
    hook.status = 200
    await sender.send_next()
    assert [one["detail"] for one in hook.taken] == ["taken"]


async def test_it_is_sent_again_until_it_is_taken(alarms, clock, monkeypatch):
    """The loop pauses, and goes on for ever."""
    alarms, _ = alarms
    monkeypatch.setattr(webhook, "PAUSES", (0.001, 0.002))
    hook = Hook()
    hook.status = 503
    sender = Webhook(URL, hook, node="tuni", clock=clock)
    alarms.on_news = sender.take
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(sender.run())
        alarms.tell("behind", LOG, "x")
        while hook.asked < 5:
            await hook.called.wait()
            hook.called.clear()
        hook.status = 200
        while not hook.taken:
            await hook.called.wait()
            hook.called.clear()
        running.cancel()


async def test_without_a_webhook_nothing_is_sent_and_nothing_waits(clock):
    """The log and the metrics have it still."""
    sender = Webhook(None, Hook(), node="tuni", clock=clock)
    alarms = Alarms(clock)
    alarms.on_news = sender.take
    alarms.tell("behind", LOG, "x")
    assert await sender.send_next()
    assert await sender.send(alarms.standing()[0]) == "no webhook is configured"


async def test_a_heartbeat_says_what_stands_and_how_much_is_watched(alarms, clock):
    """Whoever waits for it learns of alarms even where the webhook is broken."""
    alarms, _ = alarms
    alarms.tell("split-view", LOG, "x")
    alarms.tell("split-view", "other.example/log", "x")
    hook = Hook()
    await Pulse(URL, hook, node="tuni", clock=clock).beat(alarms, watching=4, not_watching=lambda: "")
    assert hook.taken == [
        {"alarms": ["split-view"], "at": "2026-11-24T07:00:00Z", "node": "tuni", "watching": 4, "v": 1}
    ]


async def test_a_node_that_does_not_watch_is_silent(alarms, clock, caplog):
    """Silence is the alarm then; why is in the node's own log, once."""
    alarms, _ = alarms
    hook = Hook()
    pulse = Pulse(URL, hook, node="tuni", clock=clock)
    for _ in range(3):
        await pulse.beat(alarms, watching=4, not_watching=lambda: "no round of gossip has begun for 900 seconds")
    assert (hook.asked, [record.message for record in caplog.records]) == (0, ["heartbeat_not_sent"])
    await Pulse(None, hook, node="tuni", clock=clock).beat(alarms, watching=4, not_watching=lambda: "")
    assert hook.asked == 0
