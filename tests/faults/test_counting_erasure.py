"""The counting loop through an erasure: whatever statement or file operation fails, what stays is there, the rest goes.

After each failure the award is whole, or it is closed and goes; the newest backup and the newest file of keys give back
what stays; and the same command, given again, comes to the end: no key that is left opens what went.
"""

import random

import pytest

from node.log import sequence
from tests.support.counting import count_through
from tests.support.faulty_database import Fault
from tests.support.hazards import file_calls, statements
from tests.support.scenarios.erasure import AnErasure

STRIDE = 32
"""From one call that fails to the next, in runs that aren't long."""

FAULTS = [
    pytest.param(fault, id=fault.name.lower(), marks=() if fault is Fault.LOST_AFTER else pytest.mark.long)
    for fault in Fault
    if fault is not Fault.LATE
]


@pytest.fixture(autouse=True)
def _soon_at_rest(monkeypatch):
    monkeypatch.setattr(sequence, "IDLE_SECONDS", 0.02)


def strides(pytestconfig) -> tuple[int, int]:
    """Return from which call on, and each how many-th, calls fail."""
    if pytestconfig.getoption("long"):
        return 1, 1
    return random.SystemRandom().randint(1, STRIDE), STRIDE


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_statement_may_fail(fault, places, pytestconfig):
    """Undone, or done and the answer lost: the record is whole, or the erasure is finished by giving it again."""
    first, step = strides(pytestconfig)
    calls = await count_through(AnErasure, statements(fault), places, at_once=4, first=first, step=step)
    print(f"{calls} calls, each {step}th from {first} on")
    assert calls > 60 - step, "fewer statements failed than the work has"


@pytest.mark.parametrize("done", [False, pytest.param(True, marks=pytest.mark.long)], ids=["undone", "done"])
async def test_each_file_operation_may_fail(done, places, pytestconfig):
    """Whatever the disk refuses of keys, backup and file of keys."""
    first, step = strides(pytestconfig)
    calls = await count_through(AnErasure, file_calls(done=done), places, first=first, step=step)
    print(f"{calls} calls, each {step}th from {first} on")
    assert calls > 30 - step, "fewer operations failed than the work has"
