"""Gossip, put together: what convicts and what alarms comes first, since nothing may be signed or cosigned without it.

::

    async with begin_gossip(config, database, clock) as watch:       before any log, mirror or witness is opened
        async with open_gossip(config, watch, …) as gossip:          once they are
            …  gossip_work(gossip)             runs beside, until cancelled
            …  gossip_works(config, gossip)    comes round
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from node.client import Bounds, HttpClient
from node.clock import Clock
from node.config import Config
from node.gossip.alarm.alarms import Alarms
from node.gossip.alarm.webhook import Pulse, Webhook
from node.gossip.cosigning.witness import Witness
from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.convictions import Convictions
from node.gossip.evidence.watched_log import WatchedLog
from node.gossip.exchange.exchange import PartnerLoop
from node.gossip.exchange.exchanges import Exchanges
from node.gossip.exchange.look import Looker
from node.gossip.exchange.newest import NewestNotes
from node.gossip.exchange.rounds import Rounds
from node.gossip.exchange.seen import LastSeen
from node.gossip.exchange.sight import Sight
from node.gossip.exchange.unshown import Unshown
from node.gossip.hold import OwnHolds
from node.gossip.mirror.mirrors import MirrorSet
from node.gossip.own_keys import OwnKeys
from node.gossip.partners.nodes import partner_nodes
from node.gossip.services import Gossip
from node.gossip.watch import Watch
from node.gossip.watched_logs import Sources, followed_log, own_log
from node.http.parts import OwnLog
from node.log.prove import LogReader
from node.runtime.logs import own_keys
from node.runtime.release import alarm_if_short
from node.runtime.schedule import Work
from node.storage.database import Database
from protocol.encoding.note import Note
from protocol.gossip.witness import origin_hash
from protocol.log.checkpoint import Checkpoint

LONGEST_REQUEST = 20
"""Seconds that one request of gossip may take, where mirrors are given longer."""

UNRESOLVED_ROUNDS = 3
"""Rounds for which a note may stay unresolved before that is an alarm."""

JITTER = 10
"""A round of gossip begins up to a tenth of the interval earlier or later."""


@asynccontextmanager
async def begin_gossip(config: Config, database: Database, clock: Clock) -> AsyncIterator[Watch]:
    """Read what evidence is here, and let each conviction be an alarm.

    Raises:
        DATABASE_FAILURES: It can't be read: nothing may be signed or cosigned.
    """
    partners = {partner.origin: partner.log_keys for partner in config.partners}
    own = OwnKeys(database, own_keys(config))
    await own.load()
    convictions = Convictions(database, lambda origin: own.of(origin) or partners.get(origin, ()), clock)
    watch = Watch(Alarms(clock), convictions, frozenset(log.origin for log in config.logs), own)
    await convictions.load()
    yield watch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What gossip is made from."""

    config: Config
    watch: Watch
    database: Database
    clock: Clock
    http: HttpClient
    logs: Mapping[str, OwnLog]
    mirrors: MirrorSet
    witness: Witness

    def watched(self) -> list[WatchedLog]:
        """Return all logs as gossip sees them, own ones first."""
        nodes = partner_nodes(self.config.partners)
        sources = Sources(self.http, nodes, most_bytes=self.config.mirror.max_response_bytes)
        own = [
            own_log(log.origin, self.watch.own_keys, _reader_of(log), database=self.database, sources=sources)
            for log in self.logs.values()
        ]
        followed = [followed_log(self.mirrors, log, sources=sources, more=self.seen_here) for log in self.mirrors]
        return own + followed

    def seen_here(self, origin: str) -> list[bytes]:
        """Return notes of a log that the witness has seen in this process."""
        note = self.witness.seen(origin)
        return [] if note is None else [note]

    async def stored(self, origin: str) -> list[bytes]:
        """Return notes of a log that the witness has cosigned, whenever that was."""
        note = await self.witness.latest(origin_hash(origin))
        return [] if note is None else [note]

    async def cosigned_here(self, origin: str) -> list[bytes]:
        """Return the notes of a log that mirror and witness cosigned last."""
        note = self.mirrors.of(origin).mirror.holding.shown
        return [*([] if note is None else [note]), *await self.stored(origin)]

    async def cosigned(self, origin: str) -> int | None:
        """Return the size of a log that our witness cosigned last."""
        notes = await self.stored(origin)
        return Checkpoint.parse(Note.parse(notes[0]).text).size if notes else None

    def rounds(self) -> Rounds:
        """Return what judges the partners."""
        releasers = [log.releaser for log in self.logs.values() if log.releaser is not None]
        return Rounds(
            sights=[Sight(node) for node in partner_nodes(self.config.partners)],
            clock=self.clock,
            released=lambda: {
                log.origin: shown.size for log in self.logs.values() if (shown := log.reader.state.published)
            },
            is_doubtful=self.watch.is_doubtful,
            reached_at=lambda origin: self.mirrors.of(origin).status.reached_at,
            to_spare=lambda names: releasers[0].policy.to_spare(names) if releasers else None,
            on_margin=self.watch.margin,
        )

    def exchanges(
        self, rounds: Rounds, watched: Sequence[WatchedLog], comparisons: Comparisons, unshown: Unshown
    ) -> Exchanges:
        """Return the loops with all partners."""
        convictions = self.watch.convictions
        notes = NewestNotes(watched, comparisons, convictions, unshown=unshown.of)
        loops = [
            PartnerLoop(
                sight,
                self.http,
                notes=notes,
                comparisons=comparisons,
                convictions=convictions,
                clock=self.clock,
                interval_seconds=self.config.gossip.interval_seconds,
            )
            for sight in rounds.sights
        ]
        return Exchanges(loops, notes, comparisons=comparisons, convictions=convictions)

    def gossip(self) -> Gossip:
        """Return all of it."""
        config, watched = self.config, self.watched()
        patience = UNRESOLVED_ROUNDS * config.gossip.interval_seconds
        comparisons = Comparisons(watched, self.watch.convictions, clock=self.clock, patience_seconds=patience)
        rounds = self.rounds()
        unshown = Unshown(watched, comparisons, cosigned=self.cosigned_here)
        return Gossip(
            alarms=self.watch.alarms,
            webhook=Webhook(config.alarms.webhook, self.http, node=config.node.name, clock=self.clock),
            pulse=Pulse(config.alarms.heartbeat, self.http, node=config.node.name, clock=self.clock),
            convictions=self.watch.convictions,
            comparisons=comparisons,
            exchanges=self.exchanges(rounds, watched, comparisons, unshown),
            unshown=unshown,
            rounds=rounds,
            own_keys=self.watch.own_keys,
            look_each_round=lambda: alarm_if_short(self.logs.values(), self.clock, self.watch.alarms),
            holds=OwnHolds({log.origin: log.sequencer for log in self.logs.values()}, self.watch),
            interval_seconds=config.gossip.interval_seconds,
            seen=LastSeen(
                watched,
                comparisons,
                mirror=self.mirrors.seen,
                further=self.stored,
                mirror_names=[f"{config.cosigning.name}/mirror"],
                clock=self.clock,
            ),
            looker=Looker(
                self.mirrors,
                self.http,
                cosigned=self.cosigned,
                clock=self.clock,
                freshness_seconds=config.policy.freshness_seconds,
                proxied=config.http.outbound_proxy is not None,
            ),
        )


def _reader_of(log: OwnLog) -> Callable[[], LogReader]:
    return lambda: log.reader


@asynccontextmanager
async def open_gossip(
    config: Config,
    watch: Watch,
    database: Database,
    clock: Clock,
    *,
    logs: Mapping[str, OwnLog],
    mirrors: MirrorSet,
    witness: Witness,
) -> AsyncIterator[Gossip]:
    """Put gossip together, and let what it finds reach whom it concerns; own logs that are convicted are held."""
    bounds = Bounds(total_seconds=min(LONGEST_REQUEST, config.mirror.timeout_seconds))
    async with HttpClient(bounds=bounds, proxy=config.http.outbound_proxy, clock=clock) as http:
        gossip = _Parts(
            config=config,
            watch=watch,
            database=database,
            clock=clock,
            http=http,
            logs=logs,
            mirrors=mirrors,
            witness=witness,
        ).gossip()
        watch.alarms.on_news = gossip.webhook.take
        for alarm in watch.alarms.standing():
            gossip.webhook.take(alarm)
        mirrors.on_inconsistent = watch.inconsistent
        mirrors.on_not_taken = watch.not_taken
        gossip.comparisons.on_behind = gossip.holds.behind
        watch.begin(gossip.comparisons)
        yield gossip


def gossip_work(gossip: Gossip) -> tuple[Coroutine[None, None, None], ...]:
    """Return what runs beside the node until it is cancelled."""
    return (gossip.comparisons.run(), gossip.exchanges.run(), gossip.webhook.run())


def gossip_works(config: Config, gossip: Gossip) -> list[Work]:
    """Return what comes round."""
    interval = config.gossip.interval_seconds
    jitter = interval // JITTER
    works = [
        Work(f"gossip with {loop.name}", loop.exchange_all, every_seconds=interval, jitter_seconds=jitter)
        for loop in gossip.exchanges.loops
    ]
    return [
        *works,
        Work("close a round of gossip", gossip.close_round, every_seconds=interval),
        Work("heartbeat", gossip.beat, every_seconds=config.alarms.heartbeat_seconds),
    ]
