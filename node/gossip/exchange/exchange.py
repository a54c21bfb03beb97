"""Tell partners what this node has seen of every log, and hear what they have.

With each partner node there is one loop. It exchanges everything on a schedule, and at once what is new, but notes no
more often than once in ten seconds: both ways, `POST /gossip/exchange` (`protocol.gossip.exchange`). A whole one is::

    1. theirs: the newest note of each log; then those of ours that aren't among them
    2. the list of their evidence: what convicts a log that we know, and don't know as convicted, is fetched
    3. ours, of the logs that theirs convicts nobody of, is sent

What is told at once is what is new since, and wasn't heard from the partner itself; it answers with what it has that
isn't among it. Their list of evidence is the acknowledgement: what isn't on it is sent again at the next round, so that
nothing has to be remembered here about who knows what, and a crash at any line costs a round at most.

A partner that fails is left alone for longer and longer; whatever it does costs its own loop and nobody else's.
"""

import asyncio
from contextlib import suppress
from typing import Final

from node.client import HttpClient
from node.clock import Clock
from node.errors import NodeError, NotFoundError
from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.convictions import Convictions
from node.gossip.exchange.newest import NewestNotes, Stated, stated
from node.gossip.exchange.sight import Sight
from node.gossip.partners.told import EvidenceShown, ToldPartner
from node.telemetry import EXCHANGES, event, warn
from protocol.errors import ProtocolError
from protocol.gossip.exchange import Exchange, pack
from protocol.log.checkpoint import Checkpoint

PUSH_SECONDS: Final = 10.0
"""Between two exchanges with one partner, however many notes are new; evidence waits for nothing."""

LONGEST_PAUSE: Final = 300.0
"""A partner that was away is found again after this long at the latest."""

MOST_FETCHED: Final = 8
"""Evidence documents taken from one partner in one round; more wait for the next."""

MOST_REFUSED: Final = 256
"""Evidence of one partner that is remembered as none, so that it isn't fetched again."""


class PartnerLoop:
    """The exchanges with one partner node."""

    def __init__(
        self,
        sight: Sight,
        http: HttpClient,
        *,
        notes: NewestNotes,
        comparisons: Comparisons,
        convictions: Convictions,
        clock: Clock,
        interval_seconds: float,
    ) -> None:
        """Exchange with the node that `sight` is of."""
        self.sight = sight
        self.news = asyncio.Event()
        """Set by whoever knows that something is new."""
        self.urgent = asyncio.Event()
        """Set besides where evidence is."""
        self._partner = ToldPartner(http, sight.node.url)
        self._notes = notes
        self._comparisons = comparisons
        self._convictions = convictions
        self._clock = clock
        self._interval = interval_seconds
        self._busy = asyncio.Lock()
        self._told: frozenset[Stated] = frozenset()
        """What the partner has, as of the latest exchange: it was told, or has told us."""
        self._spread_of: frozenset[str] = frozenset()
        """The evidence that was here when it was last compared."""
        self._refused: set[str] = set()
        self._not_before = 0.0

    @property
    def name(self) -> str:
        """What the partner node is called here."""
        return self.sight.node.name

    async def exchange_all(self) -> None:
        """Do one whole exchange, unless one is under way or the partner is left alone for now."""
        if self._clock.monotonic() >= self._not_before and not self._busy.locked():
            await self._guarded(whole=True)

    async def run(self) -> None:
        """Tell what is new, until cancelled."""
        while True:
            await self.news.wait()
            self.news.clear()
            self.urgent.clear()
            if self._clock.monotonic() >= self._not_before and self._has_news():
                await self._guarded(whole=False)
            with suppress(TimeoutError):
                async with asyncio.timeout(PUSH_SECONDS):
                    await self.urgent.wait()

    def _has_news(self) -> bool:
        evidence = {row.evidence_id for row in self._convictions.to_spread()}
        return not (self._told.issuperset(self._notes.all()) and self._spread_of.issuperset(evidence))

    async def _guarded(self, *, whole: bool) -> None:
        """Exchange, and keep how it went."""
        async with self._busy:
            try:
                heard = await self._exchange(whole=whole)
            except NodeError as error:
                self._missed(str(error), error.code)
            except Exception as error:  # whatever a partner answers costs its own loop a pause, never the node
                warn("exchange_failed", error=error, partner=self.name)
                self._missed(f"this node failed ({type(error).__name__})", "internal")
            else:
                self.sight.went_well(heard, now=self._clock.now(), monotonic=self._clock.monotonic())
                EXCHANGES.labels(self.name, "good").inc()

    def _missed(self, failure: str, code: str) -> None:
        if not self.sight.failures:
            warn("partner_missed", partner=self.name, failure=failure)
        self.sight.failed(failure, no_gossip=code in ("not-found", "method-not-allowed"))
        EXCHANGES.labels(self.name, code).inc()
        pause = self._interval / 2 * 2.0 ** min(self.sight.failures - 1, 16)
        self._not_before = self._clock.monotonic() + min(LONGEST_PAUSE, pause)

    async def _exchange(self, *, whole: bool) -> list[Checkpoint]:
        heard = await self._tell(Exchange()) if whole else []
        theirs = self._told if not whole else {stated(one) for one in heard}
        notes = self._notes.all()
        for exchange in pack(note for key, note in notes.items() if key not in theirs):
            heard += await self._tell(exchange)
        self._told = frozenset(notes) | {stated(one) for one in heard}
        evidence = {row.evidence_id: row.origin for row in self._convictions.to_spread()}
        if whole or not self._spread_of.issuperset(evidence):
            await self._spread(evidence)
            self._spread_of = frozenset(evidence)
        return heard

    async def _tell(self, exchange: Exchange) -> list[Checkpoint]:
        """Tell notes, and take those that are told in turn."""
        answer = await self._partner.exchange(exchange)
        return self._comparisons.hear(answer.notes, self.name)

    async def _spread(self, evidence: dict[str, str]) -> None:
        """Bring our evidence, origins by id, and theirs together, as far as it tells either of us something new."""
        theirs = await self._partner.evidence()
        for one in [one for one in theirs if self._is_wanted(one)][:MOST_FETCHED]:
            await self._take(one)
        known = {one.id for one in theirs}
        convicted = {one.origin for one in theirs if not self._convictions.is_wrong_index(one.id)}
        for identity, origin in evidence.items():
            wrong = self._convictions.is_wrong_index(identity)
            if identity in known or (origin in convicted and not wrong):
                continue
            document = await self._convictions.document(identity)
            # It doesn't know that log; or it is of a release that knows no such evidence, or has enough of it.
            with suppress(NotFoundError, *((NodeError,) if wrong else ())):
                await self._partner.tell_evidence(document)
                event("evidence_told", log=origin, partner=self.name)

    def _is_wanted(self, one: EvidenceShown) -> bool:
        if not self._comparisons.knows(one.origin) or self._convictions.is_convicted(one.origin):
            return False
        return not self._convictions.knows(one.id) and one.id not in self._refused

    async def _take(self, one: EvidenceShown) -> None:
        try:
            document = await self._partner.evidence_document(one.id)
        except NotFoundError:
            return
        try:
            await self._convictions.take(document)
        except (ProtocolError, NodeError) as error:  # it may know the log by another key than we do
            warn("evidence_refused", partner=self.name, log=one.origin, evidence=one.id, failure=str(error))
            if len(self._refused) < MOST_REFUSED:
                self._refused.add(one.id)
