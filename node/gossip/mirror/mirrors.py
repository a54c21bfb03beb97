"""All mirrors of a node: kept up to date side by side, so that one partner's fault costs nobody else's.

Whatever a partner does ends in a line of its mirror's status and a metric: nothing that it serves, or fails to serve,
ends the node or holds up another mirror.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from node.client import HttpClient, LogClient
from node.clock import Clock
from node.config import PartnerSettings
from node.errors import BadAnswerError, NodeError, NotFoundError, UnreachableError
from node.gossip.cosigning.cosigner import Cosigner
from node.gossip.mirror.claim import IsConvicted
from node.gossip.mirror.holding import Seen
from node.gossip.mirror.joined import joined
from node.gossip.mirror.mirror import Mirror
from node.gossip.partners.last_seen import mirror_url
from node.log.follow import BehindError, InconsistentError, LogSource, Target, open_target
from node.log.prove import LogReader
from node.storage.database import Database
from node.storage.known_writes import KnownWrites
from node.storage.mirrors import MirrorRow, read_mirror, store_mirror
from node.telemetry import CHECKPOINT_TIME, PARTNER_FAILURES, warn
from protocol.gossip.witness import origin_hash

LONGEST_FAILURE: Final = 500

AWAY: Final = (UnreachableError, BadAnswerError, NotFoundError)
"""What says that a log's own node doesn't serve it: others may."""

PUSHED_SECONDS: Final = 5.0
"""Until a log that has pushed is asked what it shows of that; one that can't be reached waits for its round."""

MOST_OTHERS: Final = 3
"""Partners' mirrors that are asked in one round for a log whose node is away."""


@dataclass(slots=True)
class FollowedLog:
    """A partner's log as this node knows it."""

    mirror: Mirror
    status: MirrorRow
    round: asyncio.Lock
    is_away: bool = False
    """Whether its node did not serve it when it was last asked."""

    @property
    def partner(self) -> PartnerSettings:
        """Whose log it is, and where it is served."""
        return self.mirror.partner

    @property
    def reader(self) -> LogReader | None:
        """What reads the mirror; None while none of its checkpoints is wholly here."""
        reader = self.mirror.reader
        return reader if reader is not None and reader.state.published is not None else None


class MirrorSet:
    """The mirrors of all partners that the configuration names."""

    def __init__(
        self,
        database: Database,
        partners: Sequence[PartnerSettings],
        *,
        http: HttpClient,
        clock: Clock,
        most_bytes: int | None = None,
        cosigner: Cosigner | None = None,
        is_convicted: IsConvicted = lambda _: False,
    ) -> None:
        """Follow these partners' logs, reading no answer larger than `most_bytes`, and cosign what is wholly held."""
        self._database = database
        self._clock = clock
        self.on_inconsistent: Callable[[InconsistentError], None] = lambda _: None
        """Told when a log shows a tree that doesn't agree with what is kept of it; must not fail and must not wait."""
        self.on_not_taken: Callable[[bytes], None] = lambda _: None
        """Told the note that a log has shown without all of its tree, which others may know; the same holds."""
        self.is_witnessed: Callable[[str, bytes], bool] = lambda origin, note: True
        """Whether a log's note has a quorum of cosignatures; by default none is asked for."""
        self._writes = KnownWrites(database)
        self._logs: dict[str, FollowedLog] = {}
        for partner in partners:
            source: LogSource = LogClient(http, partner.url, most_bytes=most_bytes)
            mirror = Mirror(
                partner,
                source,
                database,
                clock=clock,
                writes=self._writes,
                cosigner=cosigner,
                is_convicted=is_convicted,
            )
            self._logs[partner.origin] = FollowedLog(mirror, MirrorRow(), asyncio.Lock())
        self._origins = {origin_hash(origin): origin for origin in self._logs}
        self._others = {partner.origin: _others(partner, partners, http, most_bytes) for partner in partners}
        self._cosigners = [key for partner in partners for key in (*partner.mirror_keys, *partner.witness_keys)]
        self._cosigners += () if cosigner is None else cosigner.keys

    def __iter__(self) -> Iterator[FollowedLog]:
        """Give each mirror, in the configuration's order."""
        return iter(self._logs.values())

    def of(self, origin: str) -> FollowedLog:
        """Return the mirror of a log.

        Raises:
            NotFoundError: No partner of that origin is configured.
        """
        if origin not in self._logs:
            raise NotFoundError(f"no [[partner]] has the origin {origin}")
        return self._logs[origin]

    def find(self, origin: str) -> Mirror | None:
        """Return the mirror of a log, or None of a log that isn't followed."""
        log = self._logs.get(origin)
        return None if log is None else log.mirror

    def hashed(self, name: str) -> Mirror | None:
        """Return the mirror of a log by the hash of its origin (`protocol.gossip.witness.origin_hash`), or None."""
        origin = self._origins.get(name)
        return None if origin is None else self._logs[origin].mirror

    async def close(self) -> None:
        """Let what is under way end, and close the connections on which mirrors are written."""
        for log in self:
            await log.mirror.intake.settle()
        self._writes.close()

    async def load(self) -> None:
        """Load what is here, so that it can be asked before any partner is reached."""
        for log in self:
            failure = await self._watched(log, log.mirror.load())
            await self._watched(log, self._read_status(log))
            if failure is not None:
                log.status = replace(log.status, failure=failure)

    async def refresh_all(self) -> None:
        """Ask every partner, side by side; one that is being asked already is left to that."""
        await asyncio.gather(*(self.refresh(log.partner.origin) for log in self if not log.round.locked()))

    async def run(self) -> None:
        """Follow every log: ask it once and then, until cancelled, soon after it has pushed us more than it showed.

        Questions are answered from what a log shows: so what it pushed counts here soon after enough mirrors hold it.
        """
        await asyncio.gather(*(self._run(log) for log in self))

    async def _run(self, log: FollowedLog) -> None:
        await self.refresh(log.partner.origin)
        while True:
            await asyncio.sleep(PUSHED_SECONDS)
            if log.mirror.holding.is_ahead and log.status.failure is None and not log.round.locked():
                await self.refresh(log.partner.origin)

    async def refresh(self, origin: str) -> FollowedLog:
        """Ask one partner now, and return its mirror; how it went is its status."""
        log = self.of(origin)
        async with log.round:
            began = self._clock.now()
            failure = await self._watched(log, log.mirror.follow())
            if log.mirror.not_taken is not None:
                self.on_not_taken(log.mirror.not_taken.note)
            if failure is not None and log.is_away:
                failure += await self._grow_from_others(log)
            await self._keep_status(log, began, failure)
        return log

    async def _grow_from_others(self, log: FollowedLog) -> str:
        """Take over what partners' mirrors hold of a log whose node doesn't serve it; return words on how that went."""
        others, words = self._others[log.partner.origin], ""
        shown: list[Target] = []
        for name, source in list(others.items())[:MOST_OTHERS]:
            try:
                shown.append(await log.mirror.follow(source, public=False))
            except NodeError as error:
                if isinstance(error, InconsistentError):
                    self.on_inconsistent(error)
                others[name] = others.pop(name)  # the next round begins with another
                continue
            words = words or f"; what the mirror of {name} holds of it is here"
        await self._watched(log, self._answer_from(log, shown))
        return words

    async def _answer_from(self, log: FollowedLog, shown: Sequence[Target]) -> None:
        """Answer questions from the newest of these that enough mirrors hold, ours among them.

        A mirror may hold what its log has shown to nobody: what no quorum holds takes the place of nothing.
        """
        if (ours := log.mirror.holding.shown) is not None:
            shown = [*shown, open_target(ours, *log.partner.log_keys)]
        for note in joined(shown, self._cosigners):
            if log.reader is None or self.is_witnessed(log.partner.origin, note):
                await self.learn(log.partner.origin, note)
                return

    async def learn(self, origin: str, note: bytes) -> None:
        """Answer questions from a checkpoint that others were shown, if its entries were pushed to us already.

        Cosignatures that don't verify are left out, and the note as a whole if its log has not signed it.

        Raises:
            NodeError: It is no checkpoint of that log, is of another tree, or the database has not taken it.
        """
        await self.of(origin).mirror.learn(note, self._cosigners)

    async def seen(self, origin: str) -> Seen:
        """Return what this node has seen of a log, whatever process of it has.

        Raises:
            NotFoundError: No partner of that origin is configured.
        """
        return await self.of(origin).mirror.holding.seen()

    async def grow_from(self, origin: str, source: LogSource) -> None:
        """Take over what somebody else holds of a partner's log; how that goes is no word on the partner.

        Raises:
            NodeError: As `Mirror.follow`.
        """
        log = self.of(origin)
        async with log.round:
            await log.mirror.follow(source, public=False)

    async def _watched(self, log: FollowedLog, work: Coroutine[Any, Any, object]) -> str | None:
        """Do something with a mirror, and return what it failed on."""
        origin = log.partner.origin
        log.is_away = False
        try:
            await work
        except NodeError as error:
            log.is_away = isinstance(error, AWAY) and not isinstance(error, BehindError | InconsistentError)
            if isinstance(error, InconsistentError):
                self.on_inconsistent(error)
            warn("mirror_failed", log=origin, reason=error.code, failure=str(error))
            PARTNER_FAILURES.labels(origin, error.code).inc()
            return str(error)[:LONGEST_FAILURE]
        except Exception as error:
            warn("mirror_failed", error=error, log=origin, reason="internal")
            PARTNER_FAILURES.labels(origin, "internal").inc()
            return f"this node failed ({type(error).__name__}); its own log says more"
        return None

    async def _keep_status(self, log: FollowedLog, began: int, failure: str | None) -> None:
        """Write down how a round went; a database that doesn't take it costs nothing but that."""
        if failure is None:
            log.status = MirrorRow(began, began, None)
            CHECKPOINT_TIME.labels(log.partner.origin).set(began)
        else:
            log.status = MirrorRow(began, log.status.reached_at, failure)
        await self._watched(log, self._store_status(log))

    async def _store_status(self, log: FollowedLog) -> None:
        if log.mirror.reader is None or log.status.tried_at is None:
            return
        log_id, status = log.mirror.reader.state.head.log_id, log.status
        async with self._database.writing() as connection:
            await store_mirror(connection, log_id, status)

    async def _read_status(self, log: FollowedLog) -> None:
        if log.mirror.reader is not None:
            async with self._database.pool.acquire() as connection:
                log.status = await read_mirror(connection, log.mirror.reader.state.head.log_id)


def _others(
    whose: PartnerSettings, partners: Sequence[PartnerSettings], http: HttpClient, most_bytes: int | None
) -> dict[str, LogSource]:
    """Return where other partners' mirrors serve a log, by the partner's name."""
    urls = {whose.node_url: ""}
    for partner in partners:
        if partner.mirror_keys:
            urls.setdefault(partner.node_url, partner.name)
    return {
        name: LogClient(http, mirror_url(url, whose.origin), most_bytes=most_bytes)
        for url, name in urls.items()
        if name
    }
