"""Gathers partners' lines on an index note of ours: each partner is asked by a task of its own.

    lines.begin(request)        ask each in its turn (`node.gossip.release.turns`); what was asked before is given up
    await lines.moved(2.0)      until there are more lines, or so many seconds have passed
    lines.suffice, lines.all()

A partner that fails is asked again, less and less often; what it fails on is in `failures`. Lines that don't verify, or
are of another time than ours, are no lines.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Final

from node.client import HttpClient
from node.client.index import ask_to_cosign
from node.clock import Clock
from node.config import PartnerSettings
from node.errors import BadAnswerError, NodeError
from node.gossip.index.quorum import IndexQuorum
from node.gossip.release.turns import Turns
from node.telemetry import warn
from protocol.encoding.note import Note, NoteSignature
from protocol.errors import BadSignatureError
from protocol.gossip.cosign_index import CosignIndex
from protocol.gossip.cosignature import read_time, verify

MOST_SKEW_SECONDS: Final = 300
"""A cosignature further off our clock is discarded: it would say how fresh the index is, and wrongly."""

PAUSES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Seconds before a partner that failed is asked again; the last one repeats."""


class IndexLines:
    """The lines on one note after the other; `close` ends what is under way."""

    def __init__(
        self,
        quorum: IndexQuorum,
        http: HttpClient,
        clock: Clock,
        *,
        holders: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        """Ask the partners of a quorum, those first who are known to hold the entries."""
        self._holders = holders
        self._quorum = quorum
        self._http = http
        self._clock = clock
        self._turns = Turns([one.name for one in quorum.partners], lambda names: quorum.suffices(set(names)))
        self._lines: dict[str, tuple[NoteSignature, ...]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self.failures: dict[str, str] = {}
        """What each partner fails on now."""

    @property
    def can_suffice(self) -> bool:
        """Whether a quorum can be had at all."""
        return self._quorum.can_be

    @property
    def suffice(self) -> bool:
        """Whether those who have cosigned are a quorum."""
        return self._quorum.suffices(set(self._lines))

    @property
    def complete(self) -> bool:
        """Whether everybody who is asked has cosigned."""
        return len(self._lines) == len(self._quorum.partners)

    def all(self) -> tuple[NoteSignature, ...]:
        """Return the lines that are there, in the configuration's order of partners."""
        return tuple(line for one in self._quorum.partners for line in self._lines.get(one.name, ()))

    def begin(self, request: CosignIndex) -> None:
        """Have partners asked for their lines on this note."""
        self.close()
        self._lines.clear()
        self._turns.begin(asyncio.get_running_loop().time(), self._holders())
        self._tasks = [asyncio.create_task(self._ask(partner, request)) for partner in self._quorum.partners]

    def close(self) -> None:
        """Ask nobody any more."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []

    async def moved(self, seconds: float) -> bool:
        """Wait for further lines; return False if none came in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
            self._news.clear()
            return True
        return False

    async def _ask(self, partner: PartnerSettings, request: CosignIndex) -> None:
        attempt, now = 0, asyncio.get_running_loop().time
        while True:
            if pause := self._turns.pause(partner.name, now()):
                await asyncio.sleep(pause)
                continue
            self._turns.asked(partner.name, now())
            try:
                lines = await ask_to_cosign(self._http, partner.node_url, request)
                self._lines[partner.name] = self._verified(partner, request.note, lines)
            except Exception as error:  # whatever a partner answers costs its own task a pause, never the node
                self._note_failure(partner.name, error)
                self._turns.failed(partner.name)
                await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
                attempt += 1
                continue
            self.failures.pop(partner.name, None)
            if self.suffice:
                self._turns.made(tuple(self._lines), now())
            self._news.set()
            return

    def _verified(
        self, partner: PartnerSettings, note: bytes, lines: Sequence[NoteSignature]
    ) -> tuple[NoteSignature, ...]:
        text, now = Note.parse(note).text, self._clock.now()
        try:
            found = {(one.key.name, one.key.key_id) for one in verify(Note(text, tuple(lines)), partner.index_keys)}
        except BadSignatureError as error:
            raise BadAnswerError(f"{partner.name} sent a line that isn't its own: {error}") from None
        held = [line for line in lines if (line.name, line.key_id) in found]
        if not held:
            raise BadAnswerError(f"{partner.name} cosigned by none of its index keys that we know")
        timely = tuple(line for line in held if abs(read_time(line) - now) <= MOST_SKEW_SECONDS)
        if not timely:
            raise BadAnswerError(f"{partner.name} cosigned as of more than {MOST_SKEW_SECONDS} s off our clock's time")
        return timely

    def _note_failure(self, name: str, error: Exception) -> None:
        ours = None if isinstance(error, NodeError) else error
        failure = str(error) if ours is None else f"this node failed ({type(error).__name__})"
        if self.failures.get(name) != failure:
            warn("index_cosigner_failed", error=ours, partner=name, failure=failure)
        self.failures[name] = failure
