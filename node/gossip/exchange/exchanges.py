"""The exchanges with all partners, and the answer to those that come to us."""

import asyncio
from collections.abc import Sequence
from typing import Final

from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.convictions import Convictions
from node.gossip.exchange.exchange import PartnerLoop
from node.gossip.exchange.newest import NewestNotes, stated
from protocol.gossip.exchange import Exchange, pack

LOOK_SECONDS: Final = 0.5
"""How often it is looked whether there is anything new to tell."""


class Exchanges:
    """One loop a partner node."""

    def __init__(
        self,
        loops: Sequence[PartnerLoop],
        notes: NewestNotes,
        *,
        comparisons: Comparisons,
        convictions: Convictions,
    ) -> None:
        """Run these loops."""
        self.loops = loops
        self._notes = notes
        self._comparisons = comparisons
        self._convictions = convictions

    def answer(self, told: Exchange) -> Exchange:
        """Take what somebody tells, whoever it is, and return what we have that isn't among it."""
        ours = self._notes.all()
        heard = {stated(one) for one in self._comparisons.hear(told.notes)}
        return next(pack(note for key, note in ours.items() if key not in heard), Exchange())

    async def run(self) -> None:
        """Tell all partners what is new, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for loop in self.loops:
                tasks.create_task(loop.run(), name=f"tell {loop.name}")
            await self._look_for_news()

    async def _look_for_news(self) -> None:
        notes: object = None
        evidence: object = None
        while True:
            notes_before, notes = notes, self._notes.all().keys()
            evidence_before, evidence = evidence, [row.evidence_id for row in self._convictions.to_spread()]
            for loop in self.loops if (notes, evidence) != (notes_before, evidence_before) else ():
                loop.news.set()
                if evidence != evidence_before:
                    loop.urgent.set()
            await asyncio.sleep(LOOK_SECONDS)
