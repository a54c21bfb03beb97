"""The indexes of all logs, put together: own ones published, partners' computed, cosigned and followed."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass

from node.client import HttpClient
from node.client.index import IndexClient
from node.clock import Clock
from node.config import Config
from node.gossip.cosigning.cosigner import Cosigner, open_cosigner
from node.gossip.index.cosign import IndexCosigner
from node.gossip.index.follow import IndexFollower, following
from node.gossip.index.followed import FollowedIndex
from node.gossip.index.lines import IndexLines
from node.gossip.index.quorum import IndexQuorum
from node.gossip.index.wrong import WrongIndexes
from node.gossip.mirror.mirrors import FollowedLog, MirrorSet
from node.gossip.release.policy import ReleasePolicy
from node.gossip.watch import Watch
from node.http.health import Reasons
from node.http.parts import Indexes, OwnLog
from node.log.index.lag import LATE_SECONDS
from node.log.index.publish import IndexPublisher
from node.log.index.reading import Reading
from node.log.index.tree import IndexTree
from node.log.prove import LogReader
from node.storage.database import Database
from node.storage.quorum_times import recorded_at


@dataclass(frozen=True, slots=True)
class Indexing:
    """What serves the indexes, and what runs beside the node."""

    served: Indexes
    lines: Mapping[str, IndexLines]
    """By the origin of an own log."""
    followers: tuple[IndexFollower, ...]

    def works(self) -> list[Coroutine[None, None, None]]:
        """Return what runs until it is cancelled."""
        return [*(one.run() for one in self.served.publishers.values()), *following(self.followers)]

    def reasons(self) -> Reasons:
        """Return what tells which own indexes are behind, or without a quorum."""
        return lambda: [
            reason
            for origin, one in self.served.publishers.items()
            for reason in _reasons(origin, one, self.lines[origin])
        ]


@dataclass(frozen=True, slots=True)
class KnownParts:
    """What indexes are made from, beside the own logs."""

    config: Config
    database: Database
    clock: Clock
    mirrors: MirrorSet
    watch: Watch
    policy: ReleasePolicy | None
    http: HttpClient


def open_indexes(known: KnownParts, logs: Iterable[OwnLog]) -> Indexing:
    """Put the indexes together; nothing is computed or asked before the works run.

    Raises:
        FatalError: A key of the index cosigner can't be used.
    """
    logs, reading = list(logs), Reading(known.database)
    trees = {log.origin: IndexTree(known.database, _reader_of(log), reading) for log in logs}
    quorum = IndexQuorum(known.policy, known.config.partners)
    lines = {log.origin: _lines(known, log, quorum) for log in logs}
    publishers = {log.origin: _publisher(known, log, trees[log.origin], lines[log.origin]) for log in logs}
    ours, wrong = open_cosigner(known.config, "index"), _wrong(known, reading)
    followed = _followed(known, reading, ours)
    cosigner = IndexCosigner(
        ours,
        followed,
        database=known.database,
        clock=known.clock,
        freshness_seconds=known.config.policy.freshness_seconds,
        on_wrong=wrong.tell,
        on_right=wrong.right,
    )
    trees |= {origin: index.tree for origin, index in followed.items()}
    served = Indexes(trees, publishers, cosigner)
    return Indexing(served, lines, tuple(_follower(known, index, wrong) for index in followed.values()))


def _lines(known: KnownParts, log: OwnLog, quorum: IndexQuorum) -> IndexLines:
    releaser = log.releaser
    return IndexLines(
        quorum, known.http, known.clock, holders=lambda: frozenset() if releaser is None else releaser.holders
    )


def _publisher(known: KnownParts, log: OwnLog, tree: IndexTree, lines: IndexLines) -> IndexPublisher:
    return IndexPublisher(
        tree,
        _reader_of(log),
        log.signer,
        lines=lines,
        database=known.database,
        clock=known.clock,
        freshness_seconds=known.config.policy.freshness_seconds,
        held=lambda: log.sequencer.held,
    )


def _wrong(known: KnownParts, reading: Reading) -> WrongIndexes:
    return WrongIndexes(
        known.watch.alarms,
        known.watch.convictions,
        database=known.database,
        reading=reading,
        checkpoint_at=lambda index, size: _checkpoint_at(known.database, index, size),
    )


def _followed(known: KnownParts, reading: Reading, ours: Cosigner) -> dict[str, FollowedIndex]:
    cosigners = [*(key for partner in known.config.partners for key in partner.index_keys), *ours.keys]
    return {
        log.partner.origin: FollowedIndex(log, IndexTree(known.database, _mirror_reader(log), reading), cosigners)
        for log in known.mirrors
    }


def _follower(known: KnownParts, index: FollowedIndex, wrong: WrongIndexes) -> IndexFollower:
    settings = known.config.mirror
    client = IndexClient(known.http, index.log.partner.url, most_bytes=settings.max_response_bytes)
    return IndexFollower(index, client, wrong, interval_seconds=settings.interval_seconds)


def _reader_of(log: OwnLog) -> Callable[[], LogReader]:
    return lambda: log.reader


def _mirror_reader(log: FollowedLog) -> Callable[[], LogReader]:
    return lambda: log.mirror.held_reader


async def _checkpoint_at(database: Database, index: FollowedIndex, size: int) -> bytes | None:
    """Return a checkpoint of a partner's log that its key has signed: as it was shown, or as it was pushed to us."""
    async with database.pool.acquire() as connection:
        recorded = await recorded_at(connection, index.tree.log_id, size)
    if recorded is not None:
        return recorded.note
    target = index.log.mirror.holding.target_of(size)
    return None if target is None else target.note


def _reasons(origin: str, publisher: IndexPublisher, lines: IndexLines) -> list[str]:
    failures = "; ".join(f"{name}: {why}" for name, why in lines.failures.items())
    about = f" ({failures})" if failures else ""
    if publisher.failure:
        return [f"the index of {origin} is not published: {publisher.failure}"]
    if publisher.is_short:
        return [f"the index of {origin} is shown without its partners' cosignatures{about}"]
    if publisher.lag.seconds > LATE_SECONDS:
        behind = f"{publisher.lag.entries:,} entries, {publisher.lag.seconds:.0f} s"
        return [f"the index of {origin} is behind by {behind}{about}"]
    return []
