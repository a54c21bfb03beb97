"""Releasing own logs: the start rule first, then the rounds with the partners' mirrors, then the plain witnesses."""

from collections.abc import Callable, Coroutine, Iterable
from functools import partial

from node.client import Bounds, HttpClient
from node.client.cosigning import MirrorClient, WitnessClient
from node.clock import Clock
from node.config import Config
from node.gossip.alarm.alarms import Alarms
from node.gossip.partners.ask_seen import ask_seen
from node.gossip.release.push import MirrorPush
from node.gossip.release.releaser import Cosigner
from node.gossip.release.start import Alarm, AskedPartner, StartRule
from node.gossip.release.witness_push import WitnessPush
from node.http.health import Reasons
from node.http.parts import OwnLog

SHORT_SECONDS = 30.0
"""After this long without a quorum, the node says that it isn't fresh."""


def release_client(config: Config, clock: Clock) -> HttpClient:
    """Return the client by which mirrors and witnesses are asked; open it before use."""
    bounds = Bounds(total_seconds=config.release.timeout_seconds)
    return HttpClient(bounds=bounds, proxy=config.http.outbound_proxy, clock=clock)


def release_work(
    config: Config,
    logs: Iterable[OwnLog],
    *,
    http: HttpClient,
    clock: Clock,
    alarm: Alarm,
    must_not_sign: Callable[[str], str],
    restored: bool,
    unasked: bool,
) -> list[Coroutine[None, None, None]]:
    """Hold every log that is released by partners, and return what frees and then releases each, for ever.

    Args:
        config: Says who the partners are.
        logs: Own logs, started.
        http: Asks them.
        clock: Tells the time of requests and releases.
        alarm: Is told what must not go unseen.
        must_not_sign: Returns why a log is closed for good; "" for one that isn't.
        restored: The database is a restore: every partner has to answer before a log signs.
        unasked: An operator's word that the logs may sign whatever partners have seen.
    """
    works = []
    for log in logs:
        if log.releaser is not None:
            rule = _rule(
                config, log, http=http, clock=clock, alarm=alarm, must_not_sign=must_not_sign, restored=restored
            )
            works.append(_release(config, log, http, rule=rule, unasked=unasked))
    return works


def short_of_quorum(logs: Iterable[OwnLog], clock: Clock) -> Reasons:
    """Return what tells which logs have waited too long for their partners."""

    def reasons() -> list[str]:
        now = clock.monotonic()
        return [
            f"the log {log.name} waits for its partners' mirrors{_failures(log.releaser.failures)}"
            for log in logs
            if log.releaser is not None
            and log.releaser.waits_since is not None
            and now - log.releaser.waits_since > SHORT_SECONDS
        ]

    return reasons


def alarm_if_short(logs: Iterable[OwnLog], clock: Clock, alarms: Alarms) -> None:
    """Raise the alarm of each log that waits too long for its partners, and take it back of each that doesn't."""
    for log in logs:
        if reasons := short_of_quorum([log], clock)():
            alarms.tell("quorum-short", log.origin, reasons[0])
        else:
            alarms.clear("quorum-short", log.origin)


def held(logs: Iterable[OwnLog]) -> Reasons:
    """Return what tells which logs sign nothing now, and why."""
    return lambda: [f"the log {log.name} signs nothing: {log.sequencer.held}" for log in logs if log.sequencer.held]


def _failures(failures: dict[str, str]) -> str:
    return f" ({'; '.join(f'{name}: {why}' for name, why in failures.items())})" if failures else ""


def _rule(
    config: Config,
    log: OwnLog,
    *,
    http: HttpClient,
    clock: Clock,
    alarm: Alarm,
    must_not_sign: Callable[[str], str],
    restored: bool,
) -> StartRule:
    assert log.releaser is not None  # noqa: S101 - the caller has looked
    asked = [
        AskedPartner(partner.name, partial(ask_seen, http, partner, log.signer, clock))
        for partner in config.partners
        if partner.name in log.releaser.policy.operators
    ]
    return StartRule(
        log.sequencer,
        asked,
        log.releaser.policy,
        alarm=alarm,
        all_must_answer=restored,
        must_not_sign=must_not_sign,
    )


async def _release(config: Config, log: OwnLog, http: HttpClient, *, rule: StartRule, unasked: bool) -> None:
    releaser, reader = log.releaser, log.reader
    if releaser is None:
        return
    if unasked:
        rule.override()
    else:
        await rule.run()
    mirrors: dict[str, Cosigner] = {
        partner.name: MirrorPush(reader, partner, MirrorClient(http, f"{partner.node_url}/mirror"))
        for partner in config.partners
        if partner.name in releaser.policy.operators
    }
    named = set().union(*releaser.policy.operators.values())
    index = {key for partner in config.partners for key in partner.index_keys}
    witnesses: dict[str, Cosigner] = {
        witness.name: WitnessPush(reader, witness, WitnessClient(http, witness.url))
        for witness in releaser.policy.policy.witnesses
        if witness.url and witness.name not in named and witness.key not in index
    }
    await releaser.run(log.sequencer, mirrors, witnesses)
