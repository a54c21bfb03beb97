"""The texts of a partner's rules and withdrawals: fetched beside the log, each verified by its entry's commitment.

A text that was taken down is written down as such, also where it was here before: each round asks which those are. One
that isn't there, or isn't the one that was committed to, is
asked for again later. Neither is a fault of the log: its entries stand without their texts.
"""

from typing import Final, Protocol, runtime_checkable

from msgspec import UNSET

from node.clock import Clock
from node.errors import NodeError, UnreachableError
from node.storage.database import Connection, Database
from node.storage.lookups import entries_of_kind
from node.storage.mirrors import known_texts, store_text
from node.storage.texts import take_down
from node.telemetry import event, warn
from protocol.encoding.wire import parse_b64url32
from protocol.errors import ProtocolError
from protocol.recognition.entry import parse_entry
from protocol.recognition.rule import Rule
from protocol.recognition.texts import parse_texts, verify_texts
from protocol.recognition.withdrawal import Withdrawal

KINDS: Final = (Rule.kind, Withdrawal.kind)
"""The kinds of entry that have texts."""

MOST_A_ROUND: Final = 500
"""Texts asked for in one round; the others follow in the next."""

AGAIN_SECONDS: Final = 3600.0
"""Until a text that wasn't there is asked for again."""

PAGE: Final = 1000


class TextSource(Protocol):
    """Where texts are read from."""

    async def texts(self, commitment: str, /) -> bytes:
        """Return the texts document behind a commitment."""
        ...


@runtime_checkable
class TakenDownSource(Protocol):
    """Who tells which texts were taken down; not every server of a log does."""

    async def taken_down(self) -> list[str]:
        """Return the commitments of these texts."""
        ...


class MirrorTexts:
    """The texts of one mirror."""

    def __init__(self, origin: str, source: TextSource, database: Database, clock: Clock) -> None:
        """Fetch from the source into the database."""
        self._origin = origin
        self._source = source
        self._database = database
        self._clock = clock
        self._seen: dict[str, int] = dict.fromkeys(KINDS, -1)
        """By kind, the highest leaf whose entry was looked at."""
        self._wanted: dict[str, float] = {}
        """Commitments whose texts aren't here, each with the monotonic time from which it is asked for."""

    @property
    def wanted(self) -> int:
        """How many texts are known to be missing."""
        return len(self._wanted)

    async def fetch(self, log_id: int, size: int) -> None:
        """Fetch the texts of the first `size` entries that aren't here."""
        await self._take_down(log_id)
        async with self._database.pool.acquire() as connection:
            for kind in KINDS:
                await self._look_for(connection, log_id, kind, size)
        now = self._clock.monotonic()
        due = [commitment for commitment, time in self._wanted.items() if time <= now]
        for commitment in due[:MOST_A_ROUND]:
            try:
                document = await self._read(commitment)
            except UnreachableError:
                return
            except (NodeError, ProtocolError) as error:
                if getattr(error, "code", "") != "gone":
                    warn("text_missing", log=self._origin, commitment=commitment, failure=str(error))
                    self._wanted[commitment] = now + AGAIN_SECONDS
                    continue
                document = None
            async with self._database.writing() as connection:
                await store_text(connection, log_id, parse_b64url32(commitment), document)
            del self._wanted[commitment]

    async def _take_down(self, log_id: int) -> None:
        """Forget the texts that the log has taken down; a server that doesn't tell of any is asked again next round."""
        if not isinstance(self._source, TakenDownSource):
            return
        try:
            told = [parse_b64url32(one) for one in await self._source.taken_down()]
        except (NodeError, ProtocolError):
            return
        async with self._database.writing() as connection:
            down = await take_down(connection, log_id, told)
        if down:
            event("texts_taken_down", log=self._origin, texts=len(down))

    async def _read(self, commitment: str) -> bytes:
        data = await self._source.texts(commitment)
        verify_texts(parse_texts(data), commitment)
        return data

    async def _look_for(self, connection: Connection, log_id: int, kind: str, size: int) -> None:
        """Note the commitments of entries that weren't looked at yet and whose texts aren't here."""
        while True:
            page = await entries_of_kind(connection, log_id, kind, size=size, after=self._seen[kind], limit=PAGE)
            found = [texts for one in page if (texts := _commitment(one.entry)) is not None]
            known = await known_texts(connection, log_id, [parse_b64url32(one) for one in found])
            self._wanted |= {one: 0.0 for one in found if parse_b64url32(one) not in known}
            if page:
                self._seen[kind] = page[-1].leaf
            if len(page) < PAGE:
                return


def _commitment(data: bytes) -> str | None:
    entry = parse_entry(data)
    return entry.texts if isinstance(entry, Rule | Withdrawal) and entry.texts is not UNSET else None
