"""When the next stage of an index begins.

Ordinarily half a second behind the begin of the one before, so that checkpoints of a busy log share a stage: each costs
every partner a signature. Under a load of hundreds of entries a second the index waits until that pauses, at most
`BULK_SECONDS`, or until a whole round of stages is due: a large batch costs less a key, here and at each partner, than
many small ones, and entries are not kept waiting for it.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from node.clock import Clock
from node.log.index.tree import STAGE_ENTRIES

APART_SECONDS: Final = 0.5
"""From the begin of one stage to that of the next."""

BULK_ENTRIES: Final = 256
"""So many entries in `APART_SECONDS` are a load in bulk."""

BULK_SECONDS: Final = 10.0
"""The longest that an index waits for a load to pause."""

MOST_STAGED: Final = 4 * STAGE_ENTRIES
"""A larger gap is walked to its end before a note is made: partners walk at the same time."""

POLL_SECONDS: Final = 0.1
"""How often a log is looked at for a newer checkpoint."""


async def rest(began: float, behind: Callable[[], int], clock: Clock) -> None:
    """Return once the next stage is due.

    Args:
        began: When the stage before began, by the monotonic clock.
        behind: Gives how many entries the index lacks.
        clock: The node's.
    """
    if behind() >= MOST_STAGED:
        return
    await asyncio.sleep(max(0, began + APART_SECONDS - clock.monotonic()))
    before, now = -1, behind()
    while BULK_ENTRIES <= now < MOST_STAGED and before != now and clock.monotonic() - began < BULK_SECONDS:
        await asyncio.sleep(POLL_SECONDS)
        before, now = now, behind()
