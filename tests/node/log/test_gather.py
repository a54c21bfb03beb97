"""When entries are committed that wait for partners: with the company they can expect, and never long after it."""

import asyncio

import pytest

from node.log.gather import COMING_STEPS, ENOUGH, LONGEST_SECONDS, LONGEST_STEPS, STEP_SECONDS, Gather
from node.log.waiting import Waiting


class Stepping:
    """A clock that only sleeping moves, and what happens at which step."""

    def __init__(self, waiting: Waiting) -> None:
        self.now = 0.0
        self.steps = 0
        self.waiting = waiting
        self.coming: dict[int, int] = {}

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let time pass, and whoever is due come."""
        self.now += seconds
        self.steps += 1
        self.waiting.entries += self.coming.get(self.steps, 0)


@pytest.fixture
def clock(monkeypatch):
    """Give a clock that the sleeping of the module under test moves."""
    clock = Stepping(Waiting())
    monkeypatch.setattr(asyncio, "sleep", clock.sleep)
    return clock


async def waited(gather: Gather, clock: Stepping, entries: int) -> float:
    """Return for how long so many entries are kept."""
    clock.waiting.entries = entries
    began = clock.now
    await gather.wait(clock.waiting)
    return clock.now - began


async def test_one_who_comes_alone_is_not_kept(clock):
    """Nobody is at the partners, nobody was answered: there is nobody to wait for."""
    assert await waited(Gather(clock), clock, 1) == 0


async def test_who_waited_and_who_was_answered_go_together(clock):
    """Sixteen wait while sixteen are answered: the commit is left until they are back."""
    gather = Gather(clock)
    gather.released(size=16, entries=16, waiting=16)
    clock.coming = {3: 8, 6: 4}
    assert await waited(gather, clock, 16) == pytest.approx(6 * STEP_SECONDS)
    assert clock.waiting.entries == 28


async def test_who_does_not_come_back_is_waited_for_no_longer(clock):
    """Of those answered some come and others don't: after the last one who came, a moment is enough."""
    gather = Gather(clock)
    gather.released(size=32, entries=32, waiting=0)
    clock.coming = {2: 5}
    assert await waited(gather, clock, 1) == pytest.approx((2 + COMING_STEPS) * STEP_SECONDS, abs=1.5 * STEP_SECONDS)


@pytest.mark.parametrize("trickle", [0, 1])
async def test_a_round_at_the_partners_keeps_nobody_long(clock, trickle):
    """Partners that don't answer keep entries from being durable only for so long, whoever else comes."""
    gather = Gather(clock)
    gather.offered(1)
    clock.coming = dict.fromkeys(range(1, 200), trickle)
    assert await waited(gather, clock, 1) == pytest.approx(LONGEST_SECONDS, abs=1.5 * STEP_SECONDS)


async def test_a_round_that_ends_lets_its_company_go(clock):
    """The round that is waited for has been released, and nobody else was in it: the commit begins."""
    gather = Gather(clock)
    gather.offered(10)
    gather.released(size=10, entries=0, waiting=1)
    assert await waited(gather, clock, 1) == 0


@pytest.mark.parametrize("what", ["enough", "urgent"])
async def test_what_is_worth_a_commit_is_not_kept(clock, what):
    """So many entries, or one that is asked for as durable only, go whatever is under way."""
    gather = Gather(clock)
    gather.offered(1)
    clock.waiting.urgent = what == "urgent"
    assert await waited(gather, clock, ENOUGH if what == "enough" else 1) == 0


async def test_a_clock_that_stands_still_keeps_nobody(clock, monkeypatch):
    """Waits are counted in steps, so that no clock can make one endless."""
    gather = Gather(clock)
    gather.offered(1)
    gather.released(size=1, entries=1, waiting=8)
    monkeypatch.setattr(clock, "monotonic", lambda: 0.0)
    await waited(gather, clock, 1)
    assert clock.steps == COMING_STEPS < LONGEST_STEPS


async def test_who_comes_long_after_an_answer_is_not_kept(clock):
    """Those who were answered a while ago aren't coming back at once any more."""
    gather = Gather(clock)
    gather.released(size=32, entries=32, waiting=0)
    clock.now += LONGEST_SECONDS
    assert await waited(gather, clock, 1) == 0
