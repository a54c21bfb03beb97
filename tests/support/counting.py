"""The counting loop: of a piece of work the k-th call fails, for k = 1, 2, 3 … until none is left.

A `Scenario` is the work: a log's day, a round of gossip, a recovery. A `Hazard` is a kind of calls that are counted,
and a way in which they fail: statements, file operations, system calls. Every scenario can go through every hazard::

    async def test_...(places):
        assert await count_through(Submitting, statements(Fault.LOST_AFTER), places) > 20

Each k is a scenario of its own, in a place of its own. It begins without faults; then its work is done while the k-th
call fails, once or lastingly. What lasts is mended after a moment, in which everything is checked that the fault left
behind; then the work must come to its end, by itself or in the hands of an operator who starts again what has ended.
After that everything is checked, and once more after a restart.
"""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support.counter import Counter

MOMENT = 0.15
"""Seconds that a lasting fault lasts after its first strike."""

PATIENCE = 60.0
"""Seconds after which work that isn't done is held to be stuck."""


@dataclass(frozen=True)
class Place:
    """Where a scenario plays."""

    folder: Path
    dsn: str
    """A database of its own."""
    number: int
    """Another one in each place, for names."""


class Scenario(Protocol):
    """A piece of work that can be looked at, made for a place."""

    async def begin(self, dsn: str) -> None:
        """Prepare, on a database that may be reached through the hazard; nothing fails yet."""

    async def work(self) -> None:
        """Do the work, as patiently as an operator who starts again what has ended; return when it is done."""

    async def check(self) -> None:
        """Check everything, by the place's own way to the database: nothing that was promised may be broken."""

    async def restart(self) -> None:
        """Stop what runs and start it again; it must come up by itself."""

    async def end(self) -> None:
        """Stop what still runs, whatever state it is in."""


class Hazard(Protocol):
    """Calls that are counted and fail."""

    counter: Counter

    def around(self, place: Place) -> AbstractAsyncContextManager[str]:
        """Let calls be counted while the block runs, and give the address by which the database is reached in it."""

    async def arm(self, scenario: Scenario, number: int, *, lasting: bool) -> None:
        """Let the call of this number fail, counted from now."""

    async def heal(self) -> None:
        """Let nothing fail any more."""


async def count_through(
    scenario: Callable[[Place], Scenario],
    hazard: Callable[[], Hazard],
    places: Callable[[], AbstractAsyncContextManager[Place]],
    *,
    lasting: bool = False,
    at_once: int = 1,
    first: int = 1,
    step: int = 1,
) -> int:
    """Let the work be done with its k-th call failing, until k is beyond its last; return how many calls that were.

    Args:
        scenario: Makes the work for a place.
        hazard: Makes what lets calls fail.
        places: Gives places, each another.
        lasting: Let all calls from the k-th on fail, for a moment.
        at_once: How many scenarios go side by side; more than one only where hazards don't see each other's calls.
        first: The first k.
        step: From one k to the next.
    """
    numbers = itertools.count(first, step)
    while True:
        chosen = list(itertools.islice(numbers, at_once))
        fates = await asyncio.gather(
            *(_fail_at(scenario, hazard(), places, k, lasting=lasting) for k in chosen), return_exceptions=True
        )
        for fate in fates:
            if isinstance(fate, BaseException):
                raise fate
        if not all(fates):
            return chosen[fates.index(False)] - step


async def _fail_at(
    make: Callable[[Place], Scenario],
    hazard: Hazard,
    places: Callable[[], AbstractAsyncContextManager[Place]],
    number: int,
    *,
    lasting: bool,
) -> bool:
    """Go through it once; return whether there was such a call."""
    async with places() as place, hazard.around(place) as dsn:
        scenario = make(place)
        try:
            await scenario.begin(dsn)
            await hazard.arm(scenario, number, lasting=lasting)
            await _work(scenario, hazard, lasting=lasting)
            await scenario.check()
            await scenario.restart()
            await scenario.check()
        except BaseException as error:
            error.add_note(f"{type(scenario).__name__}: {hazard.counter.culprit or 'nothing'} failed (k = {number})")
            raise
        finally:
            await scenario.end()
        return hazard.counter.struck.is_set()


async def _work(scenario: Scenario, hazard: Hazard, *, lasting: bool) -> None:
    working = asyncio.create_task(scenario.work())
    struck = asyncio.create_task(hazard.counter.struck.wait())
    try:
        if lasting:
            await asyncio.wait({working, struck}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({working}, timeout=MOMENT)
            await scenario.check()
            await hazard.heal()
        await asyncio.wait_for(working, PATIENCE)
        await hazard.heal()
    finally:
        struck.cancel()
        working.cancel()
        await asyncio.gather(struck, working, return_exceptions=True)
