"""The partners' logs: open their mirrors, and give all logs, own and followed, to whoever asks questions of them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from node.client import Bounds, HttpClient
from node.clock import Clock, instant
from node.config import Config
from node.gossip.cosigning.cosigner import open_cosigner
from node.gossip.mirror.claim import IsConvicted
from node.gossip.mirror.mirrors import MirrorSet
from node.http.health import Reasons
from node.http.parts import OwnLog
from node.recognition.known_logs import KnownLog, KnownLogs
from node.storage.database import Database


@asynccontextmanager
async def open_mirrors(
    config: Config, database: Database, clock: Clock, *, is_convicted: IsConvicted = lambda origin: False
) -> AsyncIterator[MirrorSet]:
    """Open every partner's mirror as it is here; no partner is asked yet."""
    bounds = Bounds(total_seconds=config.mirror.timeout_seconds)
    async with HttpClient(bounds=bounds, proxy=config.http.outbound_proxy, clock=clock) as http:
        mirrors = MirrorSet(
            database,
            config.partners,
            http=http,
            clock=clock,
            most_bytes=config.mirror.max_response_bytes,
            cosigner=open_cosigner(config, "mirror"),
            is_convicted=is_convicted,
        )
        await mirrors.load()
        try:
            yield mirrors
        finally:
            await mirrors.close()


def known_logs(
    logs: Mapping[str, OwnLog],
    mirrors: MirrorSet,
    evidence_of: Callable[[str], str] = lambda origin: "",
    *,
    has_split_quorums: Callable[[str], bool] = lambda origin: False,
) -> KnownLogs:
    """Return what gives all logs as they stand now, own ones first, each with the evidence against it."""

    def now() -> list[KnownLog]:
        own = [
            KnownLog(
                origin=log.origin,
                reader=log.reader,
                settings=log.settings,
                convicted=evidence_of(log.origin),
                split_quorums=has_split_quorums(log.origin),
            )
            for log in logs.values()
        ]
        followed = [
            KnownLog(
                origin=log.partner.origin,
                reader=log.mirror.reader,
                name=log.partner.name,
                seen_at=log.status.reached_at,
                failure=log.status.failure or "",
                convicted=evidence_of(log.partner.origin),
                split_quorums=has_split_quorums(log.partner.origin),
            )
            for log in mirrors
        ]
        return own + followed

    return now


def stale_mirrors(config: Config, mirrors: MirrorSet, clock: Clock) -> Reasons:
    """Return what tells which followed logs were last seen too long ago."""

    def reasons() -> list[str]:
        oldest = clock.now() - config.policy.freshness_seconds
        return [
            f"the log {log.partner.origin} was last seen {_when(log.status.reached_at)}"
            for log in mirrors
            if (log.status.reached_at or 0) < oldest
        ]

    return reasons


def _when(seconds: int | None) -> str:
    return "never" if seconds is None else f"at {instant(seconds)}"
