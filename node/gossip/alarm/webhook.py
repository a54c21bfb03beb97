r"""Sends alarms to the operator's webhook, and signs of life to the operator's watch over this node.

An alarm is one POST of JSON; any 2xx answer takes it::

    {"alarm":"split-view","at":"2026-11-24T07:00:00Z","detail":"…","log":"ledger.example.org/nostra",
     "node":"nostra","state":"raised","text":"nostra: alarm 'split-view' of ledger.example.org/nostra: …","v":1}

`state` is `raised` or `over`; `text` says it in one line, which chat programs show. Of each alarm (kind and log) the
newest word waits to be sent, so that what waits is bounded; it is sent again, with growing pauses, until it is taken.

A heartbeat is a POST too: ``{"alarms":["split-view"],"at":…,"node":…,"v":1,"watching":4}``. It is sent only while the
node really watches: a node whose rounds have stopped is silent, and silence there is an alarm. The addresses are
secrets and stand in no line that is written.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from node.client import HttpClient
from node.clock import Clock, instant
from node.errors import BadAnswerError, NodeError
from node.gossip.alarm.alarms import Alarm, Alarms, line
from node.telemetry import ALARMS_UNSENT, event, warn

PAUSES: Final = (1.0, 5.0, 15.0, 60.0, 300.0)
"""Seconds between attempts; the last one repeats."""

MOST_ANSWER_BYTES: Final = 1 << 16
SUCCESS: Final = range(200, 300)
JSON: Final = {"Content-Type": "application/json"}


class AlarmTold(msgspec.Struct, frozen=True):
    """What a webhook is sent."""

    alarm: str
    at: str
    detail: str
    log: str
    node: str
    state: str
    text: str
    v: int = 1


class Heartbeat(msgspec.Struct, frozen=True):
    """A sign of life."""

    alarms: list[str]
    at: str
    node: str
    watching: int
    """Logs that are watched."""
    v: int = 1


class Webhook:
    """Sends what is to be told, one alarm after the other."""

    def __init__(self, url: str | None, http: HttpClient, *, node: str, clock: Clock) -> None:
        """Send to this address as the node of this name; without an address nothing is sent."""
        self._url = url
        self._http = http
        self._node = node
        self._clock = clock
        self._unsent: dict[tuple[str, str], Alarm] = {}
        self._wake = asyncio.Event()
        self.failing_since: int | None = None
        """POSIX seconds since when it takes nothing; None while it does."""

    @property
    def is_set(self) -> bool:
        """Whether there is an address."""
        return self._url is not None

    def take(self, alarm: Alarm) -> None:
        """Take an alarm to be sent, in the place of an older word on the same."""
        if self._url is not None:
            self._unsent.pop((alarm.kind, alarm.origin), None)
            self._unsent[(alarm.kind, alarm.origin)] = alarm
            ALARMS_UNSENT.set(len(self._unsent))
            self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        failures = 0
        while True:
            self._wake.clear()
            if not self._unsent:
                await self._wake.wait()
            failures = 0 if await self.send_next() else failures + 1
            if failures:
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])

    async def send_next(self) -> bool:
        """Send the alarm that waits longest, if one does; return whether it was taken."""
        if not self._unsent:
            return True
        key, alarm = next(iter(self._unsent.items()))
        failure = await self.send(alarm)
        if failure:
            if self.failing_since is None:
                self.failing_since = self._clock.now()
                warn("webhook_failed", kind=alarm.kind, log=alarm.origin, failure=failure)
            self._unsent[key] = self._unsent.pop(key)  # one that is refused holds up no other
            return False
        self.failing_since = None
        if self._unsent.get(key) is alarm:  # else a newer word on it came while this one was sent
            del self._unsent[key]
        ALARMS_UNSENT.set(len(self._unsent))
        event("alarm_sent", kind=alarm.kind, log=alarm.origin)
        return True

    async def send(self, alarm: Alarm) -> str:
        """Send one alarm once; return why it wasn't taken, "" if it was."""
        if self._url is None:
            return "no webhook is configured"
        return await _post(self._http, self._url, self._body(alarm))

    def _body(self, alarm: Alarm) -> bytes:
        return msgspec.json.encode(
            AlarmTold(
                alarm=alarm.kind,
                at=instant(alarm.at),
                detail=alarm.detail,
                log=alarm.origin,
                node=self._node,
                state="raised" if alarm.raised else "over",
                text=f"{self._node}: {line(alarm)}",
            )
        )

    def reasons(self) -> list[str]:
        """Return, as a reason against freshness, that alarms don't get through."""
        if self.failing_since is None:
            return []
        return [f"the webhook has taken no alarm since {instant(self.failing_since)}"]


class Pulse:
    """Sends signs of life."""

    def __init__(self, url: str | None, http: HttpClient, *, node: str, clock: Clock) -> None:
        """Send to this address as the node of this name; without an address nothing is sent."""
        self._url = url
        self._http = http
        self._node = node
        self._clock = clock
        self._silent = ""

    async def beat(self, alarms: Alarms, *, watching: int, not_watching: Callable[[], str]) -> None:
        """Send one, unless this node isn't watching; says so once in its own log, and once when it does again."""
        if self._url is None:
            return
        reason = not_watching()
        if not reason:
            kinds = sorted({alarm.kind for alarm in alarms.standing()})
            body = Heartbeat(alarms=kinds, at=self._clock.now_text(), node=self._node, watching=watching)
            reason = await _post(self._http, self._url, msgspec.json.encode(body))
        if reason and reason != self._silent:
            warn("heartbeat_not_sent", failure=reason)
        self._silent = reason


async def _post(http: HttpClient, url: str, body: bytes) -> str:
    """Send a body; return why it wasn't taken, without the address, which is a secret."""
    try:
        answer = await http.request("POST", url, most=MOST_ANSWER_BYTES, body=body, headers=JSON)
    except BadAnswerError:
        return "its answer can't be used"
    except NodeError as error:
        return "no answer" if error.code == "unreachable" else error.title
    return "" if answer.status in SUCCESS else f"it answered with HTTP status {answer.status}"
