"""The logs that gossip watches: own ones, and the mirrors of partners' logs."""

from collections.abc import Callable, Iterable, Sequence

from node.client import HttpClient, LogClient
from node.gossip.evidence.watched_log import WatchedLog
from node.gossip.mirror.mirrors import FollowedLog, MirrorSet
from node.gossip.own_keys import OwnKeys
from node.gossip.partners.last_seen import mirror_url
from node.gossip.partners.nodes import PartnerNode
from node.log.follow import LogSource
from node.log.prove import LogReader
from node.log.state import LogState, load_position
from node.storage.database import Database
from node.storage.heads import find_head

MoreNotes = Callable[[str], Iterable[bytes]]
"""Gives notes of a log that other parts of this node hold: cosigned by its witness, pending at its mirror."""


class Sources:
    """Who may serve the tree of a note: the log itself, and the mirrors of partners."""

    def __init__(self, http: HttpClient, nodes: Sequence[PartnerNode], *, most_bytes: int | None = None) -> None:
        """Read from these nodes' mirrors."""
        self._http = http
        self._nodes = nodes
        self._most = most_bytes

    def of(self, origin: str, by: str, *, url: str = "") -> list[LogSource]:
        """Return who may serve a log's tree: who told of it, the log itself at its address, other partners' mirrors."""
        others = [node for node in self._nodes if origin not in node.origins]
        tellers = [mirror_url(node.url, origin) for node in others if node.name == by]
        rest = [mirror_url(node.url, origin) for node in others if node.name != by and _mirrors(node)]
        return [self.at(address) for address in (*tellers, *filter(None, [url]), *rest)]

    def at(self, url: str) -> LogSource:
        """Return what reads a log at this address."""
        return LogClient(self._http, url, most_bytes=self._most)


def _mirrors(node: PartnerNode) -> bool:
    return any(partner.mirror_keys for partner in node.partners)


def followed_log(mirrors: MirrorSet, followed: FollowedLog, *, sources: Sources, more: MoreNotes) -> WatchedLog:
    """Return a partner's log as gossip watches it."""
    partner, origin = followed.partner, followed.partner.origin

    def notes() -> list[bytes]:
        reader = followed.mirror.reader
        kept = () if reader is None else (reader.state.head.released_note, reader.state.head.note)
        return [*filter(None, kept), *more(origin)]

    async def ask() -> None:
        if not followed.round.locked():
            await mirrors.refresh(origin)
            return
        async with followed.round:  # it is being asked already: what that brings is enough
            return

    return WatchedLog(
        origin=origin,
        keys_now=lambda: partner.log_keys,
        own=False,
        reader=lambda: followed.mirror.reader,
        notes=notes,
        ask=ask,
        sources=lambda by: sources.of(origin, by, url=partner.url),
        grow=lambda source: mirrors.grow_from(origin, source),
        pushed_at=lambda: followed.mirror.holding.claim.row.time,
    )


class OwnTree:
    """The tree of an own log as the database has it: another process of this node may have written what we have not."""

    def __init__(self, database: Database, origin: str, reader: Callable[[], LogReader]) -> None:
        """Read by `reader`, and beyond what it has in mind from the database."""
        self._database = database
        self._origin = origin
        self._reader = reader
        self._newer: LogReader | None = None

    def reader(self) -> LogReader:
        """Return what reads the largest tree that is known to be here."""
        own, newer = self._reader(), self._newer
        if newer is not None and newer.state.head.size > own.state.head.size:
            return newer
        self._newer = None
        return own

    async def ask(self) -> None:
        """Look in the database for more than this process has in mind."""
        async with self._database.pool.acquire() as connection:
            head = await find_head(connection, self._origin)
            if head is not None and head.size > self.reader().state.head.size:
                self._newer = LogReader(self._database.pool, LogState(await load_position(connection, head)))

    def notes(self) -> list[bytes]:
        """Return the note that is shown, if one is."""
        published = self._reader().state.published
        return [] if published is None else [published.note]


def own_log(
    origin: str, keys: OwnKeys, reader: Callable[[], LogReader], *, database: Database, sources: Sources
) -> WatchedLog:
    """Return an own log as gossip watches it."""
    tree = OwnTree(database, origin, reader)
    return WatchedLog(
        origin=origin,
        keys_now=lambda: keys.of(origin),
        own=True,
        reader=tree.reader,
        notes=tree.notes,
        ask=tree.ask,
        sources=lambda by: sources.of(origin, by),
        grow=_never,
    )


async def _never(_: LogSource) -> None:
    """Take over nothing: what an own log lacks comes back by `nostra recover`, before an operator's eyes."""
