"""Run a node until it is told to stop.

Started in this order, ended in the reverse: database (embedded or named), logs, one task a log that sequences,
listeners, scheduled work. If one of the tasks fails, all end: a node that can't write must not go on as if it could.

Stopping: the listeners take no more and finish what is under way; then the sequencers finish what is queued and write
down the head; then the database closes. If the process dies instead, at any line, nothing that was answered is lost.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from node.clock import Clock
from node.config import Address, Config
from node.errors import FatalError
from node.gossip.mirror.mirrors import MirrorSet
from node.gossip.mirror.upload import MirrorUploads
from node.gossip.release.policy import ReleasePolicy, release_policy
from node.gossip.release.reading import reading_policy
from node.gossip.services import Gossip
from node.http.callers import Callers
from node.http.health import Health
from node.http.parts import OwnLog, Parts
from node.http.routes import Listener
from node.recognition.proofs.present import Presenter
from node.recognition.records.vault import Vault
from node.recognition.services import queries_of, services_of
from node.runtime.cosigning import Cosigning, open_cosigning
from node.runtime.database import open_database
from node.runtime.gossip import begin_gossip, gossip_work, gossip_works, open_gossip
from node.runtime.indexes import Indexing, KnownParts, open_indexes
from node.runtime.integrity import check_all_logs
from node.runtime.listeners import listening
from node.runtime.logs import close_logs, open_logs, own_keys
from node.runtime.mirrors import known_logs, open_mirrors, stale_mirrors
from node.runtime.notify import ServiceManager
from node.runtime.release import held, release_client, release_work, short_of_quorum
from node.runtime.restored import begin_cosigned, cosigned_work
from node.runtime.schedule import Work, scheduled
from node.runtime.times import shown_times, split_quorums, times_works
from node.runtime.verdicts import verdicts_of
from node.storage.database import Database
from node.storage.embedded import EmbeddedPostgres
from node.telemetry import event, warn

NIGHT_HOUR = 2
"""When the integrity run begins, in UTC."""

EPOCH_SECONDS = 60
"""How long at most the key of an epoch stays in mind that another process has ended: what it read is erased."""

MOST_RESTARTS = 5
"""Times that an embedded server that ends by itself is started again within a minute."""

RESTART_WINDOW_SECONDS = 60.0

LAST_BATCH_SECONDS = 15.0
"""How long the sequencers may take for what is queued once the node is stopping."""


@dataclass(frozen=True, slots=True)
class Running:
    """A node that serves."""

    parts: Parts
    addresses: dict[Listener, Address]


async def run_node(
    config: Config,
    *,
    stop: asyncio.Event,
    started: Callable[[Running], None] = lambda _: None,
    clock: Clock | None = None,
    restore_accepted: bool = False,
    sign_unasked: bool = False,
    cosign_unasked: bool = False,
) -> None:
    """Run a node until `stop` is set; `started` is called once it serves.

    By an operator's word a restore is meant, or logs sign, or cosigners go on, before partners have answered.

    Raises:
        FatalError: It can't start, or can't go on.
    """
    clock, manager = clock or Clock(), ServiceManager(os.environ)
    async with (
        open_database(config) as opened,
        begin_gossip(config, opened.database, clock) as watch,
        begin_cosigned(config, opened.database, restored=restore_accepted, unasked=cosign_unasked) as cosigned,
        open_mirrors(config, opened.database, clock, is_convicted=watch.convictions.is_convicted) as mirrors,
        release_client(config, clock) as http,
        AsyncExitStack() as ending,
        _one_failure(),
    ):
        policy = release_policy(config.policy, config.partners, own_keys(config))
        if (reading := reading_policy(config, policy)) is not None:
            mirrors.is_witnessed = reading.is_witnessed
        logs = await open_logs(config, opened.database, clock, restore_accepted=restore_accepted, policy=policy)
        ending.push_async_callback(close_logs, logs)  # those that were sequenced have ended, and end once more
        convicted, suspect = watch.convictions.is_convicted, watch.suspect
        cosigning = open_cosigning(
            *(config, opened.database, logs.values()), clock=clock, is_convicted=convicted, suspect=suspect
        )
        gossip = await ending.enter_async_context(
            open_gossip(*(config, watch, opened.database, clock), logs=logs, mirrors=mirrors, witness=cosigning.witness)
        )
        known = KnownParts(config, opened.database, clock, mirrors, watch, policy, http)
        indexing = open_indexes(known, logs.values())
        parts = await _parts(
            *(config, clock, opened.database, logs, mirrors, cosigning, gossip), policy=policy, indexing=indexing
        )
        releases = release_work(
            *(config, logs.values()),
            http=http,
            clock=clock,
            alarm=watch.alarms.tell,
            must_not_sign=watch.must_not_sign,
            restored=restore_accepted,
            unasked=sign_unasked,
        )
        kept = cosigned_work(config, cosigned, parts, http)
        works = (_keep_running(opened.server, clock), cosigning.writer.run(), shown_times(parts, policy).run())
        rounds = (*releases, *gossip_work(gossip), *indexing.works())
        beside = (manager.keep_alive(), mirrors.run(), *kept, *works, *rounds)
        async with asyncio.TaskGroup() as tasks, _sequencing(tasks, logs):
            with _background(tasks, *beside), scheduled(_works(config, parts)):
                await _serve(parts, manager, started, stop)


async def _serve(
    parts: Parts, manager: ServiceManager, started: Callable[[Running], None], stop: asyncio.Event
) -> None:
    """Listen until the node is to stop."""
    async with listening(parts) as addresses:
        parts.health.started()
        manager.tell("READY=1")
        event("node_started", public=str(addresses["public"]), internal=str(addresses["internal"]))
        started(Running(parts, addresses))
        await _stopped(stop, parts.health, manager)


async def _stopped(stop: asyncio.Event, health: Health, manager: ServiceManager) -> None:
    """Return once the node is to stop, and say so."""
    await stop.wait()
    health.stopping()
    manager.tell("STOPPING=1")
    event("node_stopping")


async def _parts(
    config: Config,
    clock: Clock,
    database: Database,
    logs: dict[str, OwnLog],
    mirrors: MirrorSet,
    cosigning: Cosigning,
    gossip: Gossip,
    *,
    policy: ReleasePolicy | None,
    indexing: Indexing,
) -> Parts:
    health = Health()
    health.ready_if(lambda: [_unreachable(log) for log in logs.values() if log.sequencer.failure])
    health.ready_if(held(logs.values()))
    health.fresh_if(short_of_quorum(logs.values(), clock))
    health.fresh_if(stale_mirrors(config, mirrors, clock))
    health.fresh_if(gossip.reasons)
    health.fresh_if(indexing.reasons())
    vault = await Vault.open(config.node.keys, database, clock)
    split = split_quorums(config, logs, policy)
    known = known_logs(logs, mirrors, gossip.convictions.evidence_of, has_split_quorums=split)
    services = services_of(logs.values(), vault=vault, known_logs=known, database=database, clock=clock)
    queries = queries_of(
        logs.values(),
        vault=vault,
        known_logs=known,
        database=database,
        clock=clock,
        freshness_seconds=config.policy.freshness_seconds,
    )
    verdicts = verdicts_of(config, logs.values(), queries, services, policy=policy, indexes=indexing.served.trees.get)
    return Parts(
        config=config,
        clock=clock,
        database=database,
        logs=logs,
        callers=Callers(database, clock),
        health=health,
        mirrors=mirrors,
        witness=cosigning.witness,
        uploads=MirrorUploads(mirrors, clock),
        indexes=indexing.served,
        gossip=gossip,
        cosigners=cosigning.notes,
        known_logs=known,
        vault=vault,
        services=services,
        queries=queries,
        verdicts=verdicts,
        presenter=Presenter(verdicts.source.excerpts, queries.institutions),
        policy_text=_policy_text(config, logs.values()),
    )


def _policy_text(config: Config, logs: Iterable[OwnLog]) -> str:
    """Return the trust policy for whoever reads our logs: the operator's file, else the one that we release by."""
    if config.policy.file is not None:
        return config.policy.file.read_text("utf-8")
    releaser = next((log.releaser for log in logs if log.releaser is not None), None)
    return "" if releaser is None else releaser.policy.policy.render().decode()


def _unreachable(log: OwnLog) -> str:
    return f"the log {log.name} can't reach its database: {log.sequencer.failure}"


def _works(config: Config, parts: Parts) -> list[Work]:
    database, known, clock = parts.database, parts.known_logs, parts.clock
    return [
        Work("follow partners", parts.mirrors.refresh_all, every_seconds=config.mirror.interval_seconds),
        Work("look at epochs", parts.vault.look_at_epochs, every_seconds=EPOCH_SECONDS),
        Work("integrity run", lambda: check_all_logs(database, parts.gossip.alarms), daily_at_hour=NIGHT_HOUR),
        *times_works(database, known, clock),
        *gossip_works(config, parts.gossip),
    ]


@asynccontextmanager
async def _sequencing(tasks: asyncio.TaskGroup, logs: dict[str, OwnLog]) -> AsyncIterator[None]:
    """Sequence every log; at the end let each finish its queue, unless its database doesn't answer."""
    running = [tasks.create_task(log.sequencer.run(), name=f"sequence {log.name}") for log in logs.values()]
    try:
        yield
    finally:
        for log in logs.values():
            log.sequencer.stop()
        if running:
            await asyncio.wait(running, timeout=LAST_BATCH_SECONDS)
        for task in running:
            task.cancel()


@contextlib.contextmanager
def _background(tasks: asyncio.TaskGroup, *coroutines: Coroutine[None, None, None]) -> Iterator[None]:
    """Run tasks beside the block and end them with it."""
    running = [tasks.create_task(one) for one in coroutines]
    try:
        yield
    finally:
        for task in running:
            task.cancel()


@asynccontextmanager
async def _one_failure() -> AsyncIterator[None]:
    """Raise the one failure that a task group wraps as what it is."""
    try:
        yield
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


async def _keep_running(server: EmbeddedPostgres | None, clock: Clock) -> None:
    """Start our own server again whenever it ends by itself; logs and pool find it again.

    Raises:
        FatalError: It ends again and again.
    """
    restarts: list[float] = []
    while server is not None:
        await server.ended()
        now = clock.monotonic()
        restarts = [at for at in restarts if now - at < RESTART_WINDOW_SECONDS] + [now]
        if len(restarts) > MOST_RESTARTS:
            raise FatalError("the embedded PostgreSQL ends again and again", mend="its log is in the data folder")
        warn("embedded_postgres_ended", restarts=len(restarts))
        await server.stop()
        await server.start()
