"""The counting loop: whatever call fails, once or lastingly, the work gets done, once, and everything holds.

A row is a scenario with a hazard. In every run some rows go, and of a long scenario every sixteenth call from a random
one on; with ``--long`` all rows go, through every call.
"""

import random
from functools import partial

import pytest

from tests.support.counting import count_through
from tests.support.faulty_database import Fault
from tests.support.hazards import file_calls, statements
from tests.support.scenarios.log_day import ALogsDay
from tests.support.scenarios.node_day import ANodesDay
from tests.support.scenarios.released_day import AReleasedDay

STRIDE = 16
"""From one call that fails to the next, in runs that aren't long."""

AT_ONCE = 8
"""Scenarios side by side, where they can't see each other's calls."""

LOST = {"lost before": Fault.LOST_BEFORE, "lost after": Fault.LOST_AFTER, "ended after": Fault.ENDED_AFTER}
REFUSED = {"refused": Fault.REFUSED, "cancelled": Fault.CANCELLED, "warned": Fault.WARNED}
IN_EVERY_RUN = ("lost after",)


def rows(scenario, faults: dict[str, Fault], fewest: int) -> list:
    """Return a scenario's rows: each way in which its statements fail."""
    return [
        pytest.param(
            *(scenario, statements(fault), fewest),
            id=name,
            marks=() if name in IN_EVERY_RUN and scenario in (ALogsDay, AReleasedDay) else pytest.mark.long,
        )
        for name, fault in faults.items()
    ]


STATEMENTS = {
    "a log's day": rows(ALogsDay, LOST | REFUSED, 70),
    "a released day": rows(AReleasedDay, LOST | REFUSED, 70),
    "a node's day": [
        *rows(ANodesDay, LOST, 140),
        *rows(partial(ANodesDay, retried=(500, 503)), REFUSED, 140),
    ],
}
"""By scenario: what it is, how statements fail, and how many it has at least."""


def table(rows_of: dict[str, list]) -> list:
    """Return the rows of all scenarios, named after both."""
    return [
        pytest.param(*row.values, id=f"{name}: {row.id}", marks=row.marks)
        for name, some in rows_of.items()
        for row in some
    ]


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize(("scenario", "hazard", "fewest"), table(STATEMENTS))
async def test_each_statement_may_fail(scenario, hazard, fewest, lasting, places, pytestconfig):
    """Whatever statement fails, on whatever connection, the work gets done, once, and a restart finds it so."""
    stride = 1 if pytestconfig.getoption("long") else STRIDE
    first = random.SystemRandom().randint(1, stride)
    calls = await count_through(scenario, hazard, places, lasting=lasting, at_once=AT_ONCE, first=first, step=stride)
    print(f"{calls} calls, each {stride}th from {first} on")
    assert calls > fewest - stride, "fewer statements failed than the work has"


FILES = [
    pytest.param(ALogsDay, 15, id="a log's day"),
    pytest.param(ANodesDay, 60, id="a node's day", marks=pytest.mark.long),
]
"""The scenarios, and how many operations on files each has at least."""


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("done", [False, True], ids=["undone", "done"])
@pytest.mark.parametrize(("scenario", "fewest"), FILES)
async def test_each_file_operation_may_fail(scenario, fewest, done, lasting, places):
    """Whatever the disk refuses of keys and head files, the log goes on or stops with a word, and then goes on."""
    calls = await count_through(scenario, file_calls(done=done), places, lasting=lasting)
    print(f"{calls} calls")
    assert calls > fewest
