"""When the next stage of an index begins: soon, but under a load in bulk not before that pauses."""

import asyncio

import pytest

from node.log.index import pace
from node.log.index.pace import BULK_ENTRIES, MOST_STAGED, rest
from tests.support.clock import FakeClock


class Load:
    """A log that entries come to; each look brings as many as the next number says."""

    def __init__(self, clock: FakeClock, *arrivals: int) -> None:
        """Have these come."""
        self._clock = clock
        self._arrivals = list(arrivals)
        self.looks = 0
        self.behind = 0

    def __call__(self) -> int:
        """Return how many entries the index lacks."""
        self.looks += 1
        self.behind += self._arrivals.pop(0) if self._arrivals else 0
        return self.behind


@pytest.fixture
def slept(monkeypatch) -> list[float]:
    """Give what is slept, without sleeping."""
    times: list[float] = []

    async def sleep(seconds: float) -> None:
        times.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return times


async def test_ordinarily_the_next_stage_comes_half_a_second_behind_the_one_before(slept):
    """A few entries wait for no pause."""
    clock = FakeClock()
    await rest(clock.monotonic() - 0.2, Load(clock, 3, 2), clock)
    assert slept == [pytest.approx(pace.APART_SECONDS - 0.2)]


async def test_under_load_it_waits_until_that_pauses(slept):
    """So many small stages become a large one."""
    clock = FakeClock()
    load = Load(clock, BULK_ENTRIES, BULK_ENTRIES, 100, 100, 0, 100)
    await rest(clock.monotonic(), load, clock)
    assert load.behind == 2 * BULK_ENTRIES + 200


async def test_a_load_that_does_not_pause_is_waited_for_only_so_long(monkeypatch):
    """An index may lag, and not for ever."""
    clock = FakeClock()
    load = Load(clock, *[BULK_ENTRIES] * 1_000)

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    began = clock.monotonic()
    await rest(began, load, clock)
    assert clock.monotonic() - began == pytest.approx(pace.BULK_SECONDS, abs=2 * pace.POLL_SECONDS)


async def test_as_much_as_is_staged_at_once_waits_for_nothing(slept):
    """Behind a bulk load the index goes on as fast as it can."""
    clock = FakeClock()
    await rest(clock.monotonic(), Load(clock, MOST_STAGED), clock)
    assert slept == []
