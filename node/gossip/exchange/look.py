"""Look at a partner's node from outside, because it asked: what it can't see of itself, others can.

The node is looked at only where the configuration says it is, so nobody can send us anywhere; and no more often than
every LEAST_SECONDS, else the last look is shown again. What is found is told in plain words, with one of four values:
well, doubtful, wrong, not checked.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from node.client import Answer, HttpClient
from node.client.certificate import certificate_ends
from node.clock import Clock, instant
from node.config import PartnerSettings
from node.errors import NodeError, PushBackError
from node.gossip.mirror.mirrors import FollowedLog, MirrorSet
from node.log.follow import Target, open_target
from protocol.encoding.note import MAX_NOTE_BYTES, Note
from protocol.errors import ProtocolError
from protocol.gossip.cosignature import read_time

State = Literal["well", "doubtful", "wrong", "not checked"]

LEAST_SECONDS: Final = 30.0
LOOK_AGAIN: Final = 5
CLOCK_SECONDS: Final = 300
"""A clock further off than this makes cosignatures worthless."""
CLOCK_DOUBTFUL: Final = 10
DAYS_LEFT: Final = 14
DAY: Final = 86_400
OK: Final = 200


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at."""

    what: str
    state: State
    found: str


@dataclass(frozen=True, slots=True)
class Looked:
    """One whole look."""

    origin: str
    at: int
    """POSIX seconds."""
    looks: tuple[Look, ...]


CosignedSize = Callable[[str], Awaitable[int | None]]
"""Gives the size that this node's witness cosigned last of a log; None if none."""


class Looker:
    """Looks at partners' nodes."""

    def __init__(
        self,
        mirrors: MirrorSet,
        http: HttpClient,
        *,
        cosigned: CosignedSize,
        clock: Clock,
        freshness_seconds: int,
        proxied: bool = False,
    ) -> None:
        """Look at those whose logs are followed; `proxied` says that a proxy stands between."""
        self._mirrors = mirrors
        self._http = http
        self._cosigned = cosigned
        self._clock = clock
        self._freshness = freshness_seconds
        self._proxied = proxied
        self._last: dict[str, tuple[float, Looked]] = {}
        self._under_way: set[str] = set()

    async def look(self, origin: str) -> Looked:
        """Look at the node that serves a partner's log, or return the look of a moment ago.

        Raises:
            NotFoundError: No partner's log is called so.
            PushBackError: The first look at it is under way.
        """
        followed = self._mirrors.of(origin)
        now = self._clock.monotonic()
        last = self._last.get(origin)
        if last is not None and (origin in self._under_way or now - last[0] < LEAST_SECONDS):
            return last[1]
        if origin in self._under_way:
            raise PushBackError("this node is looking at it now", LOOK_AGAIN)
        self._under_way.add(origin)
        try:
            looked = Looked(origin, self._clock.now(), tuple(await self._looks(followed)))
        finally:
            self._under_way.discard(origin)
        self._last[origin] = (now, looked)
        return looked

    async def _looks(self, followed: FollowedLog) -> list[Look]:
        partner = followed.partner
        looks = [await self._tls(partner.url)]
        try:
            answer = await self._http.get(f"{partner.url.rstrip('/')}/checkpoint", most=MAX_NOTE_BYTES)
        except NodeError as error:
            return [*looks, Look("checkpoint", "wrong", str(error)), *await self._ours(followed, None)]
        looks.append(clock_look(answer.headers, self._clock.now()))
        target, look = self._checkpoint(partner, answer)
        return [*looks, look, *await self._ours(followed, target)]

    async def _tls(self, url: str) -> Look:
        if not url.startswith("https://"):
            return Look("TLS", "doubtful", f"{url} is not https: anybody on the way can read and change what is sent")
        if self._proxied:
            return Look("TLS", "not checked", "a proxy stands between us")
        try:
            days = (await certificate_ends(url) - self._clock.now()) // DAY
        except NodeError as error:
            return Look("TLS", "wrong", str(error))
        return Look("TLS", "well" if days >= DAYS_LEFT else "doubtful", f"the certificate is good for {days} more days")

    def _checkpoint(self, partner: PartnerSettings, answer: Answer) -> tuple[Target | None, Look]:
        if answer.status != OK:
            return None, Look("checkpoint", "wrong", f"{answer.url} answers with HTTP status {answer.status}")
        try:
            target = open_target(answer.body, *partner.log_keys)
        except NodeError as error:
            return None, Look("checkpoint", "wrong", str(error))
        size = f"size {target.checkpoint.size:,}, signed by the key that we know"
        times = cosigned_at(target.note, partner.origin)
        if not times:
            return target, Look("checkpoint", "doubtful", f"{size}; nobody has cosigned it, so its age isn't known")
        age = max(0, self._clock.now() - max(times))
        state: State = "well" if age <= self._freshness else "doubtful"
        return target, Look("checkpoint", state, f"{size}; cosigned {len(times)} times, last {age:,} seconds ago")

    async def _ours(self, followed: FollowedLog, target: Target | None) -> list[Look]:
        return [await self._witness(followed, target), *await self._mirror(followed, target)]

    async def _witness(self, followed: FollowedLog, target: Target | None) -> Look:
        size = await self._cosigned(followed.partner.origin)
        if size is None:
            return Look("witness", "not checked", "our witness was never asked; a node asks mirrors, which claim more")
        behind = 0 if target is None else target.checkpoint.size - size
        return Look("witness", "well", f"our witness last cosigned size {size:,}{_behind(behind)}")

    async def _mirror(self, followed: FollowedLog, target: Target | None) -> list[Look]:
        reader = followed.reader
        if reader is None:
            return [Look("mirror", "doubtful", f"we hold nothing of it: {followed.status.failure or 'not asked yet'}")]
        size, failure = reader.published.size, followed.status.failure
        behind = 0 if target is None else target.checkpoint.size - size
        last = f"; the latest attempt failed: {failure}" if failure else ""
        state: State = "doubtful" if failure else "well"
        looks = [Look("mirror", state, f"we hold size {size:,}{_behind(behind)}{last}")]
        if target is not None and 0 < target.checkpoint.size <= reader.state.head.size:
            agrees = await reader.root_at(target.checkpoint.size) == target.checkpoint.root
            what = "it is the tree that we hold" if agrees else "it is another tree than we hold: two histories"
            looks.append(Look("history", "well" if agrees else "wrong", what))
        return looks


def clock_look(headers: Mapping[str, str], now: int) -> Look:
    """Compare the time that a server told with ours."""
    try:
        skew = int(parsedate_to_datetime(headers.get("Date", "")).timestamp()) - now
    except (ValueError, TypeError, OverflowError):
        return Look("clock", "not checked", "its answer names no time")
    off = f"{abs(skew)} seconds {'ahead of' if skew > 0 else 'behind'} ours ({instant(now)})"
    if abs(skew) > CLOCK_SECONDS:
        return Look("clock", "wrong", f"its clock is {off}: cosignatures more than {CLOCK_SECONDS} s off are discarded")
    return Look("clock", "well" if abs(skew) <= CLOCK_DOUBTFUL else "doubtful", f"its clock is {off}")


def cosigned_at(note: bytes, origin: str) -> list[int]:
    """Return the times that a checkpoint's cosignatures state, unverified: whose word it is doesn't matter here."""
    times = []
    for one in Note.parse(note).signatures:
        try:
            if one.name != origin:
                times.append(read_time(one))
        except ProtocolError:
            continue
    return times


def _behind(entries: int) -> str:
    return f", {entries:,} entries behind what it shows" if entries > 0 else ""
