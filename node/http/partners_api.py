"""What the operator sees of the partners, and of alarms; inside only."""

from typing import Final

import msgspec
from aiohttp import web

from node.clock import instant
from node.gossip.alarm.alarms import Alarm
from node.gossip.exchange.rounds import letters
from node.gossip.exchange.sight import Sight
from node.http.answers import json_answer
from node.http.parts import Parts
from node.http.routes import Route

NO_STORE: Final = {"Cache-Control": "no-store"}


class PartnerShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A partner node, and how it stood in the last closed rounds."""

    name: str
    url: str
    logs: list[str]
    state: str
    """In the last closed round: agrees, lags, disagrees, missing; "" before there is one."""
    rounds: str
    """The last closed rounds, the newest last: A, L, D, M."""
    exchanged_at: str = ""
    """When it last exchanged with this node."""
    failure: str = ""
    """What the latest exchange failed on."""
    told: dict[str, int] = msgspec.field(default_factory=dict)
    """By origin, the size that it told last."""
    convicted: dict[str, str] = msgspec.field(default_factory=dict)
    """Its logs that have shown two histories, each with the id of the evidence."""


class PartnersShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """All partner nodes."""

    partners: list[PartnerShown]
    closed_at: str = ""
    """When the last round was judged."""
    to_spare: int | None = None
    """How many more partners may fail before the quorum is lost; -1 if it is; absent where none is needed."""


class AlarmShown(msgspec.Struct, frozen=True):
    """An alarm that stands."""

    alarm: str
    log: str
    detail: str
    at: str


class AlarmsShown(msgspec.Struct, frozen=True):
    """The alarms that stand, and whether anybody is told."""

    alarms: list[AlarmShown]
    webhook: bool
    """Whether one is configured."""


class AlarmTested(msgspec.Struct, frozen=True):
    """How the test alarm went."""

    sent: bool
    failure: str


async def partners(parts: Parts, request: web.Request) -> web.Response:
    """Return how the partners stand."""
    rounds = parts.gossip.rounds
    shown = [_shown(parts, sight) for sight in rounds.sights]
    closed = "" if rounds.closed_at is None else instant(rounds.closed_at)
    return json_answer(PartnersShown(shown, closed, rounds.margin), headers=NO_STORE)


def _shown(parts: Parts, sight: Sight) -> PartnerShown:
    states = parts.gossip.rounds.states(sight.node.name)
    convictions = parts.gossip.convictions
    logs = sorted(sight.node.origins)
    return PartnerShown(
        name=sight.node.name,
        url=sight.node.url,
        logs=logs,
        state=states[-1] if states else "",
        rounds=letters(states),
        exchanged_at="" if sight.reached_at is None else instant(sight.reached_at),
        failure=sight.failure,
        told=dict(sight.told),
        convicted={origin: convictions.evidence_of(origin) for origin in logs if convictions.is_convicted(origin)},
    )


async def alarms(parts: Parts, request: web.Request) -> web.Response:
    """Return the alarms that stand."""
    standing = [AlarmShown(one.kind, one.origin, one.detail, instant(one.at)) for one in parts.gossip.alarms.standing()]
    return json_answer(AlarmsShown(standing, parts.gossip.webhook.is_set), headers=NO_STORE)


async def test_alarm(parts: Parts, request: web.Request) -> web.Response:
    """Send a test alarm now, once, and return how it went."""
    alarm = Alarm("test", "", "a test: nothing is wrong", parts.clock.now())
    parts.gossip.alarms.tell(alarm.kind, alarm.origin, alarm.detail)
    failure = await parts.gossip.webhook.send(alarm)
    return json_answer(AlarmTested(not failure, failure), headers=NO_STORE)


ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/partners",
        handler=partners,
        listener="internal",
        summary="How each partner stood in the last closed rounds, and how many more may fail",
        response=PartnersShown,
    ),
    Route(
        method="GET",
        path="/v1/alarms",
        handler=alarms,
        listener="internal",
        summary="The alarms that stand",
        response=AlarmsShown,
    ),
    Route(
        method="POST",
        path="/v1/alarms/test",
        handler=test_alarm,
        listener="internal",
        role="operate",
        summary="Send a test alarm to the webhook, and say whether it was taken",
        response=AlarmTested,
    ),
)
